import { test as base, expect, type Page } from "@playwright/test";
import { Bridge } from "./bridge";
import { type LaunchOptions, Program } from "./program";
import { KEY, Upstream } from "./upstream";

export { expect };

interface Fixtures {
  upstream: Upstream;
  /** Starts a program; it is ended with the test, however that ends. */
  launch: (options?: LaunchOptions) => Promise<Program>;
  /** A program with a provider and two models, and no request yet. */
  program: Program;
  /** The program's pages without a login, as the window has them. */
  windowOf: (program: Program) => Promise<string>;
  /** What the browser complained about; a test that expects complaints takes them out. */
  complaints: string[];
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: this is how a fixture says that it needs no other
  upstream: async ({}, use) => {
    const upstream = await Upstream.start();
    await use(upstream);
    await upstream.stop();
  },
  // biome-ignore lint/correctness/noEmptyPattern: this is how a fixture says that it needs no other
  launch: async ({}, use) => {
    const programs: Program[] = [];
    await use(async (options) => {
      const program = await Program.launch(options);
      programs.push(program);
      return program;
    });
    await Promise.all(programs.map((p) => p.remove()));
  },
  program: async ({ launch, upstream }, use) => {
    await use(await launch({ config: configFor(upstream), env: { ACME_KEY: KEY } }));
  },
  // biome-ignore lint/correctness/noEmptyPattern: this is how a fixture says that it needs no other
  windowOf: async ({}, use) => {
    const bridges: Bridge[] = [];
    await use(async (program) => {
      const bridge = await Bridge.open(program.socket);
      bridges.push(bridge);
      return bridge.url;
    });
    await Promise.all(bridges.map((b) => b.close()));
  },
  complaints: [
    // Over before the programs are: what breaks when they end is no complaint.
    async ({ page, launch: _, windowOf: __ }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (e) => complaints.push(e.message));
      page.on("console", (m) => {
        if (m.type() === "error" || m.type() === "warning") complaints.push(m.text());
      });
      page.on("request", (r) => {
        if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(r.url())) complaints.push(`asked for ${r.url()}`);
      });
      await use(complaints);
      expect(complaints, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
});

/** Lets the browser in through a one-time link and shows the page at path. */
export async function signIn(page: Page, program: Program, path = "/"): Promise<void> {
  await page.goto(await program.loginLink());
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  if (path !== "/") await page.goto(program.url + path);
}

/** A file as a person would write it, with comments that must survive. */
export function configFor(upstream: Upstream): string {
  return `# Our models. This comment stays.
providers:
  acme:
    endpoints:
      - {dialect: openai, api_base: ${upstream.base}}
      - {dialect: anthropic, api_base: ${upstream.base}}
    api_key: "\${ACME_KEY}" # kept in .env_added

model_list:
  # The one for everyday work.
  - model_name: fast
    provider: acme
    model_params:
      model: acme-small # cheap
  - model_name: held
    provider: acme
  - model_name: busy
    provider: acme
`;
}
