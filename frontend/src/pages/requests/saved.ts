/** What a row of the table says about the way of its request, beyond that it worked. */
import type { RequestRecord } from "@/api/types";
import { asked } from "./detail/spans";

export interface Way {
  /** How often a backend was asked. */
  attempts: number;
  /** It was answered although an earlier attempt had failed. */
  saved: boolean;
  /** Another model answered, because a limit was near. */
  degraded: boolean;
}

export function wayOf(r: RequestRecord): Way {
  const tried = asked(r);
  return {
    attempts: tried.length,
    saved: r.outcome === "success" && tried.some((a) => a.kind),
    degraded: r.attempts.some((a) => a.why === "degraded"),
  };
}
