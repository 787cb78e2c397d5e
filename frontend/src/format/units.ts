/** Numbers as people read them. Every page formats through here, so that a number looks the same everywhere. */

const NBSP = " ";
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 950 → "950", 1240 → "1.24 k", 1_240_000 → "1.24 M". */
export function compact(n: number): string {
  if (!Number.isFinite(n)) return "–";
  const abs = Math.abs(n);
  if (abs < 1000) return String(Math.round(n));
  const units = ["k", "M", "G", "T"];
  let value = n;
  let unit = "";
  for (const next of units) {
    if (Math.abs(value) < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${significant(value)}${NBSP}${unit}`;
}

/** The exact number with separators: 1,240,311. */
export const exact = (n: number): string => grouped.format(n);

function significant(value: number): string {
  const abs = Math.abs(value);
  if (abs >= 99.95) return value.toFixed(0);
  if (abs >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/** Microseconds as "0.8 ms", "842 ms", "3.4 s", "2 m 05 s", "1 h 04 m". */
export function duration(us: number): string {
  if (us <= 0) return "0";
  if (us < 50) return `<${NBSP}0.1${NBSP}ms`;
  const ms = us / 1000;
  if (ms < 0.95) return `${ms.toFixed(1)}${NBSP}ms`;
  if (ms < 999.5) return `${Math.round(ms)}${NBSP}ms`;
  const s = ms / 1000;
  if (s < 59.95) return `${s.toFixed(1)}${NBSP}s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)}${NBSP}m${NBSP}${pad(whole % 60)}${NBSP}s`;
  const minutes = Math.round(s / 60);
  return `${Math.floor(minutes / 60)}${NBSP}h${NBSP}${pad(minutes % 60)}${NBSP}m`;
}

const pad = (n: number) => String(n).padStart(2, "0");

export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let i = 0;
  while (value >= 999.5 && i < units.length - 1) {
    value /= 1000;
    i++;
  }
  return `${i === 0 ? value : significant(value)}${NBSP}${units[i]}`;
}

/** A share as "0 %", "0.4 %", "12 %". */
export function percent(part: number, whole: number): string {
  if (!whole) return `0${NBSP}%`;
  const p = (part / whole) * 100;
  if (p === 0) return `0${NBSP}%`;
  if (p < 0.1) return `<${NBSP}0.1${NBSP}%`;
  return `${p < 9.95 ? p.toFixed(1) : Math.round(p)}${NBSP}%`;
}

/** Output speed in tokens per second. */
export const speed = (n: number): string => (n >= 99.95 ? n.toFixed(0) : n.toFixed(1));

/** A relative change as "+12 %" or "−3 %"; null when there is nothing to compare with. */
export function change(now: number, before: number): string | null {
  if (!before) return null;
  const p = Math.round(((now - before) / before) * 100);
  if (p === 0) return `±0${NBSP}%`;
  return p > 999 ? `>${NBSP}+999${NBSP}%` : `${p > 0 ? "+" : "−"}${Math.abs(p)}${NBSP}%`;
}
