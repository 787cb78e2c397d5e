import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { withKeychain } from "./support/keychain";
import type { Program } from "./support/program";
import { expect, signIn, test } from "./support/test";
import { KEY, type Upstream } from "./support/upstream";

const run = promisify(execFile);

/** From the welcome to the list of models, with a wrong key first. */
async function connect(page: Page, upstream: Upstream, choose: () => Promise<void>, keychain: boolean) {
  await expect(page.getByRole("heading", { name: "Which provider do you use?" })).toBeVisible();
  await choose();
  for (const base of await page.getByRole("textbox", { name: "Base URL", exact: true }).all()) {
    await base.fill(upstream.base);
  }
  await page.getByLabel(/^API key/).fill("sk-wrong");
  if (!keychain) {
    // Nothing goes into a file, nor anywhere else, before it is agreed to.
    const agreed = page.getByRole("checkbox", { name: /Keep the key in \.env_added/ });
    await page.getByRole("button", { name: "Test connection" }).click();
    expect(await agreed.evaluate((box: HTMLInputElement) => box.validity.valueMissing)).toBe(true);
    await expect(page.getByRole("list", { name: "Connection test" })).toHaveCount(0);
    await agreed.check();
  }

  await page.getByRole("button", { name: "Test connection" }).click();
  const steps = page.getByRole("list", { name: "Connection test" });
  const step = (name: string) => steps.getByRole("listitem").filter({ hasText: name });
  await expect(step("Key").getByRole("img", { name: "Failed" })).toBeVisible();
  await expect(step("Key")).toContainText("Incorrect API key provided.");
  await expect(step("Connection").getByRole("img", { name: "OK" })).toBeVisible();

  await page.getByLabel(/^API key/).fill(KEY);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(step("Key").getByRole("img", { name: "OK" })).toBeVisible();
  await expect(step("Model list").getByRole("img", { name: "OK" })).toBeVisible();
  await page.getByRole("button", { name: "Next" }).click();

  await expect(page.getByRole("heading", { name: "Which models do you want?" })).toBeVisible();
  await page.getByRole("checkbox", { name: "acme-large" }).check();
  await page.getByRole("checkbox", { name: "acme-small" }).check();
  await page.getByRole("button", { name: "Add 2 models" }).click();
  await expect(page.getByRole("heading", { name: "You are all set" })).toBeVisible();
}

async function anyBase(page: Page) {
  await page
    .getByRole("button", { name: /Any base URL/ })
    .first()
    .click();
  await expect(page.getByRole("textbox", { name: "Base URL", exact: true })).toHaveCount(1);
}

/** Runs the very command that the page offers. */
async function runCurl(page: Page): Promise<string> {
  const command = await page.locator("pre", { hasText: "curl " }).innerText();
  const { stdout } = await run("sh", [
    "-c",
    command.replace(/^curl /, "curl --silent --show-error --noproxy '*' "),
  ]);
  return stdout;
}

/** The request is on both pages, and everything about it is in its detail. */
async function followTheRequest(page: Page, program: Program) {
  await page.getByRole("button", { name: "Go to the overview" }).click();
  await expect(page.getByRole("heading", { name: "Ready for the first request" })).toBeVisible();
  expect(await runCurl(page)).toContain("Hello from the scripted provider.");

  // It appears by itself.
  await expect(
    page
      .getByRole("region", { name: "Top models" })
      .or(page.locator("section", { hasText: "Top models" }))
      .first(),
  ).toContainText("acme-large");
  await page.getByRole("link", { name: "Requests", exact: true }).click();
  const row = page.getByRole("row").filter({ hasText: "acme-large" });
  await expect(row).toHaveCount(1);
  await expect(row.getByRole("img", { name: "OK" })).toBeVisible();
  await row.click();

  const detail = page.getByRole("article", { name: "Request" });
  await expect(detail.getByRole("heading", { name: "acme-large" })).toBeVisible();
  await expect(detail.getByRole("region", { name: "User" })).toContainText("Say hello");
  await expect(detail.getByRole("region", { name: "Assistant" })).toContainText(
    "Hello from the scripted provider.",
  );

  await detail.getByRole("tab", { name: "Request" }).click();
  await expect(detail).toContainText("POST /v1/chat/completions");
  await expect(detail.getByText("curl/")).toBeVisible();
  await expect(detail).toContainText('"content": "Say hello"');
  await detail.getByRole("tab", { name: "Response" }).click();
  await expect(detail).toContainText("HTTP 200");
  await expect(detail).toContainText('"finish_reason": "stop"');
  await detail.getByRole("tab", { name: "Timing" }).click();
  await expect(detail.getByRole("rowheader", { name: "First byte" })).toBeVisible();
  await detail.getByRole("tab", { name: "Attempts" }).click();
  await expect(detail.getByRole("cell", { name: "200" })).toBeVisible();

  // What a client sends as its own key is masked.
  const response = await fetch(`${program.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer sk-of-the-client" },
    body: JSON.stringify({ model: "acme-small", messages: [{ role: "user", content: "Second" }] }),
  });
  expect(response.status).toBe(200);
  await page.keyboard.press("Escape");
  await page.getByRole("row").filter({ hasText: "acme-small" }).click();
  await detail.getByRole("tab", { name: "Request" }).click();
  await expect(detail.getByText("authorization", { exact: false }).first()).toBeVisible();
  await expect(detail).not.toContainText("sk-of-the-client");
}

test("first run without a keychain: any base URL", async ({ page, launch, upstream }) => {
  const program = await launch();
  await signIn(page, program);
  await connect(page, upstream, () => anyBase(page), false);
  await followTheRequest(page, program);
  const config = await program.readConfig();
  expect(config).toContain(upstream.base);
  expect(config).not.toContain(KEY);
});

test("first run: a provider of the catalogue at another address", async ({ page, launch, upstream }) => {
  const program = await launch();
  await signIn(page, program);
  await connect(
    page,
    upstream,
    async () => {
      await page.getByRole("textbox", { name: "Search providers" }).fill("deepseek");
      await page.getByRole("button", { name: /^DeepSeek/ }).click();
      await page.getByRole("button", { name: "Use another address" }).click();
      await expect(page.getByRole("textbox", { name: "Base URL", exact: true })).toHaveCount(2);
    },
    false,
  );
  await followTheRequest(page, program);
  expect(await program.readConfig()).toMatch(/catalog: deepseek/);
});

test("first run with a keychain: the file holds the key's name only", async ({ page, launch, upstream }) => {
  const program = await launch({ inside: withKeychain });
  await signIn(page, program);
  await connect(page, upstream, () => anyBase(page), true);
  await followTheRequest(page, program);
  expect(await program.readConfig()).toMatch(/api_key: keyring:\S+/);
  expect(await program.run("config", "show")).not.toContain(KEY);
  await page.goto(`${program.url}/providers`);
  await expect(page.getByRole("table", { name: "Providers" })).toContainText("Keychain");
});
