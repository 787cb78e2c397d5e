/** How the places that answer are doing, from what the core knows of each of them with each of its keys. */
import type { MemberView, TargetState } from "@/api/types";

export type Standing = TargetState["status"] | "busy" | "unknown";

export interface KeyHealth {
  name: string;
  status: Standing;
  until?: string;
  why: string;
}

export interface TargetHealth {
  /** With the best of its keys. */
  status: Standing;
  until?: string;
  why: string;
  lastError: string;
  keys: KeyHealth[];
  inFlight: number;
  firstTokenUs: number;
  requests: number;
  succeeded: number;
  failed: number;
  byKind: [string, number][];
}

export type TargetIndex = Map<string, TargetState[]>;

export function indexTargets(targets: TargetState[]): TargetIndex {
  const out: TargetIndex = new Map();
  for (const t of targets) out.set(t.backend, [...(out.get(t.backend) ?? []), t]);
  return out;
}

const TROUBLE: Standing[] = ["cooling", "open", "key_refused"];

/** It had better be left alone for now. */
export const inTrouble = (status: Standing): boolean => TROUBLE.includes(status);

/** The best first: a place is as good as the best of its keys. */
const ORDER: Standing[] = ["ok", "unknown", "probing", "cooling", "open", "key_refused"];

export function healthOf(member: MemberView, index: TargetIndex): TargetHealth {
  const names = member.keys.length > 0 ? member.keys : [""];
  const all = index.get(member.backend) ?? [];
  // A key that is no longer configured says nothing about the place.
  const states = all.filter((s) => names.includes(s.key));
  const keys = names.map((name): KeyHealth => {
    const s = states.find((x) => x.key === name);
    return s ? { name, status: s.status, until: s.until, why: s.why } : { name, status: "unknown", why: "" };
  });
  const best = ORDER.find((o) => keys.some((k) => k.status === o)) ?? "unknown";
  const sum = (of: (s: TargetState) => number) => states.reduce((n, s) => n + of(s), 0);
  const soonest = keys
    .filter((k) => k.status === best)
    .sort((a, b) => (a.until ?? "9").localeCompare(b.until ?? "9"))[0];
  const kinds = new Map<string, number>();
  for (const s of states) {
    for (const [kind, n] of Object.entries(s.by_kind)) kinds.set(kind, (kinds.get(kind) ?? 0) + n);
  }
  return {
    status: (best === "ok" || best === "unknown") && member.health === "busy" ? "busy" : best,
    until: soonest?.until,
    why: soonest?.why ?? "",
    lastError: states.find((s) => s.status === best)?.last_error ?? "",
    keys: member.keys.length > 0 ? keys : [],
    inFlight: sum((s) => s.in_flight),
    firstTokenUs: Math.max(0, ...states.map((s) => s.first_token_us)),
    requests: sum((s) => s.requests),
    succeeded: sum((s) => s.succeeded),
    failed: sum((s) => s.failed),
    byKind: [...kinds].sort((a, b) => b[1] - a[1]),
  };
}

/** What the status looks like in a few words: a key of the texts and what goes into it. */
export function standingWords(h: { status: Standing; until?: string; lastError?: string }): {
  key:
    | "ok"
    | "unknown"
    | "cooling"
    | "coolingUntil"
    | "open"
    | "openUntil"
    | "probing"
    | "key_refused"
    | "busy";
  code: string;
} {
  const timed = h.until !== undefined;
  const code = h.lastError === "rate_limit" ? "429" : h.lastError === "overloaded" ? "529" : "";
  if (h.status === "cooling") return { key: timed ? "coolingUntil" : "cooling", code };
  if (h.status === "open") return { key: timed ? "openUntil" : "open", code: "" };
  return { key: h.status, code: "" };
}
