import { type Ask, ask } from "./client";
import type { Program } from "./program";
import type { Asked, Upstream } from "./upstream";

const QUESTIONS = [
  "Why does the retry loop give up after the first timeout? The second target is healthy.",
  "Write a table-driven test for ParseDuration that covers overflow and negative values.",
  "Summarise the changes between v1.4 and v1.5 for the release notes, in five bullets.",
  "Rename the field everywhere and keep the JSON tag, please.",
  "Which index would make this query fast, and what does it cost on writes?",
];

const ANSWER = [
  "The loop stops because the context that carries the deadline is the one of the **whole request**. ",
  "When the first attempt has used it up, nothing is left for the second target.\n\n",
  "Two small changes mend it:\n\n",
  "1. Derive a context for each attempt, with its own share of the time.\n",
  "2. Count an attempt as spent only once the response has begun.\n\n",
  "```go\nattempt, cancel := context.WithTimeout(ctx, share(deadline, targets))\ndefer cancel()\n```\n\n",
  "The healthy target then answers, and the client notices nothing but a short pause.",
];

const CODE = [
  "func (r *Relay) Serve(w http.ResponseWriter, req *http.Request) {",
  "\tfor target := range r.route(req) {",
  "\t\tif done := r.attempt(w, req, target); done {",
  "\t\t\treturn",
  "\t\t}",
  "\t}",
  "}",
  "",
];

/** A provider file with names like those that people have. */
export function busyConfig(upstream: Upstream): string {
  return `providers:
  studio:
    endpoints:
      - {dialect: openai, api_base: ${upstream.base}}
      - {dialect: anthropic, api_base: ${upstream.base}}
    api_key: "\${ACME_KEY}"

model_list:
  - model_name: sonnet
    provider: studio
    model_params: {model: claude-sonnet-4-5}
  - model_name: gpt-mini
    provider: studio
    model_params: {model: gpt-5-mini}
  - model_name: qwen-coder
    provider: studio
    model_params: {model: qwen3-coder}
  - model_name: held
    provider: studio

router_settings:
  fallbacks:
    - sonnet: [gpt-mini]
  groups:
    - name: coder
      targets: [{model: sonnet, weight: 2}, qwen-coder]

limits:
  requests_per_minute: 100000
  tokens_per_day: 1000000
`;
}

export interface Shift {
  requests: number;
  /** How many are under way at once. */
  clients: number;
  /** Take as long as real models do. */
  lifelike?: boolean;
}

/** The work of three programs; now and then the provider is out of capacity, and a fallback may help. */
export async function work(program: Program, upstream: Upstream, shift: Shift): Promise<void> {
  const size = (a: Asked) => JSON.stringify(a.messages).length;
  upstream.answer = (a) => ANSWER.slice(0, 2 + (size(a) % 6)).join("");
  upstream.refuses = (a) => upstream.requests % 13 === 7 && a.model !== "held";
  if (shift.lifelike) {
    const speed = (a: Asked) => (a.model.includes("sonnet") ? 2 : a.model.includes("qwen") ? 1.4 : 1);
    upstream.pace = (a) => ({
      first: (260 + (size(a) % 300)) * speed(a),
      word: (14 + (size(a) % 9)) * speed(a),
    });
  }
  const file = Array.from({ length: 160 }, (_, n) => `${n + 1}\t${CODE[n % CODE.length]}`);
  const plan = Array.from({ length: shift.requests }, (_, n): Ask => {
    const text =
      QUESTIONS[n % QUESTIONS.length] +
      (n % 3 === 0 ? `\n\n${file.slice(0, 12 + (n % 140)).join("\n")}` : "");
    if (n % 5 < 2)
      return { model: "sonnet", dialect: "anthropic", stream: true, text, client: "claude-cli/2.1" };
    if (n % 5 < 4) return { model: "gpt-mini", stream: n % 2 === 0, text, client: "codex/0.60" };
    return { model: "qwen-coder", stream: true, text, client: "OpenAI/Python 2.8" };
  });
  const one = async () => {
    for (let next = plan.shift(); next; next = plan.shift()) await (await ask(program, next)).text();
  };
  await Promise.all(Array.from({ length: shift.clients }, one));
}
