import { expect, it } from "vitest";
import type { Routing } from "@/api/types";
import { restingByProvider } from "./resting";

const member = (backend: string, provider: string) => ({ backend, provider, keys: [], health: "ok" });
const state = (backend: string, status: string, why = "") => ({ backend, key: "", status, why, by_kind: {} });

it("counts each place that rests once, and names the worst", () => {
  const routing = {
    routes: [
      {
        stages: [
          { members: [member("a", "acme")] },
          { members: [member("b", "acme"), member("c", "other")] },
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
  expect([...restingByProvider(routing)]).toEqual([
    ["acme", { count: 2, status: "open", lines: ["a: a 429", "b: 5 failures"] }],
  ]);
  expect(restingByProvider(undefined).size).toBe(0);
});
