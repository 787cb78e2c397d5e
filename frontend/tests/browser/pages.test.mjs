import assert from "node:assert/strict";
import { test } from "node:test";
import { setup } from "./browser.mjs";

const on = setup();
const nothing = { models: [], providers: [], empty: true };

test("first run leads from a provider to a command that can be copied", async (t) => {
  const page = await on.open(t, "/", { world: nothing });
  await page.getByRole("button", { name: /^OpenAI api/ }).click();
  await page.getByLabel("API key").fill("sk-bad");
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("Incorrect API key").waitFor();
  assert.equal(await page.getByLabel("API key").inputValue(), "sk-bad", "what was typed is kept");

  await page.getByLabel("API key").fill("sk-good");
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Search or type a model").fill("mini");
  await page.getByLabel("gpt-4o-mini").check();
  await page.getByRole("button", { name: "Add 1 model" }).click();
  await page.getByText("You are all set").waitFor();
  assert.match(
    await page.locator("pre").first().innerText(),
    /curl http.*\/v1\/chat\/completions[\s\S]*gpt-4o-mini/,
  );
  await page.getByRole("button", { name: "Go to the overview" }).click();
  await page.getByText("Ready for the first request").waitFor();
});

test("without a keychain nothing is kept in a file before it is agreed to", async (t) => {
  const keys = { available: false, problem: "No Secret Service answers.", keys: [] };
  const page = await on.open(t, "/", { world: { ...nothing, keys } });
  await page.getByRole("button", { name: /^Groq/ }).click();
  await page.getByText("There is no keychain here").waitFor();
  await page.getByLabel("API key").fill("sk-good");
  await page.getByRole("button", { name: "Test connection" }).click();
  const box = page.getByRole("checkbox");
  assert.equal(await box.evaluate((e) => e.validity.valueMissing), true);
  await box.check();
  await page.getByRole("button", { name: "Test connection" }).click();
  const [saved] = await Promise.all([
    page.waitForRequest((r) => r.method() === "PUT"),
    page.getByRole("button", { name: "Next" }).click(),
  ]);
  assert.equal(saved.postDataJSON().key_store, "env");
});

test("requests are walked with the keyboard", async (t) => {
  const page = await on.open(t, "/requests");
  await page.getByRole("row").nth(5).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const detail = page.getByRole("article", { name: "Request" });
  await detail.getByRole("tab", { name: "Conversation" }).waitFor();
  const first = page.url();
  assert.match(first, /\/requests\/\d+/);
  await page.keyboard.press("k");
  await page.waitForFunction((url) => location.href !== url, first);
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("placeholder")), "Search");
});

test("new requests wait while one reads, and come in at the top otherwise", async (t) => {
  const page = await on.open(t, "/requests");
  const rows = page.getByRole("row");
  await rows.nth(30).waitFor();
  on.fixture.finish({ model: "brand-new-model" });
  await page.getByRole("row", { name: /brand-new-model/ }).waitFor();

  await page.getByRole("grid").evaluate((e) => e.scrollTo(0, 2000));
  on.fixture.finish({ model: "another-new-model" });
  await page.getByRole("button", { name: "1 new" }).click();
  await page.getByRole("row", { name: /another-new-model/ }).waitFor();
});

test("filters live in the URL and can be taken away", async (t) => {
  const page = await on.open(t, "/requests?outcome=error&client=Cline");
  await page.getByRole("row").nth(2).waitFor();
  assert.equal(await page.getByRole("img", { name: "OK" }).count(), 0);
  await page.getByRole("button", { name: /Remove the filter Outcome/ }).click();
  await page.waitForURL((u) => !u.search.includes("outcome") && u.search.includes("client=Cline"));
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("menuitem", { name: "Model" }).hover();
  await page.getByRole("menuitem", { name: "gpt-5.1" }).click();
  await page.waitForURL(/model=gpt-5\.1/);
});

test("a model that was removed comes back with one click", async (t) => {
  const page = await on.open(t, "/models");
  await page.getByRole("button", { name: "Actions for gpt-5.1" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("button", { name: "gpt-5.1", exact: true }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "gpt-5.1", exact: true }).waitFor();
});

test("the form and the text of a model are one", async (t) => {
  const page = await on.open(t, "/models/fast");
  const yaml = page.getByLabel("As it stands in the file");
  await page.getByLabel("Timeout in seconds").fill("90");
  assert.match(await yaml.inputValue(), /request_timeout: 90/);
  await yaml.fill("model_name: fast\nprovider: openai\nmodel_params:\n  model: gpt-4o\n");
  assert.equal(await page.getByRole("combobox", { name: "Sent as" }).inputValue(), "gpt-4o");
  await yaml.fill("model_name: fast\nbroken: yes\n");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("config_added.yaml:14").waitFor();
  assert.match(await yaml.inputValue(), /broken: yes/, "what was typed is kept");
});

test("a provider is removed only by its name", async (t) => {
  const page = await on.open(t, "/providers");
  await page.getByRole("button", { name: "Actions for Groq" }).click();
  await page.getByRole("menuitem", { name: "Remove provider" }).click();
  const remove = page.getByRole("dialog").getByRole("button", { name: "Remove provider" });
  assert.equal(await remove.isDisabled(), true);
  await page.getByLabel("Type groq to confirm").fill("groq");
  await remove.click();
  await page.getByRole("button", { name: "Groq", exact: true }).waitFor({ state: "detached" });
});

test("a setting that is refused keeps what was typed and says why", async (t) => {
  const page = await on.open(t, "/settings");
  const port = page.getByLabel("Port", { exact: true });
  await port.fill("99999");
  await port.press("Enter");
  await page.getByText("A port is a number from 1 to 65535").waitFor();
  assert.equal(await port.inputValue(), "99999");
  await port.fill("8080");
  await port.press("Enter");
  await page.getByText("Set in your file; default 7979").waitFor();
});

test("the theme follows the setting", async (t) => {
  const page = await on.open(t, "/settings", { colorScheme: "light" });
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await page.getByRole("combobox", { name: "Theme" }).waitFor();
  assert.equal(await scheme(), "light");
  await page.getByRole("combobox", { name: "Theme" }).click();
  await page.getByRole("option", { name: "Dark" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme === "dark");
});

test("the proxy is switched, and a taken port is answered with a free one", async (t) => {
  const notices = [
    { kind: "port", level: "error", message: "Port 7979 is used by node (pid 4121).", port: 7980 },
  ];
  const page = await on.open(t, "/models", { world: { proxy: "stopped", notices } });
  await page.getByRole("button", { name: "Use port 7980" }).click();
  await page.getByText("127.0.0.1:7980").waitFor();
  await page.getByText("Running", { exact: true }).waitFor();
  await page.getByRole("switch", { name: "Proxy" }).click({ force: true });
  await page.getByText("Stopped", { exact: true }).waitFor();
});

test("without a session the page says how to get in", async (t) => {
  const page = await on.open(t, "/", { world: { unauthorized: true } });
  await page.getByText("yallmproxy open --browser").waitFor();
});

test("when the core goes away the page says so and finds it again", async (t) => {
  const page = await on.open(t, "/models");
  await page.getByRole("button", { name: "fast", exact: true }).waitFor();
  on.fixture.setWorld({ offline: true });
  await page.getByRole("switch", { name: "Proxy" }).click({ force: true });
  await page.getByRole("status").filter({ hasText: "Offline" }).waitFor({ timeout: 25_000 });
  await page.getByRole("button", { name: "fast", exact: true }).waitFor();
  on.fixture.setWorld({});
  await page.getByText("Running", { exact: true }).waitFor();
});
