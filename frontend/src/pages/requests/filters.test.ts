import { describe, expect, it } from "vitest";
import type { RequestRecord } from "@/api/types";
import { matches, merge, readFilter } from "./filters";

const record = (more: Partial<RequestRecord> = {}) =>
  ({
    id: 1,
    time: "2025-11-22T10:00:00Z",
    model: "fast",
    backend: "fast",
    provider: "groq",
    client: "Cline",
    outcome: "success",
    request_id: "req_1",
    stream: true,
    tool_calls: 0,
    timing: { total_us: 2_000_000 },
    ...more,
  }) as RequestRecord;

describe("filters", () => {
  it("reads what it knows from the URL and nothing else", () => {
    expect(readFilter(new URLSearchParams("model=fast&min_total_ms=500&evil=1&search="))).toEqual({
      model: "fast",
      min_total_ms: 500,
    });
  });

  it.each([
    [{}, true],
    [{ model: "fast", client: "Cline" }, true],
    [{ model: "slow" }, false],
    [{ min_total_ms: 2001 }, false],
    [{ search: "CLI" }, true],
    [{ search: "absent" }, false],
    [{ since: "2025-11-22T10:00:01Z" }, false],
    [{ until: "2025-11-22T10:00:00Z" }, false],
    [{ stream: false }, false],
    [{ tool_calls: true }, false],
  ])("decides %j as the API would: %s", (filter, expected) => {
    expect(matches(record(), filter)).toBe(expected);
  });

  it("keeps the list newest first when an older request ends later", () => {
    const ids = merge([record({ id: 4 }), record({ id: 2 })], [record({ id: 3 }), record({ id: 2 })]).map(
      (r) => r.id,
    );
    expect(ids).toEqual([4, 3, 2]);
  });
});
