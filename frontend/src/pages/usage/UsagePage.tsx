import { SegmentedControl, Select, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "wouter";
import * as q from "@/api/queries";
import type { GroupBy } from "@/api/types";
import { before, rangeQuery, rangeText, stepFor } from "@/format/range";
import { PageBar } from "@/frame/PageBar";
import { Empty } from "@/ui/Empty";
import { Kpis } from "@/ui/Kpis";
import { Page } from "@/ui/Page";
import { Problem } from "@/ui/Problem";
import { RangePicker } from "@/ui/RangePicker";
import { Section } from "@/ui/Section";
import { formatMetric, type Metric, metricKind, seriesLines } from "@/ui/seriesLines";
import { TimeChart } from "@/ui/TimeChart";
import { useRange } from "@/ui/useRange";
import { BreakdownTable } from "./BreakdownTable";
import { TokenClasses } from "./TokenClasses";

const GROUPS: GroupBy[] = ["model", "provider", "client", "backend", "dialect", "outcome", "stop_reason"];
const METRICS: Metric[] = ["tokens", "requests", "errors", "first_token", "total", "speed"];

/** The hour: what was used, by whom, how fast. Range, grouping and metric live in the URL. */
export default function UsagePage() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const scheme = useComputedColorScheme("light");
  const [params, setParams] = useSearchParams();
  const { range, setRange } = useRange("7d");
  const by = GROUPS.find((g) => g === params.get("by")) ?? "model";
  const metric = METRICS.find((m) => m === params.get("metric")) ?? "tokens";
  const set = (name: string, value: string) =>
    setParams(
      (p) => {
        const next = new URLSearchParams(p);
        next.set(name, value);
        return next;
      },
      { replace: true },
    );

  const filter = rangeQuery(range);
  const now = useQuery(q.totals(filter));
  const earlier = useQuery(q.totals(rangeQuery(before(range))));
  const series = useQuery(q.series(by, stepFor(range), filter, 8));
  const rows = useQuery(q.breakdown(by, filter));

  const lines = useMemo(
    () => seriesLines(series.data, by, metric, scheme, { none: t("chart.none"), other: t("chart.other") }),
    [series.data, by, metric, scheme, t],
  );
  const start = useMemo(() => (series.data ? new Date(series.data.start) : undefined), [series.data]);
  const error = now.error ?? rows.error ?? series.error;

  return (
    <Page>
      <PageBar>
        <RangePicker range={range} onChange={setRange} />
        <Select
          value={by}
          onChange={(v) => v && set("by", v)}
          data={GROUPS.map((g) => ({ value: g, label: t(`usage.by.${g}`) }))}
          allowDeselect={false}
          aria-label={t("usage.by.label")}
          w={140}
        />
      </PageBar>
      {error && (
        <Problem error={error} retry={() => void Promise.all([now, rows, series].map((r) => r.refetch()))} />
      )}
      <Kpis now={now.data} before={earlier.data} />
      {now.data?.requests === 0 ? (
        <Empty title={t("usage.empty.title")} text={t("usage.empty.text")} />
      ) : (
        <>
          <Section
            title={t("usage.series", { metric: t(`metric.${metric}`), by: t(`usage.per.${by}`) })}
            aside={
              <SegmentedControl
                value={metric}
                onChange={(v) => set("metric", v)}
                data={METRICS.map((m) => ({ value: m, label: t(`metric.${m}`) }))}
                aria-label={t("metric.label")}
              />
            }
          >
            <TimeChart
              label={t("usage.series", { metric: t(`metric.${metric}`), by: t(`usage.per.${by}`) })}
              start={start}
              stepS={series.data?.step_s}
              lines={lines}
              kind={metricKind(metric)}
              height={220}
              format={(v) => formatMetric(metric, v)}
              onBrush={(a, b) => setRange(rangeText(a, b))}
              onPick={(a, b) => navigate(`/requests?since=${a.toISOString()}&until=${b.toISOString()}`)}
            />
          </Section>
          {now.data && <TokenClasses totals={now.data} />}
          <BreakdownTable by={by} rows={rows.data} totals={now.data} range={range} />
        </>
      )}
    </Page>
  );
}
