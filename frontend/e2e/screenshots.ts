import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ask } from "./support/client";
import { expect, signIn, test } from "./support/test";
import { busyConfig, work } from "./support/traffic";
import { KEY } from "./support/upstream";

const IMAGES = new URL("../../docs/images/", import.meta.url);
const LARGEST = 300_000;

test("the pictures of the README", async ({ page, launch, upstream }) => {
  test.setTimeout(300_000);
  const program = await launch({ port: 7979, config: busyConfig(upstream), env: { ACME_KEY: KEY } });
  const begin = Date.now();
  await work(program, upstream, { requests: 340, clients: 5, lifelike: true });
  const range = `${Math.ceil(begin / 10_000) * 10_000}-${Math.floor(Date.now() / 10_000) * 10_000}`;
  const picture = async (name: string) => {
    await expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).toHaveCount(0);
    const path = fileURLToPath(new URL(name, IMAGES));
    await page.screenshot({ path, animations: "disabled" });
    expect((await stat(path)).size).toBeLessThan(LARGEST);
  };

  await signIn(page, program, `/?range=${range}`);
  const held = ask(program, { model: "held", stream: true, client: "claude-cli/2.1" });
  await expect(
    page
      .getByRole("region", { name: "In flight" })
      .or(page.locator("section", { hasText: "In flight" }))
      .last(),
  ).toContainText("tok");
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme))
      .toBe(scheme);
    await picture(`overview-${scheme}.png`);
  }
  upstream.release();
  await (await held).text();

  await page.goto(`${program.url}/requests`);
  await page.getByRole("row").filter({ hasText: "sonnet" }).nth(1).click();
  await expect(
    page.getByRole("article", { name: "Request" }).getByRole("heading", { level: 2 }),
  ).toBeVisible();
  await picture("requests-detail.png");
});
