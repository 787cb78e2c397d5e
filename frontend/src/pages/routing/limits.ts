/** What a limit is on, from the name that the core gives it: "model fast", "caller k on fast", "total". */
export interface Scope {
  kind: "total" | "model" | "provider" | "caller" | "callerOn" | "nobody" | "nobodyOn" | "other";
  name: string;
  on: string;
}

const NOBODY = "without a key";

export function scopeOf(text: string): Scope {
  const at = text.indexOf(" ");
  const [first, rest] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  switch (first) {
    case "total":
      return { kind: "total", name: "", on: "" };
    case "model":
    case "provider":
      return { kind: first, name: rest, on: "" };
    case "caller": {
      const split = rest.indexOf(" on ");
      const [name, on] = split < 0 ? [rest, ""] : [rest.slice(0, split), rest.slice(split + 4)];
      if (name === NOBODY) return { kind: on ? "nobodyOn" : "nobody", name: "", on };
      return { kind: on ? "callerOn" : "caller", name, on };
    }
  }
  return { kind: "other", name: text, on: "" };
}

/** How full a bar is, and whether that needs a look. */
export function fill(used: number, bound: number): { share: number; level: "ok" | "near" | "full" } {
  if (bound <= 0) return { share: 0, level: "ok" };
  const share = Math.min(1, used / bound);
  return { share, level: used >= bound ? "full" : share >= 0.8 ? "near" : "ok" };
}
