/** The filters of the Requests page. They live in the URL under the names that the API uses. */
import type { RequestQuery, RequestRecord } from "@/api/types";

/** Filters that hold one value out of those seen. */
export const PICKED = [
  "model",
  "provider",
  "client",
  "outcome",
  "dialect",
  "stop_reason",
  "backend",
  "caller",
] as const;
export type Picked = (typeof PICKED)[number];

const NAMES = [
  ...PICKED,
  "search",
  "since",
  "until",
  "stream",
  "tool_calls",
  "min_total_ms",
  "request_id",
] as const satisfies readonly (keyof RequestQuery)[];
export type FilterName = (typeof NAMES)[number];

export function readFilter(params: URLSearchParams): RequestQuery {
  const filter: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value = params.get(name);
    if (!value) continue;
    if (name === "stream" || name === "tool_calls") filter[name] = value === "true";
    else filter[name] = name === "min_total_ms" ? Number(value) : value;
  }
  return filter as RequestQuery;
}

/** Whether a request that just finished belongs to the list; the API would say the same. */
export function matches(r: RequestRecord, f: RequestQuery): boolean {
  const same = [...PICKED, "request_id" as const].every((name) => !f[name] || r[name] === f[name]);
  if (!same) return false;
  const at = Date.parse(r.time);
  if (f.since && at < Date.parse(f.since)) return false;
  if (f.until && at >= Date.parse(f.until)) return false;
  if (f.stream !== undefined && r.stream !== f.stream) return false;
  if (f.tool_calls !== undefined && r.tool_calls > 0 !== f.tool_calls) return false;
  if (f.min_total_ms && r.timing.total_us < f.min_total_ms * 1000) return false;
  if (!f.search) return true;
  const wanted = f.search.toLowerCase();
  return [r.model, r.backend, r.client, r.request_id, r.error_message ?? ""].some((v) =>
    v.toLowerCase().includes(wanted),
  );
}

/** Newest first, each id once. */
export function merge(fresh: RequestRecord[], known: RequestRecord[]): RequestRecord[] {
  const all = new Map(known.map((r) => [r.id, r]));
  for (const r of fresh) all.set(r.id, r);
  return [...all.values()].sort((a, b) => b.id - a.id);
}
