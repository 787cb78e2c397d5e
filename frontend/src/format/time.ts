/** Times: relative to read, absolute to be sure. */

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});

export const absolute = (t: Date): string => full.format(t);
export const clockTime = (t: Date): string => clock.format(t);

/** "14:02:31" today, "21 Nov 14:02" on another day. */
export function stamp(t: Date, now: Date): string {
  if (t.toDateString() === now.toDateString()) return clock.format(t);
  return `${day.format(t)} ${clock.format(t).slice(0, 5)}`;
}

export type Ago = { unit: "now" | "second" | "minute" | "hour" | "day"; count: number };

/** How long ago, in the largest whole unit. */
export function ago(t: Date, now: Date): Ago {
  const s = Math.max(0, Math.floor((now.getTime() - t.getTime()) / 1000));
  if (s < 2) return { unit: "now", count: 0 };
  if (s < 60) return { unit: "second", count: s };
  if (s < 3600) return { unit: "minute", count: Math.floor(s / 60) };
  if (s < 86_400) return { unit: "hour", count: Math.floor(s / 3600) };
  return { unit: "day", count: Math.floor(s / 86_400) };
}
