import { describe, expect, it } from "vitest";
import type { MemberView, RouteView, Stage } from "@/api/types";
import { fill, scopeOf } from "./limits";
import {
  blocksOf,
  changeBetween,
  hasChoice,
  listsOf,
  moved,
  reordered,
  savedBy,
  withName,
  without,
} from "./rows";

const place = (backend: string, more: Partial<MemberView> = {}): MemberView => ({
  backend,
  provider: "acme",
  target: backend,
  dialects: ["openai"],
  keys: [],
  weight: 1,
  priority: 0,
  health: "ok",
  ...more,
});
const stage = (via: Stage["via"], name: string, ...backends: string[]): Stage => ({
  via,
  name,
  members: (backends.length ? backends : [name]).map((b) => place(b)),
});
const route = (name: string, stages: Stage[], more: Partial<RouteView> = {}): RouteView => ({
  name,
  kind: "model",
  aliases: [],
  stages,
  fallbacks: [],
  context_fallbacks: [],
  policy_fallbacks: [],
  editable: true,
  ...more,
});
const known = (...routes: RouteView[]) => new Map(routes.map((r) => [r.name, r]));
const shape = (r: RouteView, routes: Map<string, RouteView>, lists = listsOf(r)) =>
  blocksOf(r, lists, routes).map((b) => [
    b.via,
    ...b.rows.map(
      (row) => `${"  ".repeat(row.depth)}${row.name}${row.index === undefined ? "" : ` ${row.index}`}`,
    ),
  ]);

const [a, b, c] = ["a", "b", "c"].map((name) => route(name, [stage("", name)])) as [
  RouteView,
  RouteView,
  RouteView,
];

describe("moving", () => {
  it("puts one item elsewhere and leaves the order of the others", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  });

  it("moves nothing past the ends", () => {
    const items = ["a", "b"];
    expect(moved(items, 0, -1)).toBe(items);
    expect(moved(items, 1, 2)).toBe(items);
  });

  it("keeps the weight and priority of a member", () => {
    const r = route("g", [], {
      kind: "group",
      members: [{ model: "a", weight: 3, priority: 1 }, { model: "b" }],
    });
    const next = reordered(listsOf(r), "members", 0, 1);
    expect(next.members).toEqual([
      { model: "b", weight: 1, priority: 0 },
      { model: "a", weight: 3, priority: 1 },
    ]);
  });
});

describe("a change", () => {
  it("sends only the lists that differ", () => {
    const lists = listsOf(route("a", [stage("", "a")], { fallbacks: ["b"], aliases: ["x"] }));
    expect(changeBetween(lists, lists)).toEqual({});
    expect(changeBetween(lists, withName(lists, "fallbacks", "c"))).toEqual({ fallbacks: ["b", "c"] });
    expect(changeBetween(lists, without(lists, "fallbacks", 0))).toEqual({ fallbacks: [] });
    expect(changeBetween(lists, { ...lists, aliases: [] })).toEqual({ aliases: [] });
  });

  it("is taken back by the change the other way", () => {
    const lists = listsOf(
      route("g", [], { kind: "group", members: [{ model: "a", weight: 2, priority: 0 }] }),
    );
    const next = without(withName(lists, "members", "b"), "members", 0);
    expect(changeBetween(next, lists)).toEqual({ members: [{ model: "a", weight: 2, priority: 0 }] });
  });
});

describe("rows", () => {
  it("show the model, its fallbacks and what they fall back to", () => {
    const r = route(
      "a",
      [stage("", "a"), stage("fallback", "b"), stage("fallback", "x"), stage("fallback", "c")],
      {
        fallbacks: ["b", "c"],
      },
    );
    expect(shape(r, known(r, b, c))).toEqual([
      ["own", "a"],
      ["fallbacks", "b 0", "  x", "c 1"],
    ]);
  });

  it("show a list that is being changed before the core knows of it", () => {
    const r = route("a", [stage("", "a"), stage("fallback", "b")], { fallbacks: ["b"] });
    const lists = withName(listsOf(r), "fallbacks", "c");
    const rows = blocksOf(r, lists, known(r, b, c))[1]?.rows;
    expect(rows?.map((row) => row.place?.backend)).toEqual(["b", "c"]);
  });

  it("show the members of a group with their places, also those of groups within it", () => {
    const inner = route("inner", [stage("", "inner", "b", "c")], { kind: "group" });
    const r = route("g", [stage("", "g", "a", "b", "c")], {
      kind: "group",
      members: [{ model: "a" }, { model: "inner" }],
    });
    expect(shape(r, known(a, b, c, inner, r))).toEqual([["members", "a 0", "inner 1", "  b", "  c"]]);
  });

  it("show the targets of one model below its name", () => {
    const r = route("a", [stage("", "a", "a#1", "a#2")]);
    expect(shape(r, known(r))).toEqual([["own", "a", "  a#1", "  a#2"]]);
  });

  it("count every fallback of a name that has nothing else", () => {
    const r = route("v", [stage("", "a"), stage("fallback", "b")], {
      kind: "virtual",
      fallbacks: ["a", "b"],
    });
    expect(shape(r, known(a, b, r))).toEqual([["fallbacks", "a 0", "b 1"]]);
  });

  it("keep what is configured and does not exist, and say so", () => {
    const r = route("a", [stage("", "a")], { fallbacks: ["gone"] });
    expect(blocksOf(r, listsOf(r), known(r))[1]?.rows).toMatchObject([{ name: "gone", lost: true }]);
  });

  it("are needed only where there is something to choose", () => {
    expect(hasChoice(a)).toBe(false);
    expect(hasChoice({ ...a, aliases: ["x"] })).toBe(true);
    expect(hasChoice({ ...a, kind: "wildcard" })).toBe(true);
    expect(hasChoice(route("a", [stage("", "a", "a#1", "a#2")]))).toBe(true);
  });
});

describe("counters", () => {
  it("sum the ways to a place from what stands before it", () => {
    const pairs = [
      { from: "a", to: "b", tried: 5, saved: 4 },
      { from: "x", to: "b", tried: 2, saved: 2 },
      { from: "c", to: "b", tried: 9, saved: 9 },
    ];
    expect(savedBy(pairs, new Set(["a", "x"]), ["b"])).toEqual({ tried: 7, saved: 6 });
    expect(savedBy(pairs, new Set(["a"]), [])).toEqual({ tried: 0, saved: 0 });
  });
});

describe("limits", () => {
  it.each([
    ["total", "total", "", ""],
    ["model gpt 5", "model", "gpt 5", ""],
    ["provider openai", "provider", "openai", ""],
    ["caller laptop", "caller", "laptop", ""],
    ["caller laptop on fast", "callerOn", "laptop", "fast"],
    ["caller without a key", "nobody", "", ""],
    ["caller without a key on fast", "nobodyOn", "", "fast"],
    ["something new", "other", "something new", ""],
  ])("reads %s", (text, kind, name, on) => expect(scopeOf(text)).toEqual({ kind, name, on }));

  it("says when one is near its end or at it", () => {
    expect(fill(1, 10)).toEqual({ share: 0.1, level: "ok" });
    expect(fill(8, 10)).toMatchObject({ level: "near" });
    expect(fill(12, 10)).toEqual({ share: 1, level: "full" });
    expect(fill(12, 0)).toEqual({ share: 0, level: "ok" });
  });
});
