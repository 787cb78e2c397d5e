import { Skeleton } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Totals } from "@/api/types";
import { change, compact, duration, exact, percent, speed } from "@/format/units";
import classes from "./Kpis.module.css";

interface Kpi {
  id: "requests" | "tokens" | "errors" | "first" | "total" | "speed";
  value: string;
  exact?: string;
  /** A second figure that gives the first its meaning. */
  note: string;
  change: string | null;
  /** Set when the change is big enough to be news. */
  trend?: "better" | "worse";
}

const tokensOf = (t: Totals) => t.usage.input + t.usage.cache_read + t.usage.cache_write + t.usage.output;

/** The figures of a period beside those of the period before. */
export function Kpis({ now, before }: { now?: Totals; before?: Totals }) {
  const { t } = useTranslation();
  if (!now) {
    return (
      <div className={classes.kpis} aria-busy>
        {Array.from({ length: 6 }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          <div key={i} className={classes.kpi}>
            <Skeleton height={10} width={64} mt={4} />
            <Skeleton height={20} width={80} mt={9} />
            <Skeleton height={10} width={96} mt={9} />
          </div>
        ))}
      </div>
    );
  }
  return (
    <dl className={classes.kpis}>
      {kpis(now, before, t).map((k) => (
        <div key={k.id} className={classes.kpi}>
          <dt>{t(`kpi.${k.id}`)}</dt>
          <dd className={classes.value} title={k.exact}>
            {k.value}
            {k.change && (
              <span className={classes.change} data-trend={k.trend} title={t("kpi.compared")}>
                {k.change}
              </span>
            )}
          </dd>
          <dd className={classes.note} title={k.note}>
            {k.note}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function kpis(now: Totals, before: Totals | undefined, t: TFunction): Kpi[] {
  const tokens = tokensOf(now);
  const rate = now.requests ? now.errors / now.requests : 0;
  const was = before?.requests ? before.errors / before.requests : 0;
  const time = (us: number) => (us > 0 ? duration(us) : "–");
  // Less is better for all of these but speed.
  const trend = (value: number, past = 0): Kpi["trend"] => {
    if (!past || !value || Math.abs(value / past - 1) < 0.1) return undefined;
    return value > past ? "worse" : "better";
  };
  return [
    {
      id: "requests",
      value: compact(now.requests),
      exact: exact(now.requests),
      note: t("kpi.note.requests", { count: now.tool_calls, share: percent(now.tool_calls, now.requests) }),
      change: before ? change(now.requests, before.requests) : null,
    },
    {
      id: "tokens",
      value: compact(tokens),
      exact: exact(tokens),
      note: t("kpi.note.tokens", {
        input: compact(tokens - now.usage.output),
        output: compact(now.usage.output),
      }),
      change: before ? change(tokens, tokensOf(before)) : null,
    },
    {
      id: "errors",
      value: percent(now.errors, now.requests),
      note:
        now.cancelled > 0
          ? t("kpi.note.errors", { failed: compact(now.errors), cancelled: compact(now.cancelled) })
          : t("kpi.note.failed", { failed: compact(now.errors) }),
      change: was ? change(rate, was) : null,
      trend: trend(rate, was),
    },
    {
      id: "first",
      value: time(now.p50_first_token_us),
      note: t("kpi.note.p95", { value: time(now.p95_first_token_us) }),
      change:
        before && now.p50_first_token_us ? change(now.p50_first_token_us, before.p50_first_token_us) : null,
      trend: trend(now.p50_first_token_us, before?.p50_first_token_us),
    },
    {
      id: "total",
      value: time(now.p50_total_us),
      note: t("kpi.note.p95", { value: time(now.p95_total_us) }),
      change: before && now.p50_total_us ? change(now.p50_total_us, before.p50_total_us) : null,
      trend: trend(now.p50_total_us, before?.p50_total_us),
    },
    {
      id: "speed",
      value: now.tokens_per_second ? speed(now.tokens_per_second) : "–",
      note: t("kpi.note.speed"),
      change:
        before && now.tokens_per_second ? change(now.tokens_per_second, before.tokens_per_second) : null,
      trend: trend(before?.tokens_per_second ?? 0, now.tokens_per_second),
    },
  ];
}
