import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env.YALLMPROXY ??
  resolve(fileURLToPath(import.meta.url), "../../../../build/bin/headless/yallmproxy");

/** Nobody answers there. Without an address D-Bus libraries start daemons that outlive the test. */
const NO_BUS = "unix:path=/nonexistent";

export interface LaunchOptions {
  /** The user's file; none: a first run. */
  config?: string;
  /** Lines of .env_added. */
  env?: Record<string, string>;
  /** Null: the port is the configuration's own affair. */
  port?: number | null;
  /** Arguments after "serve". */
  args?: string[];
  /** A command that runs the program inside of it, such as a session bus with a keychain. */
  inside?: (home: string) => { command: string; args: string[]; env: Record<string, string> };
}

/** One yaLLMproxy of its own: own folder, own port, no desktop. */
export class Program {
  private child?: ChildProcess;
  private said = "";

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly options: LaunchOptions,
  ) {}

  static async launch(options: LaunchOptions = {}): Promise<Program> {
    if (!existsSync(BINARY))
      throw new Error(`${BINARY} is missing; build it with: go tool task build:headless`);
    const folder = await mkdtemp(join(tmpdir(), "yp-"));
    const program = new Program(folder, options.port ?? (await freePort()), options);
    try {
      await mkdir(join(folder, "user"), { mode: 0o700 });
      await mkdir(program.home, { mode: 0o700 });
      if (options.config !== undefined) await program.writeConfig(options.config);
      if (options.env) {
        const lines = Object.entries(options.env).map(([name, value]) => `${name}=${value}\n`);
        await writeFile(join(program.home, ".env_added"), lines.join(""), { mode: 0o600 });
      }
      await program.start();
    } catch (e) {
      await program.remove();
      throw e;
    }
    return program;
  }

  get home(): string {
    return join(this.folder, "home");
  }
  get socket(): string {
    return join(this.home, "run", "control.sock");
  }
  get configFile(): string {
    return join(this.home, "config_added.yaml");
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  /** Everything it has written to its terminal. */
  get output(): string {
    return this.said;
  }

  readConfig(): Promise<string> {
    return readFile(this.configFile, "utf8");
  }

  /** Saves as editors do: whole, and then into place. */
  async writeConfig(text: string): Promise<void> {
    const beside = `${this.configFile}.new`;
    await writeFile(beside, text, { mode: 0o600 });
    await rename(beside, this.configFile);
  }

  /** Runs a subcommand and returns what it printed. */
  run(...args: string[]): Promise<string> {
    return new Promise((done, fail) => {
      execFile(BINARY, args, { env: this.environment, timeout: 30_000 }, (error, stdout, stderr) => {
        if (error) fail(new Error(`yallmproxy ${args.join(" ")}: ${error.message}\n${stderr}`));
        else done(stdout.trim());
      });
    });
  }

  /** A link that lets one browser in, once: what "Open in browser" in the tray opens. */
  loginLink(): Promise<string> {
    return this.run("open", "--browser");
  }

  /** Asks the control socket, as the window and the command line do. */
  async api<T>(path: string, method = "GET", body?: unknown): Promise<T> {
    const answer = await over(this.socket, path, method, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return (answer.text ? JSON.parse(answer.text) : undefined) as T;
  }

  /** Ends the program as a crash does: at once, without a word to anybody. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((done) => child.once("exit", () => done()));
    endGroup(child, "SIGKILL");
    await gone;
  }

  /** Starts it again, after it was killed. */
  restart(): Promise<void> {
    return this.start();
  }

  /** Ends the program and removes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: join(this.folder, "user"),
      XDG_RUNTIME_DIR: join(this.folder, "user"),
      YALLMP_HOME: this.home,
      DBUS_SESSION_BUS_ADDRESS: NO_BUS,
      ...(this.options.port === null ? {} : { YALLMP_PORT: String(this.port) }),
    };
  }

  private async start(): Promise<void> {
    const { args = [], inside } = this.options;
    const whole = [BINARY, "serve", ...args];
    const around = inside?.(join(this.folder, "user"));
    const { DBUS_SESSION_BUS_ADDRESS: noBus, ...rest } = this.environment;
    const env = around ? { ...rest, ...around.env } : { ...rest, DBUS_SESSION_BUS_ADDRESS: noBus ?? NO_BUS };
    const [command, ...more] = around ? [around.command, ...around.args, ...whole] : whole;
    // A group of its own, so that nothing it starts stays behind.
    const child = spawn(command ?? BINARY, more, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    const forget = () => endGroup(child, "SIGKILL");
    process.once("exit", forget);
    child.once("exit", () => process.removeListener("exit", forget));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
      });
    }
    await this.ready(child);
  }

  private async ready(child: ChildProcess): Promise<void> {
    const end = Date.now() + 30_000;
    for (;;) {
      const state = await over(this.socket, "/api/state").catch(() => null);
      if (state?.status === 200) return;
      if (child.exitCode !== null || Date.now() > end)
        throw new Error(`yallmproxy does not answer:\n${this.said}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  private async stop(): Promise<void> {
    const child = this.child;
    if (!child) return;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((done) => child.once("exit", () => done()));
      const late = setTimeout(() => endGroup(child, "SIGKILL"), 10_000);
      endGroup(child, "SIGTERM");
      await gone;
      clearTimeout(late);
    }
    endGroup(child, "SIGKILL");
  }
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

function over(socketPath: string, path: string, method = "GET", body?: unknown) {
  return new Promise<{ status: number; text: string }>((done, fail) => {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const req = request({ socketPath, path, method, headers }, async (res: IncomingMessage) => {
      let text = "";
      for await (const chunk of res) text += chunk;
      done({ status: res.statusCode ?? 0, text });
    });
    req.on("error", fail);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export async function freePort(): Promise<number> {
  for (;;) {
    // Of those that no system gives out by itself, so that nobody gets it meanwhile.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true));
    });
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}
