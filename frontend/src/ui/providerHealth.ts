import type { Routing } from "@/api/types";
import { healthOf, indexTargets, inTrouble, type Standing } from "@/ui/health";

export interface ProviderStanding {
  /** Of the places that are left alone for now the worst; of none, whether any has answered. */
  status: Standing;
  /** Each place that is left alone, with what is the matter. */
  lines: string[];
}

const WORST: Standing[] = ["key_refused", "open", "cooling", "ok", "busy", "probing", "unknown"];

/** How providers are doing, by the places that routes lead to. A place counts once, whatever leads to it. */
export function standingByProvider(routing: Routing | undefined): Map<string, ProviderStanding> {
  const out = new Map<string, ProviderStanding>();
  if (!routing) return out;
  const index = indexTargets(routing.targets);
  const places = new Map(
    routing.routes.flatMap((r) => r.stages.flatMap((s) => s.members.map((m) => [m.backend, m] as const))),
  );
  for (const place of places.values()) {
    const h = healthOf(place, index);
    const have = out.get(place.provider) ?? { status: h.status, lines: [] };
    out.set(place.provider, {
      status: WORST.find((w) => w === have.status || w === h.status) ?? h.status,
      lines: inTrouble(h.status) ? [...have.lines, `${place.backend}: ${h.why}`] : have.lines,
    });
  }
  return out;
}
