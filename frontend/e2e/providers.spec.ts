import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { chat } from "./support/client";
import { configFor, expect, signIn, test } from "./support/test";
import { KEY } from "./support/upstream";

test("providers are added, tested, given another key and removed", async ({ page, program, upstream }) => {
  await signIn(page, program, "/providers");
  const table = page.getByRole("table", { name: "Providers" });
  const dialog = page.getByRole("dialog");
  const steps = page.getByRole("list", { name: "Connection test" });
  await expect(table.getByRole("row").filter({ hasText: "acme" })).toContainText("Environment");

  await test.step("add with a wrong key", async () => {
    await page.getByRole("button", { name: "Add provider" }).click();
    await dialog
      .getByRole("button", { name: /Any base URL/ })
      .first()
      .click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("second");
    await dialog.getByRole("textbox", { name: "Base URL", exact: true }).fill(upstream.base);
    await dialog.getByLabel(/^API key/).fill("sk-wrong");
    await dialog.getByRole("checkbox", { name: /Keep the key in/ }).check();
    await dialog.getByRole("button", { name: "Test connection" }).click();
    await expect(steps).toContainText("Incorrect API key");
    await dialog.getByRole("button", { name: "Add provider" }).click();
    await expect(page.getByRole("dialog", { name: "Add models" })).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("replace its key", async () => {
    await page.getByRole("link", { name: "Providers", exact: true }).click();
    await table
      .getByRole("button", { name: /^Actions for/ })
      .last()
      .click();
    await page.getByRole("menuitem", { name: "Key and address" }).click();
    await dialog.getByLabel(/^API key/).fill(KEY);
    await dialog.getByRole("checkbox", { name: /Keep the key in/ }).check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await table
      .getByRole("button", { name: /^Test / })
      .last()
      .click();
    await expect(
      steps.getByRole("listitem").filter({ hasText: "Model list" }).getByRole("img", { name: "OK" }),
    ).toBeVisible();
    const file = join(program.home, ".env_added");
    expect(await readFile(file, "utf8")).toContain(KEY);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await program.readConfig()).not.toContain(KEY);
  });

  await test.step("use it", async () => {
    await page.goto(`${program.url}/models?add=1`);
    await page
      .getByRole("combobox", { name: "From" })
      .or(page.getByRole("textbox", { name: "From" }))
      .first()
      .click();
    await page.getByRole("option").last().click();
    await page.getByRole("checkbox", { name: "acme-embed" }).check();
    await page.getByRole("button", { name: "Add 1 model" }).click();
    await expect(page.getByRole("table", { name: "Models" })).toContainText("acme-embed");
    expect(await chat(program, { model: "acme-embed" })).toContain("Hello");
  });

  await test.step("remove, once nothing uses it", async () => {
    const remove = async () => {
      await page.getByRole("link", { name: "Providers", exact: true }).click();
      await table
        .getByRole("button", { name: /^Actions for/ })
        .last()
        .click();
      return page.getByRole("menuitem", { name: "Remove provider" });
    };
    const refused = await remove();
    await expect(refused).toBeDisabled();
    await expect(refused).toContainText("1 model uses it");
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Models", exact: true }).click();
    await page.getByRole("button", { name: "Actions for acme-embed" }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await expect(page.getByRole("table", { name: "Models" })).not.toContainText("acme-embed");

    await (await remove()).click();
    await expect(dialog.getByRole("button", { name: "Remove provider" })).toBeDisabled();
    await dialog.getByRole("textbox", { name: "Type second to confirm" }).fill("second");
    await dialog.getByRole("button", { name: "Remove provider" }).click();
    await expect(table.getByRole("row")).toHaveCount(2);
    expect(await program.readConfig()).not.toContain("second:");
  });
});

test("a provider's second key is added, put first and taken off again", async ({ page, program }) => {
  await signIn(page, program, "/providers/acme");
  const dialog = page.getByRole("dialog");
  const list = dialog.getByRole("listitem");
  const reopen = async () => {
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await page.goto(`${program.url}/providers/acme`);
  };
  await expect(list).toHaveCount(1);
  await expect(list.first()).toContainText("ACME_KEY");
  await dialog.getByRole("button", { name: "Another key" }).click();
  await dialog.getByLabel("Another API key").fill("sk-the-second-one");
  await dialog.getByRole("checkbox", { name: /Keep the key in/ }).check();
  await reopen();
  await expect(list).toHaveCount(2);
  const second = (await list.nth(1).textContent()) ?? "";
  await dialog
    .getByRole("button", { name: /^Move .* up$/ })
    .last()
    .click();
  await expect(list.first()).toHaveText(second);
  await reopen();
  await expect(list.first()).toHaveText(second);
  await dialog
    .getByRole("button", { name: /^Remove (?!this)/ })
    .first()
    .click();
  await reopen();
  await expect(list).toHaveCount(1);
  await expect(list.first()).toContainText("ACME_KEY");
  const config = await program.readConfig();
  expect(config).not.toContain("sk-the-second-one");
  expect(config).toContain("ACME_KEY");
  expect(await chat(program, { model: "fast" })).toContain("Hello");
});

test("a long name leaves everything else of a provider in sight, its health too", async ({
  page,
  launch,
  upstream,
}) => {
  const name = "a-provider-with-a-really-long-name-in-eu-central-1";
  const program = await launch({
    config: configFor(upstream).replaceAll("acme", name),
    env: { ACME_KEY: KEY },
  });
  await page.setViewportSize({ width: 900, height: 600 });
  await signIn(page, program, "/providers");
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("Not asked yet");
  await chat(program, { model: "held" });
  await expect(row).toContainText("OK");
  for (const part of ["Test", "Actions for"]) {
    await expect(row.getByRole("button", { name: `${part} ${name}` })).toBeInViewport({ ratio: 1 });
  }
});
