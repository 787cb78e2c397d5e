import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ask, chat } from "./support/client";
import { expect, signIn, test } from "./support/test";
import { KEY } from "./support/upstream";

test("without a login there is a page that says how to get in", async ({ page, program, complaints }) => {
  await page.goto(`${program.url}/requests`);
  await expect(page.getByRole("heading", { name: "Open a login link to get in" })).toBeVisible();
  await expect(page.getByText("yallmproxy open --browser")).toBeVisible();
  await expect(page.getByRole("navigation")).toHaveCount(0);

  const link = await program.loginLink();
  await page.goto(link);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await page.goto(link);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByRole("alert")).toContainText("has been used already");
  await expect(page.getByText("yallmproxy open --browser")).toBeVisible();
  complaints.splice(0);
});

test("a session that has ended shows the same page", async ({ page, program, context, complaints }) => {
  await signIn(page, program, "/models");
  await context.clearCookies();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Open a login link to get in" })).toBeVisible();
  await page.goto(await program.loginLink());
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  for (const c of complaints.splice(0)) expect(c).toContain("401");
});

test("the key of the provider is nowhere to be read", async ({ page, program }) => {
  const seen: string[] = [];
  page.on("response", async (r) => {
    if (r.url().startsWith(program.url) && !r.url().endsWith("/api/events")) {
      const body = await r.text().catch(() => "");
      if (body.includes(KEY)) seen.push(r.url());
    }
  });
  await chat(program, { text: "One", stream: true });
  await chat(program, { text: "Two", dialect: "anthropic" });
  await (await ask(program, { model: "busy" })).text();
  await (await ask(program, { model: "unknown" })).text();
  await signIn(page, program);
  for (const path of [
    "/",
    "/requests",
    "/usage",
    "/models",
    "/models/fast",
    "/providers",
    "/providers/acme",
    "/settings",
  ]) {
    await page.goto(program.url + path);
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    if (path === "/requests") {
      await page.getByRole("row").nth(1).click();
      for (const tab of ["Request", "Response", "Attempts"]) {
        await page.getByRole("tab", { name: tab }).click();
        expect(await page.content()).not.toContain(KEY);
      }
    }
    expect(await page.content()).not.toContain(KEY);
  }
  for (const path of [
    "state",
    "models",
    "providers",
    "keys",
    "settings",
    "config",
    "doctor",
    "places",
    "storage",
    "requests",
  ]) {
    expect(JSON.stringify(await program.api(`/api/${path}`))).not.toContain(KEY);
  }
  expect(seen).toEqual([]);
  for (const command of [["status"], ["config", "show"], ["doctor"], ["logs"], ["models"]]) {
    expect(await program.run(...command).catch(String)).not.toContain(KEY);
  }
  expect(program.output).not.toContain(KEY);

  // Everything on disk, the database and its journal included.
  const holders: string[] = [];
  let files = 0;
  for (const entry of await readdir(program.home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files++;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (bytes.includes(KEY) || bytes.includes("sk-of-the-client")) holders.push(relative(program.home, path));
  }
  expect(files).toBeGreaterThan(4);
  expect(holders).toEqual([".env_added"]);
});
