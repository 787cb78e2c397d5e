import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { RequestDetail } from "@/api/types";
import { curlOf, lacking } from "./curl";

const BODY = `{"messages":[{"content":"it's $HOME \\n\`x\`"}]}\n`;
const detail = (bodies: object = {}, record: object = {}) =>
  ({
    record: { path: "/v1/messages", stream: false, ...record },
    bodies: {
      request_body: BODY,
      request_encoding: "text",
      request_cut: false,
      request_headers: {
        "Content-Type": ["application/json"],
        "Content-Encoding": ["gzip"],
        "X-Api-Key": ["•••"],
        Authorization: ["•••"],
        Cookie: ["•••"],
        "Anthropic-Version": ["2023-06-01"],
        "User-Agent": ["claude-cli/2.1"],
      },
      ...bodies,
    },
  }) as unknown as RequestDetail;

/** What curl would be given, by a real shell. */
const given = (command: string) =>
  execFileSync("sh", ["-c", `curl() { printf '%s\\0' "$@"; case "$*" in *@-) cat;; esac; }\n${command}`])
    .toString()
    .split("\0");

describe("a request as a command", () => {
  it("asks the base address with the very body, and with placeholders for keys", () => {
    expect(given(curlOf(detail(), "http://127.0.0.1:7979"))).toEqual([
      "-X",
      "POST",
      "http://127.0.0.1:7979/v1/messages",
      "-H",
      "Content-Type: application/json",
      "-H",
      "X-Api-Key: YOUR_KEY",
      "-H",
      "Authorization: Bearer YOUR_KEY",
      "-H",
      "Anthropic-Version: 2023-06-01",
      "--data-raw",
      BODY,
      "",
    ]);
  });

  it("gives what is no text byte for byte, and does not hold back a stream", () => {
    const packed = detail({ request_body: btoa("\x1f\x8bab"), request_encoding: "base64" }, { stream: true });
    const args = given(curlOf(packed, "http://h"));
    expect(args[0]).toBe("-N");
    expect(args).toContain("Content-Encoding: gzip");
    expect(args.slice(-2)).toEqual(["@-", Buffer.from("\x1f\x8bab", "latin1").toString()]);
  });

  it("says what is missing", () => {
    expect(lacking(detail())).toBeNull();
    expect(lacking(detail({ request_cut: true }))).toBe("cut");
    const off = { ...detail(), bodies: undefined };
    expect(lacking(off)).toBe("none");
    const command = curlOf(off, "http://h", "The body was not kept.");
    expect(command).toMatch(/^# The body was not kept\.\n/);
    expect(given(command)).toEqual(["-X", "POST", "http://h/v1/messages", ""]);
  });
});
