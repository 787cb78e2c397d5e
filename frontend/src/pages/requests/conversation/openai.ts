import {
  asArray,
  asObject,
  asString,
  type Block,
  type Conversation,
  errorText,
  imageBlock,
  type Json,
  nameResults,
  other,
  parseJson,
  type Turn,
  textBlock,
} from "./conversation";
import { frames } from "./sse";

function parts(content: unknown): Block[] {
  if (typeof content === "string") return textBlock(content);
  return asArray(content).flatMap((item): Block[] => {
    if (typeof item === "string") return textBlock(item);
    const part = asObject(item);
    switch (part.type) {
      case "text":
      case "input_text":
      case "output_text":
        return textBlock(asString(part.text));
      case "refusal":
        return textBlock(asString(part.refusal));
      case "image_url": {
        const image = part.image_url;
        return [imageBlock(typeof image === "string" ? image : asString(asObject(image).url))];
      }
      case "file":
        return [{ kind: "file", name: asString(asObject(part.file).filename) || "file" }];
      default:
        return [other(asString(part.type), part)];
    }
  });
}

/** Providers disagree about the name of the reasoning field. */
const reasoning = (m: Json): string => asString(m.reasoning_content) || asString(m.reasoning);

function message(value: unknown): Turn {
  const m = asObject(value);
  const role = asString(m.role) || "assistant";
  if (role === "tool" || role === "function") {
    return {
      role: "tool",
      blocks: [
        {
          kind: "toolResult",
          id: asString(m.tool_call_id),
          name: asString(m.name),
          failed: false,
          blocks: parts(m.content),
        },
      ],
    };
  }
  const thought = reasoning(m);
  return {
    role,
    blocks: [
      ...(thought ? [{ kind: "reasoning", text: thought } as const] : []),
      ...parts(m.content),
      ...textBlock(asString(m.refusal)),
      ...asArray(m.tool_calls).map((c) => toolCall(asObject(c))),
    ],
  };
}

function toolCall(call: Json): Block {
  const f = asObject(call.function ?? call.custom);
  return {
    kind: "toolCall",
    id: asString(call.id),
    name: asString(f.name),
    args: asString(f.arguments) || asString(f.input),
  };
}

interface Calls {
  /** In the order in which they began. */
  all: Json[];
  byKey: Map<string, Json>;
  last?: Json;
}

/** Adds a piece of a tool call to the call it belongs to: by index, then by id, then to the last one. */
function mergeCall(calls: Calls, piece: Json): void {
  const id = asString(piece.id);
  const key = piece.index !== undefined ? `#${piece.index}` : id;
  let call = key ? calls.byKey.get(key) : calls.last;
  // Some providers repeat an index for a new call: a new id with a name starts a new one.
  if (call && id && call.id && call.id !== id) call = undefined;
  const f = asObject(piece.function);
  if (!call) {
    call = { id, function: { name: "", arguments: "" } };
    calls.all.push(call);
    if (key) calls.byKey.set(key, call);
    if (id && key !== id) calls.byKey.set(id, call);
  }
  const into = asObject(call.function);
  into.name = asString(into.name) || asString(f.name);
  into.arguments = asString(into.arguments) + asString(f.arguments);
  call.function = into;
  calls.last = call;
}

function streamed(body: string): Pick<Conversation, "answer" | "error" | "broken"> {
  const choices = new Map<number, { role: string; text: string; reasoning: string; calls: Calls }>();
  let done = false;
  let error: string | undefined;
  for (const frame of frames(body)) {
    if (frame.data === "[DONE]") {
      done = true;
      continue;
    }
    const chunk = asObject(parseJson(frame.data));
    error ??= errorText(chunk);
    for (const c of asArray(chunk.choices)) {
      const choice = asObject(c);
      const index = Number(choice.index ?? 0);
      const delta = asObject(choice.delta ?? choice.message);
      const at = choices.get(index) ?? {
        role: "assistant",
        text: "",
        reasoning: "",
        calls: { all: [], byKey: new Map() },
      };
      choices.set(index, at);
      at.text += typeof delta.content === "string" ? delta.content : asString(choice.text);
      at.reasoning += reasoning(delta);
      for (const piece of asArray(delta.tool_calls)) mergeCall(at.calls, asObject(piece));
      if (choice.finish_reason) done = true;
    }
  }
  const answer = [...choices.values()].map(
    (c): Turn => ({
      role: c.role,
      blocks: [
        ...(c.reasoning ? [{ kind: "reasoning", text: c.reasoning } as const] : []),
        ...textBlock(c.text),
        ...c.calls.all.map(toolCall),
      ],
    }),
  );
  return { answer, error, broken: !done };
}

export function openaiConversation(request: string, response: string, isStream: boolean): Conversation {
  const sent = asObject(parseJson(request));
  const turns = sent.messages
    ? asArray(sent.messages).map(message)
    : (Array.isArray(sent.input) ? sent.input : [sent.input ?? sent.prompt]).flatMap((v): Turn[] =>
        v === undefined
          ? []
          : [{ role: "user", blocks: typeof v === "string" ? textBlock(v) : [other("input", v)] }],
      );
  const tools = asArray(sent.tools).map((t) => {
    const tool = asObject(t);
    return asString(asObject(tool.function).name) || asString(tool.name) || asString(tool.type);
  });
  const head = { sent: nameResults(turns), tools };
  if (isStream) return { ...head, ...streamed(response) };

  const body = asObject(parseJson(response));
  const answer = asArray(body.choices).map((c) => {
    const choice = asObject(c);
    return choice.message
      ? message(choice.message)
      : { role: "assistant", blocks: textBlock(asString(choice.text)) };
  });
  return { ...head, answer, error: errorText(body), broken: false };
}

/** What an embeddings answer holds: how many vectors of how many dimensions. */
export function vectors(response: string): { count: number; dimensions: number } | null {
  const data = asArray(asObject(parseJson(response)).data);
  const first = asObject(data[0]).embedding;
  if (data.length === 0 || first === undefined) return null;
  // Base64 of 32-bit floats when it is text.
  const dimensions = Array.isArray(first) ? first.length : Math.floor((asString(first).length * 3) / 4 / 4);
  return { count: data.length, dimensions };
}
