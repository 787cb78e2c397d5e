import { ask, chat } from "./support/client";
import { expect, signIn, test } from "./support/test";
import { KEY, type Upstream } from "./support/upstream";

/** Names with several targets, in a file with comments that must survive. */
const config = (upstream: Upstream) => `# Our models. This comment stays.
providers:
  acme:
    endpoints:
      - {dialect: openai, api_base: ${upstream.base}}
    api_key: "\${ACME_KEY}"

model_list:
  - model_name: fast
    provider: acme
  - model_name: spare
    provider: acme
  - model_name: third
    provider: acme
  - model_name: busy # always out of capacity
    provider: acme
  - model_name: held
    provider: acme
    model_params: {concurrency_limit: 1}

router_settings:
  num_retries: 1
  # What to do when one is out of capacity.
  fallbacks:
    - busy: [spare, third] # the good ones
  groups:
    # Whoever is free.
    - name: team
      targets:
        - model: fast
        - {model: spare, weight: 2} # stronger
`;

const launched = { env: { ACME_KEY: KEY } };

test("a target that fails is shown resting, was saved by its fallback, and is cleared", async ({
  page,
  launch,
  upstream,
}) => {
  const program = await launch({ ...launched, config: config(upstream) });
  expect(await chat(program, { model: "busy" })).toContain("Hello");
  await signIn(page, program, "/routing");
  const routes = page.getByRole("table", { name: "Routes" });
  const busy = routes.getByRole("rowgroup", { name: "busy" });
  const rows = busy.getByRole("row");
  await expect(rows.nth(1)).toContainText(/Resting until \d\d:\d\d:\d\d \(429\)/);
  await expect(rows.nth(2)).toContainText("spare");
  await expect(rows.nth(2)).toContainText("1 of 1");
  await expect(page.getByText("1 target is left alone for now.")).toBeVisible();
  await busy.getByRole("button", { name: "Clear busy: ask it again at once" }).click();
  await expect(rows.nth(1)).toContainText("OK");
  await expect(page.getByText("left alone for now")).toHaveCount(0);

  await test.step("one more failure arrives by itself", async () => {
    await chat(program, { model: "busy" });
    await expect(rows.nth(1)).toContainText("Resting");
    await page.getByRole("link", { name: "Overview" }).click();
    await expect(page.getByRole("link", { name: /acme.*1 target rests/ })).toHaveAttribute(
      "href",
      "/routing",
    );
  });

  await test.step("the request tells how it went", async () => {
    await page.getByRole("link", { name: "Requests", exact: true }).click();
    const first = page.getByRole("row").filter({ hasText: "2 attempts, answered by spare" }).first();
    await first.click();
    await page.getByRole("tab", { name: "Attempts" }).click();
    const panel = page.getByRole("tabpanel", { name: "Attempts" });
    await expect(panel).toContainText("First choice");
    await expect(panel).toContainText("Fallback");
    await expect(panel).toContainText("Rate limit");
  });
});

