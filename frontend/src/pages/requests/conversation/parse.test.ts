import { describe, expect, it } from "vitest";
import { anthropicConversation } from "./anthropic";
import { openaiConversation } from "./openai";
import { frames, looksLikeStream } from "./sse";

const sse = (...data: unknown[]) =>
  data.map((d) => `data: ${typeof d === "string" ? d : JSON.stringify(d)}\n\n`).join("");
const delta = (d: object, more: object = {}) => ({ choices: [{ index: 0, delta: d, ...more }] });

describe("frames", () => {
  it("reads CRLF, comments, joined data lines and a last frame without its blank line", () => {
    const body = ": hello\r\n\r\nevent: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata:3";
    expect(frames(body)).toEqual([
      { event: "a", data: "1\n2" },
      { event: "", data: "3" },
    ]);
  });

  it("tells a stream from JSON", () => {
    expect(looksLikeStream(": ping\n\ndata: {}\n\n")).toBe(true);
    expect(looksLikeStream('{"data": 1}')).toBe(false);
  });
});

describe("OpenAI chat", () => {
  it("assembles text, reasoning and parallel tool calls of a stream", () => {
    const body = sse(
      delta({ role: "assistant", content: "" }),
      delta({ reasoning_content: "Think" }),
      delta({ reasoning_content: "ing" }),
      delta({ content: "Hel" }),
      delta({ content: "lo" }),
      delta({ tool_calls: [{ index: 0, id: "a", function: { name: "read", arguments: '{"p":' } }] }),
      delta({ tool_calls: [{ index: 1, id: "b", function: { name: "list", arguments: "{}" } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
      delta({}, { finish_reason: "tool_calls" }),
      "[DONE]",
    );
    const c = openaiConversation('{"messages":[{"role":"user","content":"Hi"}]}', body, true);
    expect(c.broken).toBe(false);
    expect(c.answer).toEqual([
      {
        role: "assistant",
        blocks: [
          { kind: "reasoning", text: "Thinking" },
          { kind: "text", text: "Hello" },
          { kind: "toolCall", id: "a", name: "read", args: '{"p":1}' },
          { kind: "toolCall", id: "b", name: "list", args: "{}" },
        ],
      },
    ]);
  });

  it("keeps calls apart that share an index but not an id", () => {
    const body = sse(
      delta({ tool_calls: [{ index: 0, id: "a", function: { name: "x", arguments: "1" } }] }),
      delta({ tool_calls: [{ index: 0, id: "b", function: { name: "y", arguments: "2" } }] }),
      "[DONE]",
    );
    const c = openaiConversation("{}", body, true);
    expect(c.answer[0]?.blocks).toMatchObject([
      { name: "x", args: "1" },
      { name: "y", args: "2" },
    ]);
  });

  it("names tool results after their calls", () => {
    const request = {
      messages: [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "a", function: { name: "read", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "a", content: "42" },
      ],
    };
    const c = openaiConversation(JSON.stringify(request), "", false);
    expect(c.sent[1]?.blocks[0]).toMatchObject({ kind: "toolResult", name: "read" });
  });

  it("says when a stream broke and what error it carried", () => {
    const c = openaiConversation(
      "{}",
      sse(delta({ content: "Hel" }), { error: { message: "overloaded" } }),
      true,
    );
    expect(c.broken).toBe(true);
    expect(c.error).toBe("overloaded");
    expect(c.answer[0]?.blocks).toEqual([{ kind: "text", text: "Hel" }]);
  });

  it("does not show pictures that would be fetched", () => {
    const request = {
      messages: [
        { role: "user", content: [{ type: "image_url", image_url: { url: "https://x.test/a.png" } }] },
      ],
    };
    const c = openaiConversation(JSON.stringify(request), "", false);
    expect(c.sent[0]?.blocks[0]).toEqual({ kind: "file", name: "https://x.test/a.png" });
  });

  it("survives bodies that are no JSON at all", () => {
    const c = openaiConversation("nonsense", "<html>", false);
    expect(c).toMatchObject({ sent: [], answer: [], tools: [] });
  });
});

describe("Anthropic messages", () => {
  it("assembles thinking, text and tool input of a stream in block order", () => {
    const body = sse(
      { type: "message_start", message: {} },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm" } },
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "t", name: "read", input: {} },
      },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"p":' } },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: "1}" } },
      { type: "message_stop" },
    );
    const c = anthropicConversation("{}", body, true);
    expect(c.broken).toBe(false);
    expect(c.answer[0]?.blocks).toEqual([
      { kind: "reasoning", text: "Hm" },
      { kind: "toolCall", id: "t", name: "read", args: '{"p":1}' },
    ]);
  });

  it("puts the system prompt first and gives tool results to the tool", () => {
    const request = {
      system: "Be brief.",
      tools: [{ name: "read" }],
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "read", input: { a: 1 } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", is_error: true, content: "no" }] },
      ],
    };
    const c = anthropicConversation(JSON.stringify(request), "", false);
    expect(c.sent.map((t) => t.role)).toEqual(["system", "assistant", "tool"]);
    expect(c.sent[2]?.blocks[0]).toMatchObject({ name: "read", failed: true });
    expect(c.tools).toEqual(["read"]);
  });
});
