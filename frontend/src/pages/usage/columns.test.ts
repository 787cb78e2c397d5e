import { expect, it } from "vitest";
import type { Row } from "@/api/types";
import { csvOf } from "./columns";

it("quotes what needs it and disarms formulas", () => {
  const totals = { requests: 2, usage: {} } as Row["totals"];
  const [head, a, b] = csvOf(
    ["Model"],
    [
      { key: 'a,"b"', totals },
      { key: "=cmd()", totals },
    ],
  ).split("\r\n");
  expect(head).toBe("Model");
  expect(a).toMatch(/^"a,""b""",2,/);
  expect(b).toMatch(/^'=cmd\(\),2,/);
});
