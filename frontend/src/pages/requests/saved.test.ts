import { expect, it } from "vitest";
import type { RequestRecord } from "@/api/types";
import { wayOf } from "./saved";

const record = (outcome: string, attempts: object[]) => ({ outcome, attempts }) as RequestRecord;

it("tells a request that was saved from one that was only tried again", () => {
  const failed = { backend: "a", kind: "timeout" };
  expect(wayOf(record("success", [{ backend: "a" }]))).toEqual({
    attempts: 1,
    saved: false,
    degraded: false,
  });
  expect(wayOf(record("success", [failed, { backend: "b" }]))).toMatchObject({ attempts: 2, saved: true });
  expect(wayOf(record("error", [failed, failed]))).toMatchObject({ attempts: 2, saved: false });
});

it("counts nobody who was passed over", () => {
  const skipped = { backend: "a", skipped: "circuit open after 5 failures" };
  expect(wayOf(record("success", [skipped, { backend: "b" }]))).toMatchObject({ attempts: 1, saved: false });
});

it("notes that a limit was near", () => {
  expect(wayOf(record("success", [{ backend: "b", why: "degraded" }])).degraded).toBe(true);
});
