import type { Bodies, RequestRecord } from "@/api/types";
import { anthropicConversation } from "./anthropic";
import type { Conversation } from "./conversation";
import { openaiConversation } from "./openai";
import { looksLikeStream } from "./sse";

/** A body as text; bytes that are no UTF-8 come in base64 and are decoded as far as they can be read. */
export function bodyText(body: string, encoding: "text" | "base64"): string {
  if (encoding === "text") return body;
  const bytes = Uint8Array.from(atob(body), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/** Null when the bodies hold no conversation that can be drawn. */
export function conversationOf(record: RequestRecord, bodies: Bodies): Conversation | null {
  const request = bodyText(bodies.request_body, bodies.request_encoding);
  const response = bodyText(bodies.response_body, bodies.response_encoding);
  const isStream = looksLikeStream(response);
  const parse = record.dialect === "anthropic" ? anthropicConversation : openaiConversation;
  const conversation = parse(request, response, isStream);
  const empty = conversation.sent.length === 0 && conversation.answer.length === 0 && !conversation.error;
  // A body that was cut short ends early for a reason of its own.
  if (bodies.response_cut || response === "") conversation.broken = false;
  return empty ? null : conversation;
}
