import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Attempt, RequestRecord } from "@/api/types";
import { Attempts } from "./Attempts";
import { Summary } from "./Summary";

const attempt = (more: Partial<Attempt>): Attempt => ({
  backend: "gpt",
  provider: "openai",
  dialect: "anthropic",
  start_us: 1,
  duration_us: 2,
  reused: false,
  status: 200,
  ...more,
});
const record = (more: Partial<RequestRecord>) =>
  ({
    dialect: "anthropic",
    target_dialect: "anthropic",
    target_model: "gpt",
    path: "/v1/messages",
    model: "gpt",
    time: "2026-02-01T10:00:00Z",
    outcome: "success",
    usage: { input: 0, cache_read: 0, cache_write: 0, cache_write_1h: 0, output: 0, reasoning: 0 },
    timing: { queue_us: 0, connect_us: 0, first_byte_us: 0, first_token_us: 0, total_us: 9 },
    attempts: [],
    ...more,
  }) as RequestRecord;
const show = (node: React.ReactNode) => render(<MantineProvider env="test">{node}</MantineProvider>);

describe("attempts", () => {
  it("say what was translated to what, and what was left out on the way", () => {
    const attempts = [
      attempt({ status: 529, kind: "overloaded" }),
      attempt({ start_us: 3, dialect: "openai", dropped: "seed, top_k" }),
    ];
    show(<Attempts record={record({ attempts })} />);
    const [, first, second, note] = screen.getAllByRole("row") as HTMLElement[];
    expect(first?.textContent).toContain("gptopenaiFirst choiceanthropic529");
    expect(second?.textContent).toContain("anthropic → openai");
    expect(note?.textContent).toBe("Left out: seed, top_k");
  });
});

describe("the way of a request", () => {
  it("says why each was next, with which key and after which wait", () => {
    const attempts = [
      attempt({ status: 429, kind: "rate_limit", message: "Too many.", key: "work" }),
      attempt({ start_us: 3, why: "next_key", key: "home", status: 500, kind: "server" }),
      attempt({ start_us: 9, why: "fallback", backend: "sonnet", wait_us: 2_000_000 }),
    ];
    show(<Attempts record={record({ attempts })} />);
    const text = screen.getAllByRole("row").map((r) => r.textContent);
    expect(text[1]).toContain("openai · work");
    expect(text[2]).toContain("Rate limit Too many.");
    expect(text[3]).toContain("Next key");
    expect(text[4]).toContain("Fallback");
    expect(text[4]).toMatch(/2\.0.s/);
  });

  it("shows who was passed over, and why, without pretending that they were asked", () => {
    const attempts = [
      attempt({ skipped: "circuit open after 5 failures for another 8s", status: 0 }),
      attempt({ start_us: 3, why: "fallback", backend: "sonnet" }),
    ];
    show(<Attempts record={record({ attempts })} />);
    const [, passed, reason, served] = screen.getAllByRole("row") as HTMLElement[];
    expect(passed?.textContent).toContain("Passed over");
    expect(passed?.dataset.skipped).toBe("true");
    expect(passed?.textContent).not.toContain("no answer");
    expect(reason?.textContent).toBe("circuit open after 5 failures for another 8s");
    expect(served?.dataset.skipped).toBeUndefined();
  });
});

describe("the head of a request", () => {
  it("names the translation, if there was one", () => {
    const { unmount } = show(<Summary record={record({ target_dialect: "gemini" })} />);
    expect(screen.getByText("anthropic → gemini")).toBeTruthy();
    unmount();
    show(<Summary record={record({})} />);
    expect(screen.queryByText(/→/)).toBeNull();
  });

  it("folds a long error, so that the tabs below stay in sight", () => {
    const message = "Too many tokens. ".repeat(100);
    show(
      <Summary record={record({ outcome: "error", error_kind: "context_length", error_message: message })} />,
    );
    const alert = screen.getByRole("alert");
    expect(alert.textContent).toMatch(/^Too long Too many/);
    expect(alert.textContent?.length).toBeLessThan(420);
    fireEvent.click(screen.getByRole("button", { name: /more characters/ }));
    expect(alert.textContent).toContain(message.trim());
  });

  it("calls nothing a translation that went through as it was", () => {
    show(<Summary record={record({ dialect: "openai", path: "/p1/sonnet/v1/messages" })} />);
    expect(screen.queryByText(/→/)).toBeNull();
  });
});
