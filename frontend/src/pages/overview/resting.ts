import type { Routing } from "@/api/types";
import { healthOf, indexTargets, inTrouble, type Standing } from "@/ui/health";

export interface Resting {
  /** Places of the provider that are left alone for now. */
  count: number;
  /** The worst of them. */
  status: Standing;
  /** Each with what is the matter. */
  lines: string[];
}

const WORST: Standing[] = ["key_refused", "open", "cooling"];

/** What rests, by provider. A place counts once, whatever leads to it. */
export function restingByProvider(routing: Routing | undefined): Map<string, Resting> {
  const out = new Map<string, Resting>();
  if (!routing) return out;
  const index = indexTargets(routing.targets);
  const places = new Map(
    routing.routes.flatMap((r) => r.stages.flatMap((s) => s.members.map((m) => [m.backend, m] as const))),
  );
  for (const place of places.values()) {
    const h = healthOf(place, index);
    if (!inTrouble(h.status)) continue;
    const have = out.get(place.provider) ?? { count: 0, status: h.status, lines: [] };
    out.set(place.provider, {
      count: have.count + 1,
      status: WORST.find((w) => w === have.status || w === h.status) ?? h.status,
      lines: [...have.lines, `${place.backend}: ${h.why}`],
    });
  }
  return out;
}
