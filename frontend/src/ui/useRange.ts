import { useMemo } from "react";
import { useSearchParams } from "wouter";
import { type Preset, parseRange, type Range } from "@/format/range";
import { useNow } from "./useNow";

/** The time range of a page, which lives in the URL as ?range=. */
export function useRange(fallback: Preset) {
  const [params, setParams] = useSearchParams();
  const text = params.get("range");
  const now = useNow(30_000).getTime();
  const { since, until, preset } = parseRange(text, fallback, now);
  const [a, b] = [since.getTime(), until.getTime()];
  const range: Range = useMemo(() => ({ since: new Date(a), until: new Date(b), preset }), [a, b, preset]);

  const setRange = (value: string | null) =>
    setParams(
      (p) => {
        const next = new URLSearchParams(p);
        if (value === null || value === fallback) next.delete("range");
        else next.set("range", value);
        return next;
      },
      { replace: true },
    );
  return { range, setRange };
}
