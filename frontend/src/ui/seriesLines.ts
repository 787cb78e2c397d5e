import type { GroupBy, SeriesLine, SeriesSet } from "@/api/types";
import { colourAt, colourOf, type Scheme } from "@/format/colour";
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

/** Colours that mean what the word means. */
const OUTCOMES: Record<string, Record<Scheme, string>> = {
  success: { light: "#2a8f6d", dark: "#4fbf97" },
  error: { light: "#c22f3a", dark: "#f27a80" },
  cancelled: { light: "#9aa0a8", dark: "#6b7078" },
};

/**
 * The lines of a chart for one metric; names without a value get the label that is given for them. Only models have
 * colours of their own: other names get theirs by their place among the sorted names.
 */
export function seriesLines(
  set: SeriesSet | undefined,
  by: GroupBy,
  metric: Metric,
  scheme: Scheme,
  labels: { none: string; other: string },
): ChartLine[] {
  const sorted = (set?.series ?? []).map((s) => s.key).sort();
  const colour = (key: string) => {
    if (by === "model" || by === "backend" || key === "" || key === "other") return colourOf(key, scheme);
    return OUTCOMES[key]?.[scheme] ?? colourAt(sorted.indexOf(key), scheme);
  };
  return (set?.series ?? []).map((s) => ({
    key: s.key,
    label: s.key === "" ? labels.none : s.key === "other" ? labels.other : s.key,
    colour: colour(s.key),
    values: valuesOf(s, metric),
  }));
}

/** A value of a metric in its own unit. */
export function formatMetric(metric: Metric, value: number): string {
  if (metric === "first_token" || metric === "total") return duration(value);
  if (metric === "speed") return speed(value);
  return compact(value);
}
