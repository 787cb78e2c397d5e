/** A conversation as it is drawn, whatever dialect it went over the wire in. */

export type Block =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "image"; url: string }
  | { kind: "file"; name: string }
  | { kind: "toolCall"; id: string; name: string; args: string }
  | { kind: "toolResult"; id: string; name: string; failed: boolean; blocks: Block[] }
  | { kind: "other"; type: string; json: string };

export interface Turn {
  role: string;
  blocks: Block[];
}

export interface Conversation {
  /** What the client sent. */
  sent: Turn[];
  /** What came back. */
  answer: Turn[];
  tools: string[];
  /** Set when the answer is an error. */
  error?: string;
  /** The answer ended before its end. */
  broken: boolean;
}

export type Json = Record<string, unknown>;

export const isObject = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
export const asString = (v: unknown): string => (typeof v === "string" ? v : "");
export const asArray = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
export const asObject = (v: unknown): Json => (isObject(v) ? v : {});

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const other = (type: string, value: unknown): Block => ({
  kind: "other",
  type: type || "?",
  json: JSON.stringify(value, null, 2),
});

export const textBlock = (text: string): Block[] => (text ? [{ kind: "text", text }] : []);

/** A data URL or a plain one; other schemes are not shown, so that a body cannot make the window fetch. */
export function imageBlock(url: string): Block {
  return url.startsWith("data:image/") ? { kind: "image", url } : { kind: "file", name: url.slice(0, 300) };
}

/** The message of an error body in either dialect. */
export function errorText(body: unknown): string | undefined {
  const error = asObject(body).error;
  if (typeof error === "string") return error;
  if (isObject(error)) return asString(error.message) || JSON.stringify(error);
  return undefined;
}

/** Gives tool results the names of the calls they answer. */
export function nameResults(turns: Turn[]): Turn[] {
  const names = new Map<string, string>();
  for (const turn of turns) {
    for (const block of turn.blocks) {
      if (block.kind === "toolCall") names.set(block.id, block.name);
      if (block.kind === "toolResult") block.name = names.get(block.id) ?? block.name;
    }
  }
  return turns;
}
