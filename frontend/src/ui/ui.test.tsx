import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/client";
import type { CatalogEntry, ProviderView } from "@/api/types";
import { cut } from "@/pages/requests/detail/Foldable";
import { Tinted } from "./CodeView";
import { ConfirmByName } from "./ConfirmByName";
import { options, stack } from "./chartOptions";
import { Problem } from "./Problem";
import { draftOf, emptyDraft, inputOf, trialOf } from "./provider/draft";
import { ProviderForm } from "./provider/ProviderForm";
import { Steps } from "./Steps";

const show = (node: React.ReactNode) => render(<MantineProvider env="test">{node}</MantineProvider>);
const entry = (more: Partial<CatalogEntry> = {}) =>
  ({
    id: "openai",
    label: "OpenAI",
    endpoints: [{ dialect: "openai", base: "https://api.openai.com/v1" }],
    variables: [],
    ...more,
  }) as unknown as CatalogEntry;

describe("a provider's draft", () => {
  it("sends only what was typed", () => {
    // The path names what is saved; a body that names it too is refused.
    expect(inputOf(emptyDraft(entry()))).toEqual({ catalog: "openai" });
    expect(trialOf(emptyDraft(entry()))).toEqual({ name: "openai", catalog: "openai" });
    expect(inputOf({ ...emptyDraft(entry()), key: " sk-1 " })).toMatchObject({
      key: "sk-1",
      key_store: "keychain",
    });
  });

  it("sends the list of keys only when it changed, and what is typed in the place of the first", () => {
    const have = ["work", "home"].map((name) => ({
      name,
      state: "keychain" as const,
      ref: `keyring:${name}`,
    }));
    const view = { name: "openai", endpoints: entry().endpoints, keys: have } as unknown as ProviderView;
    const draft = draftOf(view, entry());
    expect(inputOf(draft)).toEqual({ catalog: "openai" });
    expect(inputOf({ ...draft, key: "sk-1" })).toEqual({
      catalog: "openai",
      key: "sk-1",
      key_store: "keychain",
    });
    const [work, home] = draft.keys;
    if (!work || !home) throw new Error("no keys");
    expect(inputOf({ ...draft, keys: [home, work] }).keys).toEqual([{ name: "home" }, { name: "work" }]);
    expect(inputOf({ ...draft, keys: [] }).keys).toEqual([]);
    const added = { ...draft, keys: [work, home, { id: 7, key: " sk-2 " }, { id: 8, key: "" }] };
    expect(inputOf(added)).toMatchObject({
      keys: [{ name: "work" }, { name: "home" }, { key: "sk-2" }],
      key_store: "keychain",
    });
    expect(inputOf({ ...draft, key: "sk-1", keys: [home, work] }).keys).toEqual([
      { key: "sk-1" },
      { name: "work" },
    ]);
  });

  it("takes a name that is free", () => {
    expect(emptyDraft(entry(), ["openai", "openai-2"]).name).toBe("openai-3");
  });
});

describe("what a base URL speaks", () => {
  const DIALECTS = [
    "OpenAI (Chat Completions)",
    "OpenAI Responses",
    "Anthropic Messages",
    "Gemini",
    "Ollama",
    "Azure OpenAI",
  ];
  const options = () => {
    fireEvent.click(screen.getByRole("combobox", { name: "Dialect" }));
    return screen.getAllByRole("option").map((o) => o.textContent);
  };

  it("is chosen by name, with an example of its address", () => {
    const onChange = vi.fn();
    const draft = emptyDraft(entry({ endpoints: [] }));
    show(<ProviderForm draft={draft} onChange={onChange} />);
    expect(options()).toEqual(DIALECTS);
    fireEvent.click(screen.getByRole("option", { name: "Gemini" }));
    const [next] = onChange.mock.lastCall ?? [];
    expect(next.endpoints).toEqual([{ dialect: "gemini", base: "" }]);
    cleanup();
    show(<ProviderForm draft={next} onChange={onChange} />);
    expect(screen.getByPlaceholderText(/generativelanguage.*v1beta$/)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Another base URL" }));
    expect(onChange.mock.lastCall?.[0].endpoints[1]).toEqual({ dialect: "openai", base: "" });
  });

  it("keeps a dialect that is not offered", () => {
    const draft = { ...emptyDraft(entry()), endpoints: [{ dialect: "passthrough" as const, base: "x" }] };
    show(<ProviderForm draft={draft} onChange={() => {}} />);
    expect(options()).toHaveLength(DIALECTS.length + 1);
    expect(screen.getByRole("combobox", { name: "Dialect" })).toHaveProperty(
      "value",
      "Untranslated, below /p1 only",
    );
  });
});

describe("the connection test", () => {
  it("names the step that failed and what was not tried", () => {
    show(
      <Steps
        result={{
          ok: false,
          steps: [
            { name: "dns", ok: true, duration_us: 3000 },
            { name: "key", ok: false, detail: "401: no such key", duration_us: 9000 },
            { name: "models", ok: false, skipped: true, duration_us: 0 },
          ],
        }}
      />,
    );
    expect(screen.getByText("401: no such key")).toBeTruthy();
    expect(screen.getByRole("img", { name: "Failed" })).toBeTruthy();
    expect(screen.getByText("Not tried")).toBeTruthy();
  });
});

it("shows every error of a problem with its place", () => {
  show(
    <Problem
      error={
        new ApiError(422, "Not valid", "Nothing was changed.", [{ message: "no port", location: "a.yaml:3" }])
      }
    />,
  );
  const said = screen.getByRole("alert").textContent;
  expect(said).toContain("a.yaml:3: no port");
  expect(said, "the name of an HTTP status says nothing to a person").not.toContain("Not valid");
});

it("removes only once the name is typed", async () => {
  const onConfirm = vi.fn();
  show(
    <ConfirmByName
      title="T"
      text=""
      name="groq"
      action="Remove"
      busy={false}
      onConfirm={onConfirm}
      onClose={() => {}}
    />,
  );
  const button = screen.getByRole("button", { name: "Remove" });
  expect(button).toHaveProperty("disabled", true);
  await userEvent.type(screen.getByRole("textbox"), "groq");
  await userEvent.click(button);
  expect(onConfirm).toHaveBeenCalledOnce();
});

describe("folding", () => {
  it("leaves short texts alone and cuts long lines too", () => {
    expect(cut("a\nb", 2)).toBeNull();
    expect(cut("a\nb\nc", 2)).toBe("a\nb");
    expect(cut("x".repeat(1000), 2)).toHaveLength(220);
  });
});

it("sees no numbers in a text that is cut off before its end", () => {
  const { container } = show(<Tinted line={'"text": "line 12, said \\"3\\" of 4'} />);
  expect([...container.querySelectorAll("span")].map((e) => e.textContent)).toEqual([
    '"text":',
    '"line 12, said \\"3\\" of 4',
  ]);
});

it("counts in whole steps", () => {
  const axis = options({ kind: "bars", lines: [], style: document.body.style } as never).axes?.[1];
  expect(axis?.incrs).toContain(1);
  for (const n of (axis?.incrs ?? []) as number[]) expect(Number.isInteger(n)).toBe(true);
});

it("stacks bars the highest first, and leaves gaps in lines", () => {
  const lines = [1, 2].map((v) => ({ key: `${v}`, label: "", colour: "", values: [v, 0] }));
  expect(stack([0, 1], lines, "bars")).toEqual([
    [0, 1],
    [3, 0],
    [1, 0],
  ]);
  expect(stack([0, 1], lines, "lines")).toEqual([
    [0, 1],
    [1, null],
    [2, null],
  ]);
});
