import { expect, signIn, test } from "./support/test";

const GONE = "yaLLMproxy does not answer.";
/** Well below the interval at which the state is asked for without a reason. */
const SOON = { timeout: 3000 };

test("when the core is killed every page says so at once, and what was typed stays", async ({
  page,
  program,
  complaints,
}) => {
  await signIn(page, program, "/models/fast");
  const editor = page.getByRole("dialog", { name: "fast" });
  await editor.getByLabel("Timeout in seconds").fill("90");
  const banner = page.getByRole("banner").filter({ hasText: "127.0.0.1:" });
  await expect(banner).toContainText("Running");

  await program.kill();
  await expect(banner).toContainText("Offline", SOON);
  const notice = page.getByRole("alert").filter({ hasText: GONE });
  // In sight: nothing lies over it, and it lies over nothing of the drawer.
  await notice.click({ trial: true, position: { x: 600, y: 10 }, timeout: 3000 });
  const [over, drawer] = [await notice.boundingBox(), await editor.boundingBox()];
  expect(drawer?.y).toBeGreaterThanOrEqual((over?.y ?? 0) + (over?.height ?? 0));

  await editor.getByRole("button", { name: "Save" }).click();
  await expect(editor.getByRole("alert")).toContainText("Nothing was changed.");
  await expect(editor.getByLabel("Timeout in seconds")).toHaveValue("90");
  await page.keyboard.press("Escape");
  await expect(notice).toBeVisible();
  // The browser says itself that nobody answers.
  for (const c of complaints.splice(0)) expect(c).toMatch(/net::ERR_/);
});

test("when the core comes back the page goes on where it was", async ({
  page,
  program,
  windowOf,
  complaints,
}) => {
  await page.goto(`${await windowOf(program)}/models/fast`);
  const editor = page.getByRole("dialog", { name: "fast" });
  await editor.getByLabel("Timeout in seconds").fill("90");
  await program.kill();
  const banner = page.getByRole("banner").filter({ hasText: "127.0.0.1:" });
  await expect(banner).toContainText("Offline", SOON);
  await program.restart();
  await expect(banner).toContainText("Running");
  await expect(page.getByRole("alert").filter({ hasText: GONE })).toBeHidden();
  await editor.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => program.readConfig()).toMatch(/request_timeout: 90/);
  for (const c of complaints.splice(0)) expect(c).toMatch(/net::ERR_|502/);
});
