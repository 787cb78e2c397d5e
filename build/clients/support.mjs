// What every test here starts: the scripted provider and the real program, on loopback, each
// with folders of its own.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BIN = resolve(fileURLToPath(import.meta.url), "../../bin");
const PROXY = process.env.YALLMPROXY ?? join(BIN, "headless/yallmproxy");
const PROVIDER = process.env.YALLMPROXY_TEST_PROVIDER ?? join(BIN, "clients/provider");

/** The dialects of providers; each is also the name of a model that is served in it. */
export const TARGETS = ["openai", "responses", "anthropic", "gemini", "ollama"];

/** Begins the other names of these models: Codex asks those that it knows in another way. */
export const KNOWN = "gpt-5.5-";

/** What the model of build/clients/provider says. */
export const SAYING = "Let me see, å moment.";
export const THOUGHT = "The user wants something done. A tool can do it.";
export const CONTENT = "Grüße from the other side\n";
export const WEATHER = { city: "Tromsø", days: 2 };
export const RAIN = "rain, 7 °C";
export const QUESTION = "What will the weather in Tromsø be like?";
export const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
  additionalProperties: false,
};
/** Prompt and answer tokens of the first and the second answer, the cached ones included. */
export const SPENT = [
  { prompt: 15, output: 7 },
  { prompt: 25, output: 5 },
];
/** How many of them are cached; Ollama does not count those. */
export const cached = (target) => (target === "ollama" ? 0 : 4);

/** Nothing answers there: whoever tries to leave this computer fails at once. */
const NOWHERE = "http://127.0.0.1:9";

/** The environment of whatever is started here: nothing of the caller's but the PATH. */
export function environment(home, more = {}) {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    XDG_RUNTIME_DIR: home,
    TMPDIR: tmpdir(),
    LANG: "C.UTF-8",
    TERM: "dumb",
    DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
    http_proxy: NOWHERE,
    https_proxy: NOWHERE,
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
    ...more,
  };
}

/** Starts a command in a group of its own, so that nothing it starts stays behind. */
export function start(command, args, options) {
  const child = spawn(command, args, { detached: true, ...options });
  const forget = () => endGroup(child, "SIGKILL");
  process.once("exit", forget);
  child.once("exit", () => process.removeListener("exit", forget));
  return child;
}

function endGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Ends a child and all of its own, and waits for it. */
export async function end(child) {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((done) => child.once("exit", done));
    const late = setTimeout(() => endGroup(child, "SIGKILL"), 10_000);
    endGroup(child, "SIGTERM");
    await gone;
    clearTimeout(late);
  }
  endGroup(child, "SIGKILL");
}

function built(file, task) {
  if (!existsSync(file)) throw new Error(`${file} is missing; build it with: go tool task ${task}`);
}

/** A proxy with a model for every dialect of a provider. */
export async function world() {
  built(PROXY, "build:headless");
  built(PROVIDER, "build:provider");
  const folder = await mkdtemp(join(tmpdir(), "yp-clients-"));
  const children = [];
  const close = async () => {
    for (const child of children.reverse()) await end(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const provider = start(PROVIDER, [], { stdio: ["pipe", "pipe", "inherit"], env: environment(folder) });
    children.push(provider);
    const upstream = await firstLine(provider);
    const port = await freePort();
    const config = join(folder, "config_added.yaml");
    await writeFile(config, configuration(upstream), { mode: 0o600 });
    const proxy = start(PROXY, ["serve"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(folder, { YALLMP_HOME: folder, YALLMP_CONFIG: config, YALLMP_PORT: String(port) }),
    });
    children.push(proxy);
    let said = "";
    for (const stream of [proxy.stdout, proxy.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        said += text;
      });
    }
    const url = `http://127.0.0.1:${port}`;
    await answers(`${url}/v1/models`, proxy, () => said);
    return {
      url,
      close,
      log: () => said,
      /** What the provider got since the last time. */
      received: async () => (await fetch(`${upstream}/received`)).json(),
    };
  } catch (e) {
    await close();
    throw e;
  }
}

function configuration(upstream) {
  const base = { openai: "/v1", responses: "/v1", anthropic: "/v1", gemini: "/v1beta", ollama: "" };
  const models = TARGETS.flatMap((t) =>
    ["", KNOWN].map(
      (prefix) =>
        `  - model_name: ${prefix}to-${t}\n    model_params: {api_base: "${upstream}${base[t]}", api_key: sk-provider, api_type: ${t}, model: up}\n`,
    ),
  );
  return `model_list:\n${models.join("")}`;
}

function firstLine(child) {
  return new Promise((done, fail) => {
    createInterface({ input: child.stdout }).once("line", done);
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the provider ended with ${code}`)));
  });
}

async function answers(url, child, said) {
  const late = Date.now() + 30_000;
  for (;;) {
    const res = await fetch(url).catch(() => null);
    if (res?.ok) return;
    if (child.exitCode !== null || Date.now() > late)
      throw new Error(`yallmproxy does not answer:\n${said()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function freePort() {
  for (;;) {
    // Of those that no system gives out by itself, so that nobody gets it meanwhile.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise((done) => {
      server.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true));
    });
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}
