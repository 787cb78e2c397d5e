/** Where requests go: a program, or just its address. */
type Target = { readonly url: string };

export interface Ask {
  model?: string;
  text?: string;
  stream?: boolean;
  dialect?: "openai" | "anthropic";
  /** The client's name, from its User-Agent. */
  client?: string;
  signal?: AbortSignal;
}

/** Sends one request as a client program does; the answer is not read. */
export function ask(program: Target, a: Ask = {}): Promise<Response> {
  const anthropic = a.dialect === "anthropic";
  return fetch(program.url + (anthropic ? "/v1/messages" : "/v1/chat/completions"), {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: "Bearer sk-of-the-client",
      "User-Agent": a.client ?? "e2e/1.0",
      ...(anthropic ? { "anthropic-version": "2023-06-01" } : {}),
    },
    body: JSON.stringify({
      model: a.model ?? "fast",
      ...(anthropic ? { max_tokens: 400 } : {}),
      ...(a.stream ? { stream: true } : {}),
      messages: [{ role: "user", content: a.text ?? "Say hello" }],
    }),
    signal: a.signal,
  });
}

/** Sends a request and reads the whole answer. */
export async function chat(program: Target, a: Ask = {}): Promise<string> {
  const response = await ask(program, a);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text;
}

/** Clients that ask one thing after another until they are told to stop. */
export class Crowd {
  done = 0;
  readonly failures: string[] = [];
  private stopped = false;
  private readonly all: Promise<unknown>;

  constructor(program: Target, size: number) {
    const one = async (n: number) => {
      while (!this.stopped) {
        await chat(program, { client: `crowd/${n}`, stream: n % 2 === 0 }).then(
          () => this.done++,
          (e) => this.failures.push(String(e)),
        );
      }
    };
    this.all = Promise.all(Array.from({ length: size }, (_, n) => one(n)));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.all;
  }
}