test("targets are reordered, weighed, added and removed, and the file keeps its comments", async ({
  page,
  launch,
  upstream,
}) => {
  const program = await launch({ ...launched, config: config(upstream) });
  await signIn(page, program, "/routing");
  const route = (name: string) =>
    page.getByRole("table", { name: "Routes" }).getByRole("rowgroup", { name, exact: true });
  const names = (of: string) =>
    route(of)
      .locator("[data-list]")
      .evaluateAll((rows) => rows.map((r) => r.getAttribute("data-row")));

  await test.step("by keyboard", async () => {
    const handle = route("busy").getByRole("button", { name: "Move spare, 1 of 2" });
    await handle.focus();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => program.readConfig()).toContain("busy: [third, spare] # the good ones");
    await expect.poll(() => names("busy")).toEqual(["fallbacks:third", "fallbacks:spare"]);
    await expect(route("busy").getByRole("button", { name: "Move spare, 2 of 2" })).toBeFocused();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => program.readConfig()).toContain("busy: [spare, third] # the good ones");
    await expect.poll(() => names("busy")).toEqual(["fallbacks:spare", "fallbacks:third"]);
  });

  await test.step("by pointer", async () => {
    const from = await route("busy")
      .getByRole("button", { name: /^Move third/ })
      .boundingBox();
    const to = await route("busy").locator('[data-row="fallbacks:spare"]').boundingBox();
    if (!from || !to) throw new Error("the rows are not there");
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(from.x + 4, to.y + 4, { steps: 5 });
    await expect(route("busy").locator('[data-row="fallbacks:spare"]')).toHaveAttribute("data-drop", "above");
    await page.mouse.up();
    await expect.poll(() => program.readConfig()).toContain("busy: [third, spare]");
  });

  await test.step("weigh, add and remove members", async () => {
    await route("team").getByLabel("Weight of fast").fill("5");
    await page.keyboard.press("Enter");
    await expect.poll(() => program.readConfig()).toMatch(/fast[^\n]*weight: 5|model: fast\s+weight: 5/);
    await route("team").getByRole("button", { name: "Change team" }).click();
    await page.getByRole("menuitem", { name: "Add a member" }).click();
    await page.getByRole("option", { name: "third" }).click();
    await expect.poll(() => names("team")).toEqual(["members:fast", "members:spare", "members:third"]);
    await route("team").getByRole("button", { name: "Actions for fast" }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await expect.poll(() => names("team")).toEqual(["members:spare", "members:third"]);
    expect(await chat(program, { model: "team" })).toContain("Hello");
  });

  const text = await program.readConfig();
  for (const comment of [
    "# Our models.",
    "# What to do when",
    "# the good ones",
    "# Whoever is free.",
    "# stronger",
  ])
    expect(text).toContain(comment);
  expect(await program.run("config", "check")).toBeDefined();
});

test("a circle is refused at its row, and what was chosen stays to be looked at", async ({
  page,
  launch,
  upstream,
  complaints,
}) => {
  const program = await launch({ ...launched, config: config(upstream) });
  await signIn(page, program, "/routing");
  const before = await program.readConfig();
  const team = page.getByRole("table", { name: "Routes" }).getByRole("rowgroup", { name: "team" });
  await page.getByRole("button", { name: "New name" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("loop");
  await dialog.getByRole("combobox", { name: "Models" }).click();
  await page.getByRole("option", { name: "team" }).click();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("rowgroup", { name: "loop" })).toBeVisible();
  await team.getByRole("button", { name: "Change team" }).click();
  await page.getByRole("menuitem", { name: "Add a member" }).click();
  await page.getByRole("option", { name: "loop" }).click();
  await expect(team.getByRole("alert")).toContainText("loop");
  await expect(team.locator('[data-row="members:loop"]')).toBeVisible();
  await team.getByRole("button", { name: "Discard" }).click();
  await expect(team.locator('[data-row="members:loop"]')).toHaveCount(0);
  expect(complaints.splice(0)).toEqual([expect.stringContaining("422")]);

  await test.step("a name that others need is not removed without a word", async () => {
    const remove = async (name: string) => {
      await page.getByRole("button", { name: `Change ${name}` }).click();
      await page.getByRole("menuitem", { name: "Remove this name" }).click();
    };
    await remove("team");
    await expect(team.getByRole("alert")).toContainText("loop");
    await team.getByRole("button", { name: "Discard" }).click();
    await remove("loop");
    await expect(page.getByRole("rowgroup", { name: "loop" })).toHaveCount(0);
    expect(complaints.splice(0)).toEqual([expect.stringContaining("409")]);
  });
  expect(await program.readConfig()).toBe(before);
});

test("a request that waits is shown, and removing it tells its client", async ({
  page,
  launch,
  upstream,
}) => {
  const program = await launch({ ...launched, config: config(upstream) });
  await signIn(page, program, "/routing?show=queue");
  await expect(page.getByText("No limit on requests at once is in use")).toBeVisible();
  const first = ask(program, { model: "held", stream: true });
  await first;
  const second = ask(program, { model: "held", stream: true, client: "patient/1.0" });
  const waiting = page.getByRole("table", { name: "Waiting" }).getByRole("row").nth(1);
  await expect(waiting).toContainText("patient");
  await expect(waiting).toContainText("Model held");
  await expect(page.getByRole("tab", { name: "Queue 1" })).toBeVisible();
  await expect(page.getByText("1 of 1")).toBeVisible();
  await waiting.getByRole("button", { name: /^Remove the request of/ }).click();
  expect((await second).status).toBe(429);
  await expect(page.getByText("Nothing waits.")).toBeVisible();
  upstream.release();
  await (await first).text();
  await expect(page.getByText("No limit on requests at once is in use")).toBeVisible();
});
