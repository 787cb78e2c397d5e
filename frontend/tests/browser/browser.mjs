// One browser and one scripted core for a file of tests.
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { startFixture } from "../fixture/server.mjs";

export const CHROMIUM = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export function setup({ records = 2000 } = {}) {
  const on = { fixture: undefined, browser: undefined };
  before(async () => {
    on.fixture = await startFixture({ records, live: false });
    on.browser = await chromium.launch(CHROMIUM);
  });
  after(async () => {
    await on.browser?.close();
    await on.fixture?.close();
  });

  /** Opens a page over a world; fails the test on an error in the page. */
  on.open = async (t, path, { world = {}, ...options } = {}) => {
    on.fixture.setWorld(world);
    const page = await on.browser.newPage({ viewport: { width: 1180, height: 760 }, ...options });
    const errors = [];
    page.on("pageerror", (e) => errors.push(e.message));
    page.setDefaultTimeout(30_000);
    t.after(async () => {
      await page.close();
      if (errors.length) throw new Error(`errors in the page: ${errors.join("; ")}`);
    });
    await page.goto(on.fixture.url + path);
    return page;
  };
  return on;
}
