/**
 * One colour per name for ever. The name's hash says which of ten hues it would like; when another name has that one
 * already, it takes the next that is free, then shades of the same ten. What was given out is remembered, so that a
 * model keeps its colour whatever comes after it.
 */

// Ten hues that stay apart for colour-blind eyes, in the spirit of Okabe–Ito.
const LIGHT = [
  "#3b6fd4",
  "#c8661b",
  "#2a8f6d",
  "#a9449b",
  "#8a7a14",
  "#2b8ca8",
  "#c9476a",
  "#6b5fc7",
  "#5f8a2e",
  "#8b6a52",
];
const DARK = [
  "#6f9bf0",
  "#e8944e",
  "#4fbf97",
  "#d07cc4",
  "#c6b345",
  "#58b8d4",
  "#ee7f9b",
  "#9c91ee",
  "#93c05a",
  "#bb9a80",
];
const HUES = LIGHT.length;
const SHADES = 3;

export type Scheme = "light" | "dark";

/** FNV-1a, stable across runs and machines. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}

/** Which slot each name was given; a slot is a hue and a shade of it. */
export class ColourBook {
  private readonly slots: Map<string, number>;

  constructor(
    known: [string, number][] = [],
    private readonly onChange: (all: [string, number][]) => void = () => {},
  ) {
    this.slots = new Map(known);
  }

  slot(name: string): number {
    const known = this.slots.get(name);
    if (known !== undefined) return known;
    const slot = this.free(hash(name));
    this.slots.set(name, slot);
    this.onChange([...this.slots]);
    return slot;
  }

  private free(wanted: number): number {
    const taken = new Set(this.slots.values());
    for (let shade = 0; shade < SHADES; shade++) {
      for (let i = 0; i < HUES; i++) {
        const slot = shade * HUES + ((wanted + i) % HUES);
        if (!taken.has(slot)) return slot;
      }
    }
    return wanted % (HUES * SHADES);
  }
}

const STORE = "colours";

function remembered(): ColourBook {
  let known: [string, number][] = [];
  try {
    known = JSON.parse(localStorage.getItem(STORE) ?? "[]");
  } catch {
    // Without a memory the hash alone decides, as on the first day.
  }
  return new ColourBook(known, (all) => {
    try {
      localStorage.setItem(STORE, JSON.stringify(all));
    } catch {
      // The colours last as long as the window.
    }
  });
}

const book = remembered();

/** The colour of a model. */
export function colourOf(name: string, scheme: Scheme): string {
  if (name === "other") return scheme === "dark" ? "#6b7078" : "#9aa0a8";
  if (name === "") return scheme === "dark" ? "#a3a9b3" : "#5f6570";
  const slot = book.slot(name);
  return shaded((scheme === "dark" ? DARK : LIGHT)[slot % HUES] as string, Math.floor(slot / HUES), scheme);
}

/** The colour of one of a few names that are listed together and have no colour of their own. */
export function colourAt(index: number, scheme: Scheme): string {
  return shaded(
    (scheme === "dark" ? DARK : LIGHT)[index % HUES] as string,
    Math.floor(index / HUES) % SHADES,
    scheme,
  );
}

function shaded(base: string, shade: number, scheme: Scheme): string {
  return shade === 0 ? base : mix(base, scheme === "dark" ? "#ffffff" : "#000000", shade * 0.22);
}

function mix(a: string, b: string, share: number): string {
  const part = (hex: string, i: number) => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const out = [0, 1, 2].map((i) => Math.round(part(a, i) * (1 - share) + part(b, i) * share));
  return `#${out.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}
