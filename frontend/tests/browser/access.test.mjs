import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setup } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const on = setup();

const pages = [
  "/",
  "/requests",
  "/usage",
  "/models",
  "/models/fast",
  "/providers",
  "/providers?add=1",
  "/routing",
  "/routing?show=queue",
  "/routing?show=limits",
  "/settings",
];

for (const colorScheme of ["light", "dark"]) {
  test(`every page meets WCAG AA in the ${colorScheme} theme`, async (t) => {
    for (const path of [...pages, "request"]) {
      const page = await on.open(t, path === "request" ? "/requests" : path, {
        colorScheme,
        reducedMotion: "reduce",
      });
      await page.waitForLoadState("networkidle").catch(() => {});
      if (path === "request") {
        await page.getByRole("row").nth(3).click();
        await page.getByRole("tab", { name: "Conversation" }).waitFor();
      }
      await page.waitForTimeout(500);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() =>
        window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }),
      );
      const found = violations.flatMap((v) =>
        v.nodes.map((n) => `${path} ${v.id}: ${n.html.slice(0, 160)} ${n.any[0]?.message ?? ""}`),
      );
      assert.deepEqual(found, []);
      await page.close();
    }
  });
}

test("nothing is wider than the window at 900 × 600 and on a phone", async (t) => {
  for (const [width, height, paths] of [
    [900, 600, pages],
    [390, 780, ["/", "/requests"]],
  ]) {
    for (const path of paths) {
      const page = await on.open(t, path, { viewport: { width, height } });
      await page.waitForTimeout(600);
      const over = await page.evaluate(
        () => document.querySelector("#content").scrollWidth - document.querySelector("#content").clientWidth,
      );
      assert.ok(over <= 0, `${path} at ${width}: ${over} px too wide`);
      await page.close();
    }
  }
});
