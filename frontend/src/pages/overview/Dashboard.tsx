import { SegmentedControl, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import * as q from "@/api/queries";
import type { State } from "@/api/types";
import { before, rangeQuery, rangeText, stepFor } from "@/format/range";
import { compact } from "@/format/units";
import { PageBar } from "@/frame/PageBar";
import { Kpis } from "@/ui/Kpis";
import { Page } from "@/ui/Page";
import { Problem } from "@/ui/Problem";
import { RangePicker } from "@/ui/RangePicker";
import { Section } from "@/ui/Section";
import { formatMetric, type Metric, metricKind, seriesLines } from "@/ui/seriesLines";
import { TimeChart } from "@/ui/TimeChart";
import { useRange } from "@/ui/useRange";
import { Connect } from "./Connect";
import classes from "./Dashboard.module.css";
import { InFlightList } from "./InFlightList";
import { ProviderStrip } from "./ProviderStrip";
import { RecentErrors } from "./RecentErrors";
import { TopList } from "./TopList";

const METRICS: Metric[] = ["requests", "tokens", "first_token", "speed"];

/** The glance: is it healthy, what is happening, what happened. */
export function Dashboard({ state }: { state: State }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const scheme = useComputedColorScheme("light");
  const { range, setRange } = useRange("24h");
  const [metric, setMetric] = useState<Metric>("requests");

  const filter = rangeQuery(range);
  const now = useQuery(q.totals(filter));
  const earlier = useQuery(q.totals(rangeQuery(before(range))));
  const series = useQuery(q.series("model", stepFor(range), filter, 7));
  const models = useQuery(q.breakdown("model", filter));
  const clients = useQuery(q.breakdown("client", filter));
  const byProvider = useQuery(q.breakdown("provider", filter));
  const providers = useQuery(q.providers());
  const routing = useQuery(q.routing());
  const inflight = useQuery(q.inflight());
  const errors = useQuery(q.recentRequests({ outcome: "error" }, 6));
  const newest = useQuery(q.recentRequests({}, 1));

  const lines = useMemo(
    () =>
      seriesLines(series.data, "model", metric, scheme, { none: t("chart.none"), other: t("chart.other") }),
    [series.data, metric, scheme, t],
  );
  const start = useMemo(() => (series.data ? new Date(series.data.start) : undefined), [series.data]);

  if (newest.data?.length === 0) return <Connect state={state} />;
  if (now.error && !now.data) {
    return (
      <Page>
        <Problem error={now.error} retry={() => now.refetch()} />
      </Page>
    );
  }
  return (
    <Page>
      <PageBar>
        <RangePicker range={range} onChange={setRange} />
      </PageBar>
      <Kpis now={now.data} before={earlier.data} />
      <Section
        title={t(`overview.chart.${metric}`)}
        aside={
          <SegmentedControl
            value={metric}
            onChange={(v) => setMetric(v as Metric)}
            data={METRICS.map((m) => ({ value: m, label: t(`metric.${m}`) }))}
            aria-label={t("metric.label")}
          />
        }
      >
        <TimeChart
          label={t("overview.chart.label", { metric: t(`metric.${metric}`) })}
          start={start}
          stepS={series.data?.step_s}
          lines={lines}
          kind={metricKind(metric)}
          height={190}
          format={(v) => formatMetric(metric, v)}
          onBrush={(a, b) => setRange(rangeText(a, b))}
          onPick={(a, b) => navigate(`/requests?since=${a.toISOString()}&until=${b.toISOString()}`)}
        />
      </Section>
      <div className={classes.two}>
        <Section
          title={t("overview.inflight.title")}
          aside={
            <>
              {state.waiting > 0 && (
                <Link href="/routing?show=queue" className={classes.queued}>
                  {t("overview.inflight.queued", { count: state.waiting })}
                </Link>
              )}
              {compact(inflight.data?.length ?? 0)}
            </>
          }
        >
          <InFlightList items={inflight.data} />
        </Section>
        <Section title={t("overview.errors.title")}>
          <RecentErrors records={errors.data} />
        </Section>
      </div>
      <div className={classes.three}>
        <Section title={t("overview.models")}>
          <TopList rows={models.data} by="model" />
        </Section>
        <Section title={t("overview.clients")}>
          <TopList rows={clients.data} by="client" />
        </Section>
        <Section title={t("overview.providers")}>
          <ProviderStrip providers={providers.data} rows={byProvider.data} routing={routing.data} />
        </Section>
      </div>
    </Page>
  );
}
