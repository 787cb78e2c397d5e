import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { AxeResults } from "axe-core";
import { expect, signIn, test } from "./support/test";
import { busyConfig, work } from "./support/traffic";
import { KEY } from "./support/upstream";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const SIZES = { window: [1180, 760], small: [900, 600], phone: [390, 844] } as const;
/** What a phone is good for; the rest is for a desk. */
const PHONE = ["overview", "requests"];

/** Nothing sticks out, and axe finds nothing that keeps somebody out. */
async function inspect(page: Page, name: string, pictures: string): Promise<void> {
  await expect(page.locator("[aria-busy=true], [data-stale=true], .mantine-Skeleton-root")).toHaveCount(0);
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    if (size === "phone" && !PHONE.includes(name)) continue;
    if (size === "small" && name.startsWith("request-") && name !== "request-conversation") continue;
    await page.setViewportSize({ width, height });
    await expect
      .poll(
        () =>
          page.evaluate(() => {
            const content = document.querySelector("#content"); // it would scroll by itself
            const inside = content ? content.scrollWidth - content.clientWidth : 0;
            return Math.max(document.documentElement.scrollWidth - innerWidth, inside);
          }),
        `${name}, ${size}: too wide`,
      )
      .toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(pictures, `${name}-${size}.png`) });
  }
  const [width, height] = SIZES.window;
  await page.setViewportSize({ width, height });
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
  expect.soft(found, `${name}: accessibility`).toEqual([]);
}

test("every page looks right, at every size, and is open to everybody", async ({
  page,
  launch,
  upstream,
}, info) => {
  const pictures = join(
    info.config.projects[0]?.outputDir ?? info.outputDir,
    "..",
    "yallmproxy-pages",
    info.project.name,
  );
  await mkdir(pictures, { recursive: true });
  test.setTimeout(300_000);
  const program = await launch({ config: busyConfig(upstream), env: { ACME_KEY: KEY } });
  await work(program, upstream, { requests: 80, clients: 4 });
  // Axe is put into the page from outside, which the page's own policy would refuse.
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setBypassCSP", { enabled: true });
  await page.addInitScript({ path: AXE });
  await signIn(page, program);
  const open = async (path: string, ready: string | RegExp) => {
    await page.goto(program.url + path);
    await expect(page.getByText(ready).first()).toBeVisible();
  };

  await open("/", "Top models");
  await inspect(page, "overview", pictures);
  await open("/requests", "sonnet");
  await inspect(page, "requests", pictures);
  await page.getByRole("row").filter({ hasText: "sonnet" }).first().click();
  for (const tab of ["Conversation", "Request", "Response", "Timing", "Attempts"]) {
    await page.getByRole("tab", { name: tab }).click();
    await expect(page.getByRole("tabpanel", { name: tab })).toBeVisible();
    await inspect(page, `request-${tab.toLowerCase()}`, pictures);
  }
  await open("/requests?search=nothing-like-this", "No request matches");
  await inspect(page, "requests-none", pictures);
  await open("/usage", "gpt-mini");
  await inspect(page, "usage", pictures);
  await open("/models", "qwen-coder");
  await inspect(page, "models", pictures);
  await open("/models/sonnet", "As it stands in the file");
  await inspect(page, "model", pictures);
  await open("/models?add=1", "acme-large");
  await inspect(page, "models-add", pictures);
  await open("/providers", "studio");
  await inspect(page, "providers", pictures);
  await open("/providers/studio", "Another base URL");
  await inspect(page, "provider", pictures);
  await open("/providers?add=1", "OpenRouter");
  await inspect(page, "providers-add", pictures);
  await open("/routing", "models with a single target");
  await inspect(page, "routing", pictures);
  await page.getByRole("button", { name: "Change sonnet" }).click();
  await page.getByRole("menuitem", { name: "Add a fallback", exact: true }).click();
  await inspect(page, "routing-add", pictures);
  await page.getByRole("button", { name: "New name" }).click();
  await inspect(page, "routing-new", pictures);
  await open("/routing?show=queue", "No limit on requests at once is in use");
  await inspect(page, "queue-empty", pictures);
  await open("/routing?show=limits", "Requests/min");
  await inspect(page, "limits", pictures);
  await open("/settings", "Start at login");
  await inspect(page, "settings", pictures);
  await open("/settings#health", "Database");
  await inspect(page, "settings-health", pictures);
  await open("/nowhere", "Nothing lives at this address.");
  await inspect(page, "nowhere", pictures);
});

test("so do the first pages and the one at the door", async ({ page, launch }, info) => {
  const pictures = join(
    info.config.projects[0]?.outputDir ?? info.outputDir,
    "..",
    "yallmproxy-pages",
    info.project.name,
  );
  await mkdir(pictures, { recursive: true });
  const program = await launch();
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setBypassCSP", { enabled: true });
  await page.addInitScript({ path: AXE });
  await signIn(page, program);
  await expect(page.getByRole("heading", { name: "Which provider do you use?" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^DeepSeek/ })).toBeVisible();
  await inspect(page, "first", pictures);
  await page.getByRole("button", { name: /^DeepSeek/ }).click();
  await inspect(page, "first-key", pictures);
  for (const name of ["Requests", "Usage", "Models", "Providers"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
    await inspect(page, `empty-${name.toLowerCase()}`, pictures);
  }
});
