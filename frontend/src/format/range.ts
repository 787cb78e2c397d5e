/** Time ranges as they stand in the URL: "24h", or "1763800000000-1763803600000" after a brush. */

export const PRESETS = ["1h", "24h", "7d", "30d"] as const;
export type Preset = (typeof PRESETS)[number];

export interface Range {
  since: Date;
  until: Date;
  /** Null for a range that was brushed. */
  preset: Preset | null;
}

const HOUR = 3_600_000;
const LENGTH: Record<Preset, number> = { "1h": HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR, "30d": 720 * HOUR };

/** Steps are whole divisors of a day, so that bars start at round times. */
const STEPS = [10, 30, 60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

export function stepFor(range: Range, bars = 60): number {
  const seconds = (range.until.getTime() - range.since.getTime()) / 1000;
  return STEPS.find((s) => seconds / s <= bars * 1.25) ?? 86_400;
}

/** Reads a range; presets end at the next whole step after now, so that query keys stay equal between renders. */
export function parseRange(text: string | null, fallback: Preset, now: number): Range {
  const custom = /^(\d{12,14})-(\d{12,14})$/.exec(text ?? "");
  if (custom) {
    const [since, until] = [Number(custom[1]), Number(custom[2])];
    if (since < until) return { since: new Date(since), until: new Date(until), preset: null };
  }
  const preset = PRESETS.find((p) => p === text) ?? fallback;
  const length = LENGTH[preset];
  const grain = preset === "1h" ? 60_000 : preset === "24h" ? 900_000 : HOUR;
  const until = Math.ceil(now / grain) * grain;
  return { since: new Date(until - length), until: new Date(until), preset };
}

export const rangeText = (since: Date, until: Date): string => `${since.getTime()}-${until.getTime()}`;

/** The period of the same length just before, to compare with. */
export function before(range: Range): Range {
  const length = range.until.getTime() - range.since.getTime();
  return { since: new Date(range.since.getTime() - length), until: range.since, preset: null };
}

export const rangeQuery = (r: Range) => ({ since: r.since.toISOString(), until: r.until.toISOString() });
