// Pictures of every page over scripted data, to look at: node tests/shots.mjs [--out DIR] [--only NAME] [--dist DIR]
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { startFixture } from "./fixture/server.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    only: { type: "string" },
    sizes: { type: "string" },
    dist: { type: "string" },
  },
});
const out = values.out ?? "test-results/shots";
mkdirSync(out, { recursive: true });

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SIZES = { wide: [1180, 760], small: [900, 600], phone: [390, 780] };

const first = (page) => page.getByRole("row").nth(3);
const tab = (name) => async (page) => {
  await first(page).click();
  await page.getByRole("tab", { name }).click();
};
const testStep = async (page) => {
  await page.getByRole("button", { name: /^OpenAI api/ }).click();
  await page.getByLabel("API key").fill("sk-bad");
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("Incorrect API key").waitFor();
};

/** name, path, world, what to do before the picture, sizes */
const SHOTS = [
  { name: "overview", path: "/", sizes: ["wide", "small", "phone"] },
  { name: "overview-tall", path: "/", size: [1180, 1100] },
  { name: "requests", path: "/requests", sizes: ["wide", "small", "phone"] },
  {
    name: "requests-conversation",
    path: "/requests?model=gpt-5.1&tool_calls=true",
    act: tab("Conversation"),
    sizes: ["wide", "small", "phone"],
  },
  { name: "requests-anthropic", path: "/requests?dialect=anthropic&stream=true", act: tab("Conversation") },
  ...["responses", "gemini", "ollama"].map((dialect) => ({
    name: `requests-${dialect}`,
    path: `/requests?dialect=${dialect}&stream=true&tool_calls=true&outcome=success`,
    act: tab("Conversation"),
    size: [1180, 1000],
  })),
  { name: "requests-translated", path: "/requests?dialect=gemini", act: tab("Attempts") },
  {
    name: "requests-dialects",
    path: "/requests?dialect=responses",
    act: async (page) => {
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await page.getByRole("menuitem", { name: "Dialect" }).hover();
      await page.getByRole("menuitem", { name: "Gemini" }).hover();
    },
  },
  { name: "requests-request", path: "/requests", act: tab("Request") },
  { name: "requests-response", path: "/requests?model=gpt-5.1&stream=true", act: tab("Response") },
  { name: "requests-timing", path: "/requests", act: tab("Timing") },
  { name: "requests-attempts", path: "/requests?outcome=error", act: tab("Attempts") },
  {
    name: "requests-saved",
    path: "/requests",
    act: async (page) => {
      await page
        .getByText(/4 attempts|3 attempts/)
        .first()
        .locator("xpath=ancestor::*[@role='row']")
        .click();
      await page.getByRole("tab", { name: /Attempts/ }).click();
    },
    sizes: ["wide", "small"],
  },
  {
    name: "requests-waited",
    path: "/requests",
    act: async (page) => {
      await page
        .getByText(/4 attempts|3 attempts/)
        .first()
        .locator("xpath=ancestor::*[@role='row']")
        .click();
      await page.getByRole("tab", { name: "Timing" }).click();
    },
  },
  { name: "requests-none", path: "/requests?search=zzz" },
  { name: "usage", path: "/usage", sizes: ["wide", "small"] },
  { name: "usage-latency", path: "/usage?metric=first_token&range=24h", size: [1180, 1000] },
  { name: "models", path: "/models", sizes: ["wide", "small"] },
  { name: "model-edit", path: "/models/fast", sizes: ["wide", "small"] },
  { name: "models-add", path: "/models?add=1" },
  {
    name: "models-test",
    path: "/models",
    act: async (page) => {
      await page.getByRole("button", { name: "Test fast" }).click();
      await page.getByText("401:").waitFor();
    },
  },
  { name: "providers", path: "/providers", sizes: ["wide", "small"] },
  { name: "provider-edit", path: "/providers/deepseek" },
  {
    name: "provider-keys",
    path: "/providers/anthropic",
    act: (page) => page.getByRole("button", { name: "Another key" }).click(),
    sizes: ["wide", "small"],
  },
  {
    name: "provider-dialects",
    path: "/providers/deepseek",
    act: async (page) => {
      await page.getByRole("button", { name: "Another base URL" }).click();
      await page.getByRole("combobox", { name: "Dialect" }).nth(2).click();
    },
  },
  {
    name: "model-dialects",
    path: "/models/fast",
    act: async (page) => {
      await page
        .getByLabel("As it stands in the file")
        .fill(
          "model_name: fast\nmodel_params:\n  api_base: https://api.example.com/v1\n  api_type: gemini\n",
        );
      await page.getByRole("combobox", { name: "Dialect" }).click();
    },
  },
  { name: "provider-add", path: "/providers?add=1" },
  { name: "routing", path: "/routing", sizes: ["wide", "small"] },
  {
    name: "routing-refused",
    path: "/routing",
    act: async (page) => {
      await page.getByRole("button", { name: "Change fast" }).click();
      await page.getByRole("menuitem", { name: "Add a fallback", exact: true }).click();
      await page.getByRole("option", { name: "coder" }).click();
      await page.getByText("would lead to each other").waitFor();
    },
    sizes: ["wide", "small"],
  },
  {
    name: "routing-add",
    path: "/routing",
    act: async (page) => {
      await page.getByRole("button", { name: "Change coder" }).click();
      await page.getByRole("menuitem", { name: "Add a member" }).click();
    },
  },
  {
    name: "routing-new",
    path: "/routing",
    act: (page) => page.getByRole("button", { name: "New name" }).click(),
  },
  {
    name: "routing-undo",
    path: "/routing",
    act: async (page) => {
      await page.getByRole("button", { name: /^Move gpt-5.1/ }).focus();
      await page.keyboard.press("ArrowUp");
      await page.getByRole("button", { name: "Undo" }).waitFor();
    },
  },
  { name: "routing-none", path: "/routing", world: { routing: { routes: [], targets: [], pairs: [] } } },
  { name: "queue", path: "/routing?show=queue", sizes: ["wide", "small"] },
  { name: "queue-empty", path: "/routing?show=queue", world: { queue: { waiting: [], uses: [] } } },
  { name: "limits", path: "/routing?show=limits", sizes: ["wide", "small"] },
  { name: "limits-empty", path: "/routing?show=limits", world: { limits: [] } },
  { name: "settings", path: "/settings", sizes: ["wide", "small"] },
  {
    name: "settings-routing",
    path: "/settings#timeouts",
    act: (page) => page.getByRole("link", { name: "Timeouts" }).click(),
    sizes: ["wide", "small"],
  },
  { name: "settings-health", path: "/settings#health" },
  {
    name: "guide",
    path: "/",
    world: { models: [], providers: [], empty: true },
    sizes: ["wide", "small", "phone"],
  },
  { name: "guide-test", path: "/", world: { models: [], providers: [], empty: true }, act: testStep },
  {
    name: "guide-nokeychain",
    path: "/",
    world: {
      models: [],
      empty: true,
      keys: { available: false, problem: "No Secret Service answers on D-Bus.", keys: [] },
    },
    act: (page) => page.getByRole("button", { name: /^Anthropic/ }).click(),
  },
  {
    name: "guide-models",
    path: "/",
    world: { models: [], providers: [], empty: true },
    act: async (page) => {
      await page.getByRole("button", { name: /^OpenAI api/ }).click();
      await page.getByLabel("API key").fill("sk-good");
      await page.getByRole("button", { name: "Test connection" }).click();
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByLabel("gpt-5.1", { exact: true }).check();
      await page.getByLabel("gpt-4.1-mini").check();
    },
  },
  {
    name: "guide-done",
    path: "/",
    world: { models: [], providers: [], empty: true },
    act: async (page) => {
      await page.getByRole("button", { name: /^OpenAI api/ }).click();
      await page.getByLabel("API key").fill("sk-good");
      await page.getByRole("button", { name: "Test connection" }).click();
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByLabel("gpt-5.1", { exact: true }).check();
      await page.getByRole("button", { name: "Add 1 model" }).click();
      await page.getByText("You are all set").waitFor();
    },
  },
  { name: "connect", path: "/", world: { empty: true }, size: [1180, 820] },
  { name: "connect-phone", path: "/", world: { empty: true }, size: [390, 1100] },
  {
    name: "connect-other",
    path: "/",
    world: { empty: true },
    act: (page) => page.getByRole("tab", { name: "Anything else" }).click(),
    size: [1180, 820],
  },
  {
    name: "connect-opencode",
    path: "/",
    world: { empty: true },
    act: (page) => page.getByRole("tab", { name: "opencode" }).click(),
    size: [900, 600],
  },
  {
    name: "notices",
    path: "/models",
    world: {
      proxy: "stopped",
      notices: [
        {
          kind: "port",
          level: "error",
          message: "Port 7979 is used by node (pid 4121).",
          hint: "Stop it, or use a free port.",
          port: 7980,
        },
        {
          kind: "config",
          level: "warning",
          message: "config_added.yaml cannot be used; the last good configuration runs on.",
          problems: [
            {
              file: "/home/ada/config_added.yaml",
              line: 14,
              path: "model_list[2].model_params.api_base",
              message: "is not a URL: add http:// or https://",
            },
            {
              file: "/home/ada/config_added.yaml",
              line: 22,
              path: "model_list[3].extends",
              message: "there is no model named fats; did you mean fast?",
            },
          ],
        },
        {
          kind: "limit",
          level: "warning",
          message: "All callers together has used 80% of its 20000000 tokens per day.",
          hint: "When all of it is used, requests are refused until it opens again.",
        },
      ],
    },
    act: (page) => page.getByRole("button", { name: "2 problems" }).click(),
  },
  { name: "signin", path: "/", world: { unauthorized: true } },
  { name: "offline", path: "/", world: { offline: true } },
  { name: "palette", path: "/", act: (page) => page.keyboard.press("Control+k") },
];

const fixture = await startFixture({ dist: values.dist });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
try {
  for (const scheme of ["light", "dark"]) {
    for (const shot of SHOTS) {
      if (values.only && !new RegExp(values.only).test(shot.name)) continue;
      for (const size of shot.size ? [""] : (shot.sizes ?? ["wide"])) {
        if (values.sizes && size && !values.sizes.includes(size)) continue;
        fixture.setWorld(shot.world ?? {});
        const [width, height] = shot.size ?? SIZES[size];
        const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
        page.on("pageerror", (e) => console.error(shot.name, e.message));
        page.on(
          "console",
          (m) =>
            m.type() === "error" &&
            !/Failed to load resource|401|ERR_/.test(m.text()) &&
            console.error(shot.name, m.text()),
        );
        page.setDefaultTimeout(8000);
        await page.goto(fixture.url + shot.path);
        await page.waitForTimeout(700);
        try {
          await shot.act?.(page);
        } catch (e) {
          console.error(shot.name, String(e).slice(0, 600));
        }
        await page.waitForTimeout(400);
        await page.screenshot({
          path: `${out}/${shot.name}${size && size !== "wide" ? `-${size}` : ""}-${scheme}.png`,
        });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await fixture.close();
}
