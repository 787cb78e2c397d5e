import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the provider accepts. Long and odd enough to be found wherever it should not be. */
export const KEY = "sk-e2e-5hVq9ZrT2mXw7LkD4nBc";

export interface Asked {
  model: string;
  stream?: boolean;
  messages?: { role: string; content: unknown }[];
  tools?: unknown[];
}

/**
 * A provider that speaks both dialects and does what the model's name says: "busy" is always out of capacity,
 * a stream of "held" stops in the middle until release(), and everything else answers at once unless a pace is set.
 */
export class Upstream {
  models = ["acme-large", "acme-small", "acme-embed"];
  /** What a request is answered with; token counts follow from its length. */
  answer: (asked: Asked) => string = () => "Hello from the scripted provider.";
  /** Milliseconds before the first word and between words. */
  pace: (asked: Asked) => { first: number; word: number } = () => ({ first: 0, word: 0 });
  /** Whether it is out of capacity for this one. */
  refuses: (asked: Asked) => boolean = (asked) => asked.model === "busy";
  requests = 0;
  private held = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Upstream> {
    // Longer than any test: a connection that is closed just when it is used again is another test.
    const server = createServer({ keepAliveTimeout: 120_000 });
    const upstream = new Upstream(server);
    server.on("request", (req, res) => {
      upstream.serve(req, res).catch(() => res.destroy());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return upstream;
  }

  /** Where both dialects are: …/chat/completions and …/messages. */
  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** Lets held streams end. */
  release(): void {
    for (const go of this.held) go();
    this.held.clear();
  }

  async stop(): Promise<void> {
    this.release();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of req) text += chunk;
    const key = req.headers.authorization?.replace(/^Bearer /, "") ?? req.headers["x-api-key"];
    if (key !== KEY) {
      return json(res, 401, {
        error: {
          message: "Incorrect API key provided.",
          type: "invalid_request_error",
          code: "invalid_api_key",
        },
      });
    }
    const path = (req.url ?? "").replace(/\?.*$/, "");
    if (req.method === "GET" && path === "/v1/models") {
      return json(res, 200, { object: "list", data: this.models.map((id) => ({ id, object: "model" })) });
    }
    const asked = JSON.parse(text) as Asked;
    this.requests++;
    if (this.refuses(asked)) {
      return json(res, 429, {
        error: { message: "Out of capacity, try again later.", type: "rate_limit_error" },
      });
    }
    await pause(this.pace(asked).first);
    switch (path) {
      case "/v1/chat/completions":
        return asked.stream ? this.openaiStream(res, asked) : json(res, 200, this.openaiAnswer(asked));
      case "/v1/messages":
        return asked.stream ? this.anthropicStream(res, asked) : json(res, 200, this.anthropicAnswer(asked));
      case "/v1/embeddings":
        return json(res, 200, {
          object: "list",
          data: [{ object: "embedding", index: 0, embedding: [0.1, 0.2, 0.3] }],
          usage: { prompt_tokens: 8, total_tokens: 8 },
        });
      default:
        return json(res, 404, { error: { message: `No such path: ${path}`, type: "invalid_request_error" } });
    }
  }

  private openaiAnswer(asked: Asked) {
    return {
      id: "chatcmpl-1",
      object: "chat.completion",
      model: asked.model,
      choices: [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: this.answer(asked) } },
      ],
      usage: openaiUsage(asked, this.answer(asked)),
    };
  }

  private async openaiStream(res: ServerResponse, asked: Asked): Promise<void> {
    const chunk = (choices: unknown[], more = {}) =>
      `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", model: asked.model, choices, ...more })}\n\n`;
    const delta = (content: string) => chunk([{ index: 0, delta: { content } }]);
    const [first, second] = halves(this.answer(asked));
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    res.write(chunk([{ index: 0, delta: { role: "assistant", content: "" } }]));
    const { word: gap } = this.pace(asked);
    for (const word of first) {
      res.write(delta(word));
      await pause(gap);
    }
    if (asked.model === "held") await new Promise<void>((go) => this.held.add(go));
    for (const word of second) {
      res.write(delta(word));
      await pause(gap);
    }
    res.write(chunk([{ index: 0, delta: {}, finish_reason: "stop" }]));
    res.write(chunk([], { usage: openaiUsage(asked, this.answer(asked)) }));
    res.end("data: [DONE]\n\n");
  }

  private anthropicAnswer(asked: Asked) {
    return {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: asked.model,
      content: [{ type: "text", text: this.answer(asked) }],
      stop_reason: "end_turn",
      usage: anthropicUsage(asked, this.answer(asked)),
    };
  }

  private async anthropicStream(res: ServerResponse, asked: Asked): Promise<void> {
    const event = (type: string, data: object) =>
      res.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    const answer = this.answer(asked);
    const usage = anthropicUsage(asked, answer);
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    event("message_start", {
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: asked.model,
        content: [],
        usage: { ...usage, output_tokens: 1 },
      },
    });
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    for (const text of answer.split(/(?<= )/)) {
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
      await pause(this.pace(asked).word);
    }
    event("content_block_stop", { index: 0 });
    event("message_delta", {
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: usage.output_tokens },
    });
    event("message_stop", {});
    res.end();
  }
}

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "Content-Type": "application/json" });
  res.end(JSON.stringify(body));
}

const pause = (ms: number) => (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : undefined);

const tokens = (text: string) => Math.ceil(text.length / 4);

function halves(text: string): [string[], string[]] {
  const words = text.split(/(?<= )/);
  const middle = Math.ceil(words.length / 2);
  return [words.slice(0, middle), words.slice(middle)];
}

function openaiUsage(asked: Asked, answer: string) {
  const prompt = tokens(JSON.stringify(asked.messages ?? ""));
  const cached = prompt > 1024 ? prompt - (prompt % 128) - 256 : 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens(answer),
    total_tokens: prompt + tokens(answer),
    prompt_tokens_details: { cached_tokens: cached },
  };
}

function anthropicUsage(asked: Asked, answer: string) {
  const prompt = tokens(JSON.stringify(asked.messages ?? ""));
  const cached = prompt > 1024 ? prompt - 300 : 0;
  return {
    input_tokens: prompt - cached,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
    output_tokens: tokens(answer),
  };
}
