import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { chat } from "./support/client";
import { freePort } from "./support/program";
import { configFor, expect, signIn, test } from "./support/test";
import { KEY } from "./support/upstream";

test("theme, start at login and the doctor", async ({ page, program }) => {
  await signIn(page, program, "/settings");
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  const before = await scheme();
  const other = before === "dark" ? "light" : "dark";
  const choose = async (name: string) => {
    await page.getByLabel("Theme").first().click();
    await page.getByRole("option", { name }).click();
  };
  await choose(other === "dark" ? "Dark" : "Light");
  await expect.poll(scheme).toBe(other);
  await expect.poll(() => program.readConfig()).toMatch(new RegExp(`theme: ${other}`));
  await page.reload();
  await expect.poll(scheme).toBe(other);
  await page.getByRole("button", { name: "Put Theme back to its default" }).click();
  await expect.poll(scheme).toBe(before);

  await page.getByRole("switch", { name: "Start at login" }).click({ force: true });
  await expect(page.getByRole("switch", { name: "Start at login" })).toBeChecked();
  const autostart = join(program.folder, "user", ".config", "autostart");
  await expect.poll(() => readdir(autostart).catch(() => [])).toHaveLength(1);
  const [entry = ""] = await readdir(autostart);
  expect(await readFile(join(autostart, entry), "utf8")).toContain("Exec=");
  await page.getByRole("switch", { name: "Start at login" }).click({ force: true });
  await expect.poll(() => readdir(autostart).catch(() => [])).toHaveLength(0);

  const health = page.getByRole("region", { name: "Health" });
  await expect(
    health.getByRole("listitem").filter({ hasText: "Keychain" }).getByRole("img"),
  ).toHaveAccessibleName(/attention|not work/);
  await expect(
    health.getByRole("listitem").filter({ hasText: "Database" }).getByRole("img"),
  ).toHaveAccessibleName("Works");
  await health.getByRole("button", { name: "Check again" }).click();
  await expect(health.getByRole("button", { name: "Check again" })).toBeEnabled();
});

test("the listener moves to another port", async ({ page, launch, upstream, windowOf, complaints }) => {
  const [first, second] = [await freePort(), await freePort()];
  const program = await launch({
    port: null,
    config: `${configFor(upstream)}\nproxy_settings:\n  server:\n    port: ${first} # ours\n`,
    env: { ACME_KEY: KEY },
  });
  await page.goto(`${await windowOf(program)}/settings`);
  const port = page.getByRole("textbox", { name: "Port", exact: true });
  await expect(port).toHaveValue(String(first));
  await expect(page.getByRole("banner")).toContainText(`127.0.0.1:${first}`);

  await port.fill("70000");
  await port.press("Enter");
  await expect(page.getByRole("alert")).toContainText("65535");
  await expect(port).toHaveValue("70000");
  expect(complaints.splice(0)).toEqual([expect.stringContaining("422")]);
  await port.fill(String(second));
  await port.press("Enter");
  await expect(page.getByRole("banner")).toContainText(`127.0.0.1:${second}`);
  await expect.poll(() => program.readConfig()).toContain(`port: ${second} # ours`);
  expect(await chat({ url: `http://127.0.0.1:${second}` })).toContain("Hello");
  await expect(chat({ url: `http://127.0.0.1:${first}` })).rejects.toThrow();
});
