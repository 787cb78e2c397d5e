import { expect, it } from "vitest";
import type { Routing } from "@/api/types";
import { standingByProvider } from "./providerHealth";

const member = (backend: string, provider: string) => ({ backend, provider, keys: [], health: "ok" });
const state = (backend: string, status: string, why = "") => ({ backend, key: "", status, why, by_kind: {} });

it("counts each place that rests once, and names the worst", () => {
  const routing = {
    routes: [
      {
        stages: [
          { members: [member("a", "acme")] },
          { members: [member("b", "acme"), member("c", "other"), member("d", "other"), member("e", "new")] },
        ],
      },
      { stages: [{ members: [member("a", "acme")] }] },
    ],
    targets: [
      state("a", "cooling", "a 429"),
      state("b", "open", "5 failures"),
      state("c", "ok"),
      state("gone", "open"),
    ],
  } as unknown as Routing;
  expect([...standingByProvider(routing)]).toEqual([
    ["acme", { status: "open", lines: ["a: a 429", "b: 5 failures"] }],
    ["other", { status: "ok", lines: [] }],
    ["new", { status: "unknown", lines: [] }],
  ]);
  expect(standingByProvider(undefined).size).toBe(0);
});
