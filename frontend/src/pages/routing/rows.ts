/** A route as rows that can be moved: what is configured in its order, and below each what it leads to. */
import type { FallbackPair, MemberInput, MemberView, RouteInput, RouteView, Stage } from "@/api/types";

/** The lists of a route that a person may edit. */
export const LISTS = ["members", "fallbacks", "context_fallbacks", "policy_fallbacks"] as const;
export type List = (typeof LISTS)[number];
export type Member = Required<MemberInput>;
export type Lists = Required<Omit<RouteInput, "members">> & { members: Member[] };

const VIA = {
  fallback: "fallbacks",
  context_fallback: "context_fallbacks",
  policy_fallback: "policy_fallbacks",
};

export interface Row {
  id: string;
  /** A name that may be asked, or one of the places behind the name above it. */
  depth: 0 | 1;
  name: string;
  /** Absent for a name with several places, which follow, and for one that leads nowhere. */
  place?: MemberView;
  /** Where it stands in a list; absent for what comes from elsewhere. */
  list?: List;
  index?: number;
  /** As configured, of a group. */
  member?: Member;
  /** The name whose own fallback this is. */
  of?: string;
  /** A name that is not configured. */
  lost?: boolean;
}

export interface Block {
  via: "own" | List;
  rows: Row[];
}

export const listsOf = (r: RouteView): Lists => ({
  members: (r.members ?? []).map((m) => ({
    model: m.model,
    weight: m.weight ?? 1,
    priority: m.priority ?? 0,
  })),
  fallbacks: r.fallbacks,
  context_fallbacks: r.context_fallbacks,
  policy_fallbacks: r.policy_fallbacks,
  aliases: r.aliases,
});

export const namesIn = (lists: Lists, list: List): string[] =>
  list === "members" ? lists.members.map((m) => m.model) : lists[list];

/** The lists with one more name at the end of one of them. */
export function withName(lists: Lists, list: List, name: string): Lists {
  if (list === "members")
    return { ...lists, members: [...lists.members, { model: name, weight: 1, priority: 0 }] };
  return { ...lists, [list]: [...lists[list], name] };
}

/** The lists without one of their items. */
export const without = (lists: Lists, list: List, index: number): Lists => ({
  ...lists,
  [list]: lists[list].filter((_, i) => i !== index),
});

/** The lists with one item of one of them elsewhere. */
export const reordered = (lists: Lists, list: List, from: number, to: number): Lists =>
  list === "members"
    ? { ...lists, members: moved(lists.members, from, to) }
    : { ...lists, [list]: moved(lists[list], from, to) };

/** Items with one of them elsewhere; the same ones when it cannot go there. */
export function moved<T>(items: T[], from: number, to: number): T[] {
  if (from === to || from < 0 || to < 0 || from >= items.length || to >= items.length) return items;
  const out = items.slice();
  out.splice(to, 0, ...out.splice(from, 1));
  return out;
}

/** What differs, as the core takes it. */
export function changeBetween(before: Lists, after: Lists): RouteInput {
  const out: RouteInput = {};
  for (const list of ["fallbacks", "context_fallbacks", "policy_fallbacks", "aliases"] as const) {
    if (before[list].join("\n") !== after[list].join("\n")) out[list] = after[list];
  }
  if (JSON.stringify(before.members) !== JSON.stringify(after.members)) out.members = after.members;
  return out;
}

/** Whether there is anything to choose: otherwise the name is one of the many that lead to one place. */
export function hasChoice(r: RouteView): boolean {
  if (r.kind !== "model" || r.aliases.length > 0) return true;
  return r.stages.length > 1 || (r.stages[0]?.members.length ?? 0) > 1 || r.fallbacks.length > 0;
}

/** The rows of a route. Lists may differ from what the core last said: they are what is being changed. */
export function blocksOf(route: RouteView, lists: Lists, routes: Map<string, RouteView>): Block[] {
  const out: Block[] = [];
  const first = route.stages[0];
  if (lists.members.length > 0) {
    out.push({ via: "members", rows: memberRows(lists.members, first?.members ?? [], routes) });
  } else if (route.kind !== "virtual" && route.kind !== "group" && first?.via === "") {
    out.push({ via: "own", rows: placeRows({ id: "own", depth: 0, name: route.name }, first.members) });
  }
  for (const list of ["fallbacks", "context_fallbacks", "policy_fallbacks"] as const) {
    const rows = stageRows(route, list, lists[list], routes);
    if (rows.length > 0) out.push({ via: list, rows });
  }
  return out;
}

/** One row for a single place; for several the name, and below it the places. */
function placeRows(row: Row, places: MemberView[]): Row[] {
  const [only] = places;
  if (places.length === 1 && only) return [{ ...row, place: only }];
  return [
    row,
    ...places.map(
      (place): Row => ({ id: `${row.id}/${place.backend}`, depth: 1, name: place.backend, place }),
    ),
  ];
}

function memberRows(members: Member[], places: MemberView[], routes: Map<string, RouteView>): Row[] {
  return members.flatMap((member, index) => {
    const own = routes.get(member.model);
    const mine = places.filter((p) => p.backend === member.model || p.backend.startsWith(`${member.model}#`));
    const found = mine.length > 0 ? mine : (own?.stages[0]?.members ?? []);
    const row: Row = {
      id: `members:${member.model}`,
      depth: 0,
      name: member.model,
      list: "members",
      index,
      member,
      lost: own === undefined && found.length === 0,
    };
    return placeRows(row, found);
  });
}

function stageRows(route: RouteView, list: List, names: string[], routes: Map<string, RouteView>): Row[] {
  // Of a name with fallbacks only the first of these is the first stage.
  const stages = route.stages.filter((s) =>
    s.via === "" ? list === "fallbacks" && route.kind === "virtual" : VIA[s.via] === list,
  );
  const known = new Set(names);
  const out: Row[] = [];
  names.forEach((name, index) => {
    const at = stages.findIndex((s) => s.name === name);
    const own = routes.get(name);
    const places = stages[at]?.members ?? own?.stages[0]?.members ?? [];
    const row: Row = {
      id: `${list}:${name}`,
      depth: 0,
      name,
      list,
      index,
      lost: own === undefined && at < 0,
    };
    out.push(...placeRows(row, places));
    if (at >= 0) out.push(...theirs(stages.slice(at + 1), name, known, list));
  });
  return out;
}

/** The fallbacks of a fallback: what follows it until the next that is configured here. */
function theirs(stages: Stage[], of: string, known: Set<string>, list: List): Row[] {
  const out: Row[] = [];
  for (const s of stages) {
    if (known.has(s.name)) break;
    const rows = placeRows({ id: `${list}:${of}>${s.name}`, depth: 1, name: s.name, of }, s.members);
    out.push(...rows);
  }
  return out;
}

/** How often a name was the way out, and how often it helped. */
export function savedBy(
  pairs: FallbackPair[],
  from: Set<string>,
  places: string[],
): { tried: number; saved: number } {
  let [tried, saved] = [0, 0];
  for (const p of pairs) {
    if (!from.has(p.from) || !places.includes(p.to)) continue;
    tried += p.tried;
    saved += p.saved;
  }
  return { tried, saved };
}
