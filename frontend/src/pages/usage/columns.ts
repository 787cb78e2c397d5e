import type { Row, Totals } from "@/api/types";
import { compact, duration, exact, percent, speed } from "@/format/units";

export type ColumnId =
  | "requests"
  | "errors"
  | "input"
  | "cached"
  | "output"
  | "p50_first"
  | "p95_first"
  | "p50_total"
  | "p95_total"
  | "speed";

interface Column {
  id: ColumnId;
  value: (t: Totals) => number;
  show: (t: Totals) => string;
  exact?: (t: Totals) => string;
}

const count = (id: ColumnId, value: Column["value"]): Column => ({
  id,
  value,
  show: (t) => compact(value(t)),
  exact: (t) => exact(value(t)),
});
const time = (id: ColumnId, value: Column["value"]): Column => ({
  id,
  value,
  show: (t) => (value(t) > 0 ? duration(value(t)) : "–"),
});

export const COLUMNS: Column[] = [
  count("requests", (t) => t.requests),
  {
    id: "errors",
    value: (t) => t.errors,
    show: (t) => (t.errors ? percent(t.errors, t.requests) : "–"),
    exact: (t) => exact(t.errors),
  },
  count("input", (t) => t.usage.input + t.usage.cache_write),
  count("cached", (t) => t.usage.cache_read),
  count("output", (t) => t.usage.output),
  time("p50_first", (t) => t.p50_first_token_us),
  time("p95_first", (t) => t.p95_first_token_us),
  time("p50_total", (t) => t.p50_total_us),
  time("p95_total", (t) => t.p95_total_us),
  {
    id: "speed",
    value: (t) => t.tokens_per_second,
    show: (t) => (t.tokens_per_second ? speed(t.tokens_per_second) : "–"),
  },
];

/** Exact numbers; times in microseconds. A cell that a spreadsheet would take for a formula is kept as text. */
export function csvOf(names: string[], rows: Row[]): string {
  const cell = (v: string | number) => {
    const text = typeof v === "string" && /^[=+\-@\t]/.test(v) ? `'${v}` : String(v);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [names, ...rows.map((r) => [r.key, ...COLUMNS.map((c) => c.value(r.totals))])];
  return `${lines.map((l) => l.map(cell).join(",")).join("\r\n")}\r\n`;
}

export function saveText(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
