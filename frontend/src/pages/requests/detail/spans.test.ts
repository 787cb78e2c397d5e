import { expect, it } from "vitest";
import type { RequestRecord } from "@/api/types";
import { spans } from "./spans";

const record = (timing: object, attempts: object[]) => ({ timing, attempts }) as RequestRecord;
const shape = (r: RequestRecord) => spans(r).map((s) => [s.kind, s.start, s.end]);

it("lays the phases end to end", () => {
  const r = record({ queue_us: 100, connect_us: 300, first_byte_us: 900, total_us: 2000 }, [
    { start_us: 100 },
  ]);
  expect(shape(r)).toEqual([
    ["queue", 0, 100],
    ["connect", 100, 300],
    ["wait", 300, 900],
    ["receive", 900, 2000],
  ]);
});

it("shows failed attempts before the one that answered", () => {
  const r = record({ queue_us: 0, connect_us: 600, first_byte_us: 900, total_us: 1000 }, [
    { start_us: 0, duration_us: 500, backend: "a" },
    { start_us: 550, duration_us: 450, backend: "b" },
  ]);
  expect(shape(r)).toEqual([
    ["attempt", 0, 500],
    ["connect", 550, 600],
    ["wait", 600, 900],
    ["receive", 900, 1000],
  ]);
});

it("ends with waiting when nothing came back", () => {
  const r = record({ queue_us: 0, connect_us: 0, first_byte_us: 0, total_us: 1000 }, []);
  expect(shape(r)).toEqual([["wait", 0, 1000]]);
});

it("shows the waits before attempts where they were, and nothing of those that were passed over", () => {
  const r = record({ queue_us: 150, connect_us: 910, first_byte_us: 950, total_us: 1000 }, [
    { start_us: 100, duration_us: 200, backend: "a" },
    { start_us: 300, duration_us: 0, backend: "a", skipped: "circuit open after 5 failures" },
    { start_us: 800, duration_us: 50, backend: "a", wait_us: 450 },
    { start_us: 900, duration_us: 100, backend: "b", wait_us: 50 },
  ]);
  expect(shape(r)).toEqual([
    ["queue", 0, 100],
    ["attempt", 100, 300],
    ["pause", 350, 800],
    ["attempt", 800, 850],
    ["pause", 850, 900],
    ["connect", 900, 910],
    ["wait", 910, 950],
    ["receive", 950, 1000],
  ]);
});

it("does not draw a wait for the first target's slot twice", () => {
  const r = record({ queue_us: 500, connect_us: 0, first_byte_us: 0, total_us: 1000 }, [
    { start_us: 500, duration_us: 500, backend: "a", wait_us: 300 },
  ]);
  expect(shape(r)).toEqual([
    ["queue", 0, 200],
    ["pause", 200, 500],
    ["wait", 500, 1000],
  ]);
});
