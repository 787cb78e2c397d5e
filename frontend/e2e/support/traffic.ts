import { type Ask, ask } from "./client";
import type { Program } from "./program";
import type { Upstream } from "./upstream";

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
    model_params: {model: slow-90-sonnet}
  - model_name: gpt-mini
    provider: studio
    model_params: {model: slow-30-mini}
  - model_name: qwen-coder
    provider: studio
    model_params: {model: slow-60-qwen}
  - model_name: overloaded
    provider: studio
    model_params: {model: busy}

router_settings:
  fallbacks:
    - sonnet: [gpt-mini]
`;
}

/** A morning's work of three clients, in miniature: every eleventh request fails. */
export async function work(program: Program, upstream: Upstream, requests: number): Promise<void> {
  upstream.answer = (a) => ANSWER.slice(0, 2 + (JSON.stringify(a.messages).length % 6)).join("");
  const padding = "The file under discussion follows, with line numbers.\n".repeat(90);
  const plan = Array.from({ length: requests }, (_, n): Ask => {
    const text =
      QUESTIONS[n % QUESTIONS.length] + (n % 3 === 0 ? `\n\n${padding.slice(0, 600 + n * 9)}` : "");
    if (n % 11 === 7) return { model: "overloaded", text, client: "codex/0.60" };
    if (n % 5 < 2)
      return { model: "sonnet", dialect: "anthropic", stream: true, text, client: "claude-cli/2.1" };
    if (n % 5 < 4) return { model: "gpt-mini", stream: n % 2 === 0, text, client: "codex/0.60" };
    return { model: "qwen-coder", stream: true, text, client: "OpenAI/Python 2.8" };
  });
  const one = async () => {
    for (let next = plan.shift(); next; next = plan.shift()) await (await ask(program, next)).text();
  };
  await Promise.all(Array.from({ length: 4 }, one));
}
