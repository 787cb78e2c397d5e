import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ask } from "./support/client";
import { expect, signIn, test } from "./support/test";
import { busyConfig, work } from "./support/traffic";
import { KEY } from "./support/upstream";

const IMAGES = new URL("../../docs/images/", import.meta.url);
const LARGEST = 300_000;

test("the pictures of the README", async ({ page, launch, upstream }) => {
  test.setTimeout(180_000);
  const program = await launch({ port: 7979, config: busyConfig(upstream), env: { ACME_KEY: KEY } });
  await work(program, upstream, 320);
  const picture = async (name: string) => {
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    const path = fileURLToPath(new URL(name, IMAGES));
    await page.screenshot({ path, animations: "disabled" });
    expect((await stat(path)).size).toBeLessThan(LARGEST);
  };

  await signIn(page, program, "/?range=1h");
  const held = ask(program, { model: "held", stream: true, client: "claude-cli/2.1" });
  await expect(page.getByText("claude-cli").first()).toBeVisible();
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme))
      .toBe(scheme);
    await picture(`overview-${scheme}.png`);
  }
  upstream.release();
  await (await held).text();

  await page.goto(`${program.url}/requests?model=sonnet`);
  await page.getByRole("row").filter({ hasText: "sonnet" }).nth(1).click();
  await expect(
    page.getByRole("article", { name: "Request" }).getByRole("heading", { level: 2 }),
  ).toBeVisible();
  await picture("requests-detail.png");
});
