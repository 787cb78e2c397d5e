import { Crowd } from "./support/client";
import { expect, signIn, test } from "./support/test";

test("a broken file disturbs nobody", async ({ page, program, upstream }) => {
  const good = await program.readConfig();
  await signIn(page, program);
  const crowd = new Crowd(program, 20);
  try {
    const went = async (more: number) => {
      const before = crowd.done;
      await expect.poll(() => crowd.failures.length > 0 || crowd.done > before + more).toBe(true);
      expect(crowd.failures).toEqual([]);
    };
    await went(20);
    await program.writeConfig(
      good.replace("provider: acme\n    model_params:", "provider: nobody\n    model_params: 7\n    x:"),
    );
    const banner = page.getByRole("alert").filter({ hasText: "The configuration has errors." });
    await expect(banner).toBeVisible();
    await banner.getByRole("button", { name: /problem/ }).click();
    await expect(banner.getByRole("listitem").first()).toContainText(/config_added\.yaml:\d+/);
    await went(40);

    await program.writeConfig(`${good}\nproxy_settings: {server: {port: lots}}\n`);
    await expect(banner).toContainText(/config_added\.yaml:\d+.*port.*whole number/);
    await expect(banner.getByRole("button", { name: /problem/ })).toHaveCount(0);

    await program.writeConfig(good);
    await expect(banner).toBeHidden();
    await went(20);

    await page.getByRole("link", { name: "Models", exact: true }).click();
    for (const target of ["acme-large", "acme-small"]) {
      await page.getByRole("button", { name: "fast", exact: true }).click();
      const editor = page.getByRole("dialog", { name: "fast" });
      await editor.getByLabel("Sent as").fill(target);
      await editor.getByRole("button", { name: "Save" }).click();
      await expect(editor).toBeHidden();
      await went(20);
    }
  } finally {
    await crowd.stop();
  }
  expect(crowd.failures).toEqual([]);
  expect(upstream.requests).toBeGreaterThanOrEqual(crowd.done);
  const totals = () => program.api<{ requests: number; errors: number }>("/api/usage/totals");
  await expect.poll(async () => (await totals()).requests).toBe(crowd.done);
  expect((await totals()).errors).toBe(0);
});
