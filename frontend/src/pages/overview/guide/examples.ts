import type { ModelView } from "@/api/types";

interface Example {
  name: string;
  anthropic: boolean;
}

/** A model worth a first try: one for chat, and OpenAI's dialect when there is a choice. */
export function exampleModel(models: ModelView[]): Example {
  const chat = models.filter((m) => !/embed|whisper|tts|moderation|image|dall-e/i.test(m.name));
  const openai = chat.find((m) => m.endpoints.some((e) => e.dialect === "openai"));
  if (openai) return { name: openai.name, anthropic: false };
  const other = chat[0];
  return { name: other?.name ?? "MODEL", anthropic: other !== undefined };
}

export function curlFor(baseUrl: string, model: Example): string {
  const body = {
    model: model.name,
    ...(model.anthropic ? { max_tokens: 200 } : {}),
    messages: [{ role: "user", content: "Say hello" }],
  };
  const path = model.anthropic ? "/v1/messages" : "/v1/chat/completions";
  const version = model.anthropic ? ' \\\n  -H "anthropic-version: 2023-06-01"' : "";
  const json = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl ${baseUrl}${path} \\\n  -H "Content-Type: application/json"${version} \\\n  -d '${json}'`;
}
