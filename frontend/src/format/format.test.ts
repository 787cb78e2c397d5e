import { describe, expect, it } from "vitest";
import { ColourBook, colourOf } from "./colour";
import { before, parseRange, rangeText, stepFor } from "./range";
import { ago, stamp } from "./time";
import { bytes, change, compact, duration, percent } from "./units";

const plain = (text: string | null) => text?.replaceAll("\u00a0", " ");

describe("units", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1240, "1.24 k"],
    [12_400, "12.4 k"],
    [999_700, "1.00 M"],
    [1_240_000, "1.24 M"],
    [282_000_000, "282 M"],
  ])("writes %d as %s", (n, text) => expect(plain(compact(n))).toBe(text));

  it.each([
    [0, "0"],
    [20, "< 0.1 ms"],
    [400, "0.4 ms"],
    [842_000, "842 ms"],
    [999_600, "1.0 s"],
    [3_400_000, "3.4 s"],
    [125_000_000, "2 m 05 s"],
    [3_840_000_000, "1 h 04 m"],
  ])("writes %d µs as %s", (us, text) => expect(plain(duration(us))).toBe(text));

  it("writes bytes, shares and changes", () => {
    expect(plain(bytes(999))).toBe("999 B");
    expect(plain(bytes(1_500_000))).toBe("1.50 MB");
    expect(plain(percent(1, 5000))).toBe("< 0.1 %");
    expect(plain(percent(3, 100))).toBe("3.0 %");
    expect(plain(percent(3, 0))).toBe("0 %");
    expect(plain(change(112, 100))).toBe("+12 %");
    expect(plain(change(97, 100))).toBe("−3 %");
    expect(change(5, 0)).toBeNull();
  });
});

describe("times", () => {
  const now = new Date(2025, 10, 22, 14, 2, 31);
  it("shows the day only when it is another", () => {
    expect(stamp(new Date(2025, 10, 22, 9, 5, 1), now)).toBe("09:05:01");
    expect(stamp(new Date(2025, 10, 21, 9, 5, 1), now)).toBe("21 Nov 09:05");
  });

  it("counts in the largest whole unit and never below zero", () => {
    expect(ago(new Date(now.getTime() - 59_000), now)).toEqual({ unit: "second", count: 59 });
    expect(ago(new Date(now.getTime() - 7_200_000), now)).toEqual({ unit: "hour", count: 2 });
    expect(ago(new Date(now.getTime() + 9000), now)).toEqual({ unit: "now", count: 0 });
  });
});

describe("ranges", () => {
  const now = Date.UTC(2025, 10, 22, 14, 2, 31);
  it("reads presets, brushed ranges and nonsense", () => {
    expect(parseRange("1h", "24h", now)).toMatchObject({
      preset: "1h",
      until: new Date(Date.UTC(2025, 10, 22, 14, 3)),
    });
    const text = rangeText(new Date(1_763_800_000_000), new Date(1_763_803_600_000));
    expect(parseRange(text, "24h", now)).toMatchObject({ preset: null, since: new Date(1_763_800_000_000) });
    expect(parseRange("9-1", "7d", now).preset).toBe("7d");
  });

  it("keeps the same ends for a while, so that queries are not asked again at each render", () => {
    expect(parseRange("24h", "24h", now)).toEqual(parseRange("24h", "24h", now + 60_000));
  });

  it("divides into whole steps and finds the period before", () => {
    const day = parseRange("24h", "24h", now);
    expect(stepFor(day)).toBe(1800);
    expect(before(day).until).toEqual(day.since);
  });
});

describe("colours", () => {
  it("gives the first ten names ten hues and keeps what it gave", () => {
    const names = Array.from({ length: 10 }, (_, i) => `model-${i}`);
    const book = new ColourBook();
    const slots = names.map((n) => book.slot(n));
    expect(new Set(slots.map((s) => s % 10)).size).toBe(10);
    expect(book.slot("an eleventh")).toBeGreaterThanOrEqual(10);
    expect(names.map((n) => book.slot(n))).toEqual(slots);
  });

  it("remembers across windows", () => {
    let saved: [string, number][] = [];
    const first = new ColourBook([], (all) => {
      saved = all;
    });
    const slot = first.slot("fast");
    expect(new ColourBook(saved).slot("fast")).toBe(slot);
  });

  it("tells what has no name from all the others", () => {
    expect(colourOf("", "light")).not.toBe(colourOf("other", "light"));
    expect(colourOf("", "dark")).not.toBe(colourOf("other", "dark"));
  });

  it("differs between the themes", () => {
    expect(colourOf("fast", "light")).not.toBe(colourOf("fast", "dark"));
  });
});
