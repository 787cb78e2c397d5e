import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ask, chat } from "./support/client";
import { expect, signIn, test } from "./support/test";

test("a stream is seen under way and then finished", async ({ page, program, upstream }) => {
  await chat(program, { text: "The first one" });
  await signIn(page, program);
  const inFlight = page.locator("section", { hasText: "In flight" }).last();
  await expect(inFlight).toContainText("Nothing is under way.");

  const answer = ask(program, { model: "held", stream: true, client: "watcher/2" });
  await expect(inFlight).toContainText("held");
  await expect(inFlight).toContainText("watcher");

  await page.getByRole("link", { name: "Requests", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "fast" })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "held" })).toHaveCount(0);
  upstream.release();
  expect(await (await answer).text()).toContain("[DONE]");
  await expect(page.getByRole("row").filter({ hasText: "held" })).toBeVisible();

  await page.getByRole("link", { name: "Overview", exact: true }).click();
  await expect(inFlight).toContainText("Nothing is under way.");
});

test("what is new waits while one reads", async ({ page, program }) => {
  await chat(program, { text: "The first one" });
  await signIn(page, program, "/requests");
  await page.getByRole("row").filter({ hasText: "fast" }).click();
  await expect(page.getByRole("article", { name: "Request" })).toBeVisible();
  await Promise.all(Array.from({ length: 3 }, () => chat(program)));
  const pill = page.getByRole("button", { name: "3 new" });
  await expect(pill).toBeVisible();
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(2);
  await pill.click();
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(5);
  await expect(pill).toBeHidden();
  await chat(program);
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(6);
});

test("what is new waits while one has scrolled down", async ({ page, program }) => {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 8; i++) await chat(program);
    }),
  );
  await signIn(page, program, "/requests");
  const grid = page.getByRole("grid");
  await expect(grid).toHaveAttribute("aria-rowcount", "64");
  await grid.hover();
  await page.mouse.wheel(0, 600);
  await expect.poll(() => grid.evaluate((e) => e.scrollTop)).toBeGreaterThan(300);
  await chat(program, { model: "held" });
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(grid.getByRole("row").filter({ hasText: "held" })).toBeVisible();
});

test("filters live in the address", async ({ page, program }) => {
  await chat(program, { client: "alpha/1" });
  await chat(program, { client: "beta/1", stream: true });
  await (await ask(program, { model: "busy", client: "beta/1" })).text();
  await signIn(page, program, "/requests");
  const rows = page.getByRole("grid").getByRole("row");
  await expect(rows).toHaveCount(4);

  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("menuitem", { name: "Outcome" }).hover();
  await page.getByRole("menuitem", { name: "Failed" }).click();
  await expect(page).toHaveURL(/outcome=error/);
  await expect(rows).toHaveCount(2);
  await page.reload();
  await expect(rows).toHaveCount(2);
  await expect(rows.last()).toContainText("429");
  await page.getByRole("button", { name: /^Remove the filter Outcome/ }).click();
  await expect(rows).toHaveCount(4);

  await page.goto(`${program.url}/requests?client=beta&stream=true`);
  await expect(rows).toHaveCount(2);
  // What comes in is held against the filter as well.
  await chat(program, { client: "alpha/1", stream: true });
  await chat(program, { client: "beta/1", stream: true });
  await expect(rows).toHaveCount(3);
  await expect(page.getByRole("row").filter({ hasText: "alpha" })).toHaveCount(0);
});

test("the keyboard is enough", async ({ page, program }) => {
  for (const model of ["fast", "held", "fast"]) await chat(program, { model });
  await signIn(page, program, "/requests");
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("row")).toHaveCount(4);
  const active = () => grid.getAttribute("aria-activedescendant");

  await page.keyboard.press("j");
  const newest = await active();
  expect(newest).toMatch(/^request-/);
  await page.keyboard.press("j");
  expect(await active()).not.toBe(newest);
  await page.keyboard.press("k");
  expect(await active()).toBe(newest);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const detail = page.getByRole("article", { name: "Request" });
  await expect(detail.getByRole("heading", { level: 2 })).toContainText("held");
  await page.keyboard.press("j");
  await expect(detail.getByRole("heading", { level: 2 })).toContainText("fast");
  await page.keyboard.press("Escape");
  await expect(detail).toBeHidden();

  await page.keyboard.press("/");
  await expect(page.getByRole("textbox", { name: "Search" })).toBeFocused();
  await page.keyboard.type("held");
  await expect(page).toHaveURL(/search=held/);
  await expect(grid.getByRole("row")).toHaveCount(2);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("textbox", { name: "Search" })).not.toBeFocused();

  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: /Go to a page/ }).fill("usage");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/usage$/);
  for (let time = 1; time <= 2; time++) {
    await page.getByRole("button", { name: /^Command palette/ }).click();
    await expect(page.getByRole("textbox", { name: /Go to a page/ })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("textbox", { name: /Go to a page/ })).toBeHidden();
  }
});

test("a request is copied as a command that asks it again, with the keyboard too", async ({
  page,
  program,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: program.url });
  await chat(program, { model: "fast", text: 'It\'s "again" for $5' });
  await signIn(page, program, "/requests");
  const rows = page.getByRole("grid").getByRole("row");
  await expect(rows).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const detail = page.getByRole("article", { name: "Request" });
  const copy = detail.getByRole("button", { name: "Copy as curl", exact: true });
  await copy.focus();
  await page.keyboard.press("Enter");
  await expect(detail.getByRole("button", { name: "Copied" })).toBeVisible();

  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain(`'${program.url}/v1/chat/completions'`);
  expect(command).not.toContain("sk-of-the-client");
  const again = command.replace(/^curl /, "curl --silent --show-error --noproxy '*' ");
  const { stdout } = await promisify(execFile)("sh", ["-c", again]);
  expect(stdout).toContain("Hello from the scripted provider.");
  await page.goto(`${program.url}/requests`);
  await expect(rows).toHaveCount(3);
  await rows.nth(1).click();
  await expect(detail.getByRole("region", { name: "User" })).toContainText('It\'s "again" for $5');
});
