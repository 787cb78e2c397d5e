import { createServer } from "node:net";
import { chat } from "./support/client";
import { freePort } from "./support/program";
import { configFor, expect, signIn, test } from "./support/test";
import { KEY } from "./support/upstream";

test("a port that is taken: who has it, and a free one to use", async ({
  page,
  launch,
  upstream,
  windowOf,
  complaints,
}) => {
  const port = await freePort();
  const holder = createServer();
  await new Promise<void>((done) => holder.listen(port, "127.0.0.1", done));
  try {
    const program = await launch({
      port,
      args: ["--tray"],
      config: configFor(upstream),
      env: { ACME_KEY: KEY },
    });
    await page.goto(await windowOf(program));
    const notice = page.getByRole("alert").filter({ hasText: "The port is taken." });
    await expect(notice).toContainText(String(port));
    await expect(notice).toContainText("node");
    await expect(notice).toContainText(String(process.pid));
    // The switch comes to the same, and says nothing that the banner has not said.
    const refused = page.waitForResponse((r) => r.url().endsWith("/api/proxy/start"));
    await page.getByRole("switch", { name: "Proxy" }).click({ force: true });
    expect((await refused).status()).toBe(409);
    await expect.poll(() => complaints.splice(0)).toEqual([expect.stringContaining("409")]);
    await expect(page.getByRole("switch", { name: "Proxy" })).toBeEnabled();
    await expect(notice).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(1);

    const use = notice.getByRole("button", { name: /^Use port \d+$/ });
    const free = Number((await use.innerText()).replace(/\D/g, ""));
    await use.click();
    await expect(notice).toBeHidden();
    await expect(page.getByRole("banner")).toContainText(`127.0.0.1:${free}`);
    await expect(page.getByRole("switch", { name: "Proxy" })).toBeChecked();
    expect(await chat({ url: `http://127.0.0.1:${free}` })).toContain("Hello");
  } finally {
    await new Promise((done) => holder.close(done));
  }
});

test("the switch, in the window", async ({ page, program, windowOf }) => {
  await page.goto(await windowOf(program));
  const toggle = page.getByRole("switch", { name: "Proxy" });
  await expect(toggle).toBeChecked();
  await toggle.click({ force: true });
  await expect(page.getByRole("banner")).toContainText("Stopped");
  await expect(chat(program)).rejects.toThrow();
  await page.getByRole("link", { name: "Models", exact: true }).click();
  await expect(page.getByRole("table", { name: "Models" })).toContainText("fast");
  await toggle.click({ force: true });
  await expect(page.getByRole("banner")).toContainText("Running");
  expect(await chat(program)).toContain("Hello");
});

test("the switch, in a browser: the page goes with the proxy and says how to get it back", async ({
  page,
  program,
  complaints,
}) => {
  await signIn(page, program, "/models");
  await expect(page.getByRole("table", { name: "Models" })).toContainText("fast");
  await page.getByRole("switch", { name: "Proxy" }).click({ force: true });
  const notice = page
    .getByRole("alert")
    .filter({ hasText: "The proxy is stopped, and this page comes from it." });
  await expect(notice).toContainText("yallmproxy start");
  await expect(page.getByRole("banner")).toContainText("Stopped");
  await expect(page.getByRole("table", { name: "Models" })).toContainText("fast");

  await program.run("start");
  await expect(notice).toBeHidden();
  await expect(page.getByRole("banner")).toContainText("Running");
  // The browser says itself that nobody answered meanwhile.
  for (const c of complaints.splice(0)) expect(c).toMatch(/net::ERR_/);
});
