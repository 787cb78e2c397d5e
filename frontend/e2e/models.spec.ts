import { chat } from "./support/client";
import { expect, signIn, test } from "./support/test";

test("models are added, edited, copied, renamed and removed, and the file keeps its comments", async ({
  page,
  program,
}) => {
  await signIn(page, program, "/models");
  const table = page.getByRole("table", { name: "Models" });
  const row = (name: string) =>
    table.getByRole("row").filter({ has: page.getByRole("button", { name, exact: true }) });
  const action = async (name: string, what: string) => {
    await table.getByRole("button", { name: `Actions for ${name}`, exact: true }).click();
    await page.getByRole("menuitem", { name: what }).click();
  };
  await expect(row("fast")).toContainText("acme-small");

  await test.step("add", async () => {
    await page.getByRole("button", { name: "Add models" }).click();
    await page.getByRole("checkbox", { name: "acme-large" }).check();
    await page.getByRole("button", { name: "Add 1 model" }).click();
    await expect(row("acme-large")).toBeVisible();
    expect(await chat(program, { model: "acme-large" })).toContain("Hello");
  });

  await test.step("edit", async () => {
    await page.getByRole("button", { name: "fast", exact: true }).click();
    const editor = page.getByRole("dialog", { name: "fast" });
    const yaml = editor.getByRole("textbox", { name: "As it stands in the file" });
    await expect(yaml).toHaveValue(/model: acme-small # cheap/);
    // Form and text are one.
    await editor.getByLabel("Sent as").fill("acme-large");
    await expect(yaml).toHaveValue(/model: acme-large/);
    await yaml.fill(`${await yaml.inputValue()}\n  - : [`);
    await expect(editor.getByRole("button", { name: "Save" })).toBeDisabled();
    await yaml.fill("model_name: fast\nprovider: acme\nmodel_params:\n  model: acme-large # better\n");
    await editor.getByRole("button", { name: "Save" }).click();
    await expect(editor).toBeHidden();
    await expect(row("fast")).toContainText("acme-large");
    await expect.poll(() => program.readConfig()).toContain("model: acme-large # better");
  });

  await test.step("copy and rename", async () => {
    await action("fast", "Copy");
    const editor = page.getByRole("dialog", { name: "fast-copy" });
    await editor.getByRole("textbox", { name: "Name", exact: true }).fill("quick");
    await editor.getByRole("button", { name: "Save" }).click();
    await expect(editor).toBeHidden();
    await expect(row("quick")).toBeVisible();
    await expect(row("fast-copy")).toHaveCount(0);
    expect(await chat(program, { model: "quick" })).toContain("Hello");
  });

  await test.step("test", async () => {
    await page.getByRole("button", { name: "Test quick" }).click();
    const steps = page.getByRole("list", { name: "Connection test" });
    await expect(
      steps.getByRole("listitem").filter({ hasText: "Model list" }).getByRole("img", { name: "OK" }),
    ).toBeVisible();
  });

  await test.step("remove, and take it back", async () => {
    await action("quick", "Remove");
    await expect(row("quick")).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(row("quick")).toBeVisible();
    await action("acme-large", "Remove");
    await expect(row("acme-large")).toHaveCount(0);
    await expect(chat(program, { model: "acme-large" })).rejects.toThrow(/404|400/);
  });

  const config = await program.readConfig();
  for (const comment of [
    "# Our models. This comment stays.",
    "# kept in .env_added",
    "# The one for everyday work.",
  ]) {
    expect(config).toContain(comment);
  }
  expect(config).toContain("model_name: quick");
  expect(config).not.toContain("acme-large\n");
  expect(await program.run("config", "check")).toBeDefined();
});

test("a mistake in a model is refused with its place", async ({ page, program, complaints }) => {
  await signIn(page, program, "/models/fast");
  const before = await program.readConfig();
  const editor = page.getByRole("dialog", { name: "fast" });
  await editor
    .getByRole("textbox", { name: "As it stands in the file" })
    .fill("model_name: fast\nprovider: nobody\n");
  await editor.getByRole("button", { name: "Save" }).click();
  await expect(editor.getByRole("alert")).toContainText("nobody");
  await expect(editor.getByRole("textbox", { name: "As it stands in the file" })).toHaveValue(/nobody/);
  expect(await program.readConfig()).toBe(before);
  expect(complaints.splice(0)).toEqual([expect.stringContaining("422")]);
});
