import type { SeriesLine, SeriesSet } from "@/api/types";
import { colourOf } from "@/format/colour";
import { compact, duration, speed } from "@/format/units";
import type { ChartLine } from "./chartOptions";

export type Metric = "requests" | "errors" | "tokens" | "first_token" | "total" | "speed";

/** Averages are drawn as lines, sums as stacked bars. */
export const metricKind = (m: Metric) =>
  m === "requests" || m === "tokens" || m === "errors" ? ("bars" as const) : ("lines" as const);

function valuesOf(s: SeriesLine, metric: Metric): number[] {
  switch (metric) {
    case "requests":
      return s.requests;
    case "errors":
      return s.errors;
    case "tokens":
      return s.input.map((v, i) => v + (s.cache_read[i] ?? 0) + (s.cache_write[i] ?? 0) + (s.output[i] ?? 0));
    case "first_token":
      return s.avg_first_token_us;
    case "total":
      return s.avg_total_us;
    case "speed":
      return s.tokens_per_second;
  }
}

/** The lines of a chart for one metric; names without a value get the label that is given for them. */
export function seriesLines(
  set: SeriesSet | undefined,
  metric: Metric,
  scheme: "light" | "dark",
  labels: { none: string; other: string },
): ChartLine[] {
  return (set?.series ?? []).map((s) => ({
    key: s.key,
    label: s.key === "" ? labels.none : s.key === "other" ? labels.other : s.key,
    colour: colourOf(s.key, scheme),
    values: valuesOf(s, metric),
  }));
}

/** A value of a metric in its own unit. */
export function formatMetric(metric: Metric, value: number): string {
  if (metric === "first_token" || metric === "total") return duration(value);
  if (metric === "speed") return speed(value);
  return compact(value);
}
