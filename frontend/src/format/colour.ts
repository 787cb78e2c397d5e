/**
 * One colour per model for ever: the name decides it, never its place in a list. Ten hues that stay apart for
 * colour-blind eyes (after Tol and Okabe–Ito), then lighter and darker shades of the same ten.
 */
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

/** FNV-1a, stable across runs and machines. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}

export function colourOf(name: string, scheme: "light" | "dark"): string {
  if (name === "other" || name === "") return scheme === "dark" ? "#6b7078" : "#9aa0a8";
  const h = hash(name);
  const base = (scheme === "dark" ? DARK : LIGHT)[h % 10] as string;
  const shade = Math.floor(h / 10) % 3;
  return shade === 0 ? base : mix(base, scheme === "dark" ? "#ffffff" : "#000000", shade * 0.14);
}

function mix(a: string, b: string, share: number): string {
  const part = (hex: string, i: number) => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const out = [0, 1, 2].map((i) => Math.round(part(a, i) * (1 - share) + part(b, i) * share));
  return `#${out.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}
