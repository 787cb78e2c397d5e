import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { MemberView, TargetState } from "@/api/types";
import { Health } from "./Health";
import { healthOf, indexTargets, inTrouble, standingWords } from "./health";

const member = (more: Partial<MemberView> = {}): MemberView => ({
  backend: "fast",
  provider: "acme",
  target: "fast",
  dialects: [],
  keys: [],
  weight: 1,
  priority: 0,
  health: "ok",
  ...more,
});
const state = (more: Partial<TargetState> = {}): TargetState => ({
  backend: "fast",
  key: "",
  status: "ok",
  why: "",
  failures: 0,
  in_flight: 1,
  first_token_us: 100,
  requests: 10,
  succeeded: 8,
  failed: 2,
  by_kind: { timeout: 2 },
  last: "2026-01-01T00:00:00Z",
  last_error: "",
  ...more,
});
const of = (m: MemberView, ...states: TargetState[]) => healthOf(m, indexTargets(states));

describe("the health of a target", () => {
  it("is unknown until it was asked", () => expect(of(member()).status).toBe("unknown"));

  it("is that of the best of its keys", () => {
    const keys = ["k1", "k2"];
    const resting = state({ key: "k1", status: "cooling", until: "2026-01-01T00:00:09Z", why: "a 429" });
    expect(of(member({ keys }), resting, state({ key: "k2" })).status).toBe("ok");
    // The second was never asked, so it may be.
    expect(of(member({ keys }), resting).status).toBe("unknown");
    const later = state({ key: "k2", status: "cooling", until: "2026-01-01T00:00:50Z" });
    expect(of(member({ keys }), later, resting)).toMatchObject({
      status: "cooling",
      until: "2026-01-01T00:00:09Z",
      why: "a 429",
    });
    const refused = state({ key: "k1", status: "key_refused" });
    expect(of(member({ keys: ["k1"] }), refused).status).toBe("key_refused");
  });

  it("forgets keys that are no longer configured", () => {
    expect(
      of(member({ keys: ["k1"] }), state({ key: "old", status: "open" }), state({ key: "k1" })).status,
    ).toBe("ok");
  });

  it("is busy only while it would be well otherwise", () => {
    expect(of(member({ health: "busy" }), state()).status).toBe("busy");
    expect(of(member({ health: "busy" }), state({ status: "open" })).status).toBe("open");
  });

  it("sums the counters of its keys", () => {
    const h = of(
      member({ keys: ["k1", "k2"] }),
      state({ key: "k1" }),
      state({ key: "k2", by_kind: { timeout: 1, rate_limit: 4 } }),
    );
    expect(h).toMatchObject({ inFlight: 2, firstTokenUs: 100, requests: 20, succeeded: 16, failed: 4 });
    expect(h.byKind).toEqual([
      ["rate_limit", 4],
      ["timeout", 3],
    ]);
  });

  it("is trouble when it had better be left alone", () => {
    expect(["cooling", "open", "key_refused"].every((s) => inTrouble(s as "open"))).toBe(true);
    expect(["ok", "unknown", "probing", "busy"].some((s) => inTrouble(s as "open"))).toBe(false);
  });
});

describe("its words", () => {
  it("say until when, and the status that made it rest", () => {
    const until = new Date(2026, 0, 1, 12, 3, 20).toISOString();
    render(
      <MantineProvider env="test">
        <Health status="cooling" until={until} lastError="rate_limit" why="cooling down after a 429" />
      </MantineProvider>,
    );
    expect(screen.getByText("Resting until 12:03:20 (429)")).toBeTruthy();
    expect(screen.getByTitle(/cooling down after a 429/)).toBeTruthy();
  });

  it("leave out what is not known", () => {
    expect(standingWords({ status: "cooling" })).toEqual({ key: "cooling", code: "" });
    expect(standingWords({ status: "open", until: "x", lastError: "timeout" })).toEqual({
      key: "openUntil",
      code: "",
    });
    expect(standingWords({ status: "key_refused", until: "x" })).toEqual({ key: "key_refused", code: "" });
  });
});
