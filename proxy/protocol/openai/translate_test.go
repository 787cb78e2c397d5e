package openai_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/openai"
)

var codec = openai.Codec{}

func ptr[T any](v T) *T { return &v }

func user(parts ...llm.Part) llm.Message { return llm.Message{Role: llm.RoleUser, Parts: parts} }

func text(s string) *llm.Text { return &llm.Text{Text: s} }

// sent encodes a request of another dialect's client.
func sent(t *testing.T, r *llm.Request) (gjson.Result, []string) {
	t.Helper()
	if r.Dialect == "" {
		r.Dialect = llm.Anthropic
	}
	if r.Messages == nil {
		r.Messages = []llm.Message{user(text("hi"))}
	}
	out, dropped, err := codec.EncodeRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	return gjson.ParseBytes(out), dropped
}

func expect(t *testing.T, v gjson.Result, fields map[string]string) {
	t.Helper()
	for path, want := range fields {
		if got := v.Get(path).Raw; got != want {
			t.Errorf("%s is %s, not %s, in\n%s", path, got, want, v.Raw)
		}
	}
}

func TestEachModelGetsTheLimitThatItKnows(t *testing.T) {
	for model, field := range map[string]string{
		"gpt-4o": "max_tokens", "gpt-5-mini": "max_completion_tokens", "openai/gpt-5.2": "max_completion_tokens", "o3": "max_completion_tokens",
		"o4-mini": "max_completion_tokens", "gpt-oss-120b": "max_tokens", "mistral-large": "max_tokens", "deepseek-chat": "max_tokens",
		"olmo-2": "max_tokens", "gpt-35-turbo": "max_tokens", "chat-latest": "max_completion_tokens", "": "max_tokens",
	} {
		v, _ := sent(t, &llm.Request{Model: model, MaxTokens: ptr[int64](7)})
		expect(t, v, map[string]string{field: "7"})
		if n := strings.Count(v.Raw, "max_"); n != 1 {
			t.Errorf("%s: %s", model, v.Raw)
		}
	}
}

func TestWhatOtherDialectsSayIsHeldToWhatMostServersKnow(t *testing.T) {
	v, dropped := sent(t, &llm.Request{
		Model: "some-model", TopK: ptr[int64](5), MinP: ptr(0.1), RepeatPenalty: ptr(1.1), Verbosity: "low", CacheKey: "k",
		Metadata: map[string]string{"a": "b"}, ServiceTier: "standard_only", User: `{"device_id":"x"}`, Seed: ptr[int64](9),
		Extra: []llm.Field{{Name: "container", Raw: json.RawMessage(`"c"`)}}, N: 1, Stream: true, StreamUsage: true,
		Messages: []llm.Message{
			{Role: llm.RoleSystem, Parts: []llm.Part{&llm.Text{Text: "a", Cache: &llm.CacheMark{}}, text("b")}},
			{Role: llm.RoleDeveloper, Parts: []llm.Part{text("c")}},
			user(text("d"), text("e")),
			{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Reasoning{Text: "x", Seal: llm.Seal{Origin: llm.Anthropic, Value: "s"}}, text("f"), text("g"), &llm.Refusal{Text: "!"}}},
			user(&llm.Media{Kind: llm.Document, Text: "words", Name: "a.txt", Cite: true}),
		},
		Tools: []llm.Tool{{Kind: llm.ToolServer, Name: "web_search", Raw: json.RawMessage(`{}`), Dialect: llm.Anthropic}, {Kind: llm.ToolFunction, Name: "f"}},
	})
	expect(t, v, map[string]string{
		"messages.#": "4", "messages.0": `{"role":"system","content":"a\n\nb\n\nc"}`, "messages.1.content": `"d\n\ne"`,
		"messages.2": `{"role":"assistant","content":"fg!"}`, "messages.3.content": `"<document name=\"a.txt\">\nwords\n</document>"`,
		"tools":          `[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]`,
		"stream_options": `{"include_usage":true}`, "seed": "9", "user": `"user_e4552d03b1c31cce9609ebd45229a298"`,
	})
	want := []string{"cache_control", "citations", "container", "metadata", "min_p", "prompt_cache_key", "repeat_penalty", "service_tier", "top_k", "verbosity", "web_search"}
	if diff := cmp.Diff(want, dropped); diff != "" {
		t.Error(diff)
	}
}

func TestMarksGoWhereTheyAreRead(t *testing.T) {
	v, dropped := sent(t, &llm.Request{Model: "anthropic/claude-sonnet-4.5", Messages: []llm.Message{user(&llm.Text{Text: "a", Cache: &llm.CacheMark{TTL: "1h"}}, text("b"))}})
	expect(t, v, map[string]string{"messages.0.content.0.cache_control": `{"type":"ephemeral","ttl":"1h"}`})
	if dropped != nil {
		t.Error(dropped)
	}
}

func TestToolResults(t *testing.T) {
	image := &llm.Media{Kind: llm.Image, MIME: "image/png", Data: "AAAA"}
	long := strings.Repeat("x", 50)
	v, _ := sent(t, &llm.Request{Model: "m", Messages: []llm.Message{
		{Role: llm.RoleAssistant, Parts: []llm.Part{
			&llm.ToolCall{ID: long, Name: "a", Arguments: ""}, &llm.ToolCall{Name: "b", Arguments: "{}"}, &llm.ServerCall{Name: "web_search"},
		}},
		{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: long, Parts: []llm.Part{image}}}},
		{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{Name: "b", Error: true, Parts: []llm.Part{text("no such file")}}}},
		user(text("go on")),
	}})
	id := llm.SafeID(long, 40)
	expect(t, v, map[string]string{
		"messages.#": "5", "messages.0.content": "null", "messages.0.tool_calls.0.id": `"` + id + `"`, "messages.0.tool_calls.0.function.arguments": `"{}"`,
		"messages.1.tool_call_id": `"` + id + `"`, "messages.1.role": `"tool"`, "messages.1.content": `"The result is in the next message of the user."`,
		"messages.2.tool_call_id": `"call_2"`, "messages.0.tool_calls.1.id": `"call_2"`, "messages.2.content": `"Error:\n\nno such file"`,
		"messages.3.role": `"user"`, "messages.3.content.1.image_url.url": `"data:image/png;base64,AAAA"`, "messages.4.content": `"go on"`,
	})
}

// Servers refuse a request in which anything stands between a call and its
// result, and some a message that says nothing.
func TestResultsFollowTheirCalls(t *testing.T) {
	r := &llm.Request{Dialect: llm.Responses, Messages: []llm.Message{
		user(text("a")),
		{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.ToolCall{ID: "c1", Name: "f"}, &llm.ToolCall{ID: "c2", Name: "f"}}},
		{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: "c1", Parts: []llm.Part{text("one")}}}},
		{Role: llm.RoleDeveloper, Parts: []llm.Part{text("be quick")}},
		user(text("wait")),
		{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Reasoning{Text: "so", Seal: llm.Seal{Origin: llm.Responses, Value: "y"}}}},
		{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: "c2", Parts: []llm.Part{text("two")}}}},
		{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Reasoning{Text: "hm", Seal: llm.Seal{Origin: llm.Responses, Value: "x"}}}},
		user(text("b")),
	}}
	v, _ := sent(t, r)
	var got []string
	for _, m := range v.Get("messages").Array() {
		got = append(got, m.Get("role").Str+" "+m.Get("content").Str)
	}
	want := []string{"user a", "assistant ", "tool one", "tool two", "system be quick", "user wait", "user b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Messages[3].Role != llm.RoleDeveloper {
		t.Error("the client's own request has changed")
	}
}

func TestThinking(t *testing.T) {
	tests := []struct {
		model string
		t     llm.Thinking
		want  string
	}{
		{"gpt-5", llm.Thinking{Effort: llm.EffortMax}, `"reasoning_effort":"max"`},
		{"gpt-5", llm.Thinking{Budget: 31999}, `"reasoning_effort":"high"`},
		{"gpt-5", llm.Thinking{Budget: 100}, `"reasoning_effort":"low"`},
		{"gpt-5", llm.Thinking{Budget: 5000, Show: ptr(true)}, `"reasoning_effort":"medium"`},
		{"gpt-5.1", llm.Thinking{Effort: llm.EffortNone}, `"reasoning_effort":"none"`},
		{"gpt-5", llm.Thinking{Adaptive: true}, ``},
		{"deepseek-v4-pro", llm.Thinking{Effort: llm.EffortNone}, `"thinking":{"type":"disabled"}`},
		{"deepseek-v4-pro", llm.Thinking{Effort: llm.EffortHigh}, `"thinking":{"type":"enabled"},"reasoning_effort":"high"`},
		{"deepseek/deepseek-v3.2", llm.Thinking{Effort: llm.EffortNone}, `"reasoning_effort":"none"`},
		{"glm-4.6", llm.Thinking{}, `"thinking":{"type":"enabled"}`},
	}
	for _, tt := range tests {
		v, _ := sent(t, &llm.Request{Model: tt.model, Thinking: &tt.t})
		_, got, _ := strings.Cut(v.Raw, `"hi"}]`)
		if got = strings.TrimPrefix(strings.TrimSuffix(got, "}"), ","); got != tt.want {
			t.Errorf("%s %+v: %s", tt.model, tt.t, got)
		}
	}
}

// A tool that takes free text becomes a function for models that know only
// those, and the call becomes what the client asked for.
func TestCustomToolsThereAndBack(t *testing.T) {
	asked := &llm.Request{
		Dialect: llm.Responses, Model: "qwen3",
		Tools: []llm.Tool{{Kind: llm.ToolCustom, Name: "run", Description: "Runs", Raw: json.RawMessage(`{"type":"grammar","syntax":"lark","definition":"start: /.+/"}`), Dialect: llm.Responses}},
		Messages: []llm.Message{
			{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.ToolCall{ID: "c", Name: "run", Arguments: "print(\"hi\")", Custom: true}}},
			{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: "c", Custom: true, Parts: []llm.Part{text("hi")}}}},
		},
		ToolChoice: &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"run"}},
	}
	v, _ := sent(t, asked)
	expect(t, v, map[string]string{
		"messages.0.tool_calls.0.function.arguments": `"{\"input\":\"print(\\\"hi\\\")\"}"`,
		"tools.0.function.description":               `"Runs\n\nThe input must follow this lark grammar:\nstart: /.+/"`,
		"tools.0.function.parameters.required":       `["input"]`,
		"tool_choice":                                `{"type":"function","function":{"name":"run"}}`,
	})
	asked.Model = "gpt-5"
	v, _ = sent(t, asked)
	expect(t, v, map[string]string{
		"messages.0.tool_calls.0.custom.input": `"print(\"hi\")"`, "tool_choice": `{"type":"custom","custom":{"name":"run"}}`,
		"tools.0.custom.format": `{"type":"grammar","grammar":{"definition":"start: /.+/","syntax":"lark"}}`,
	})

	answer := &llm.Response{ID: "chatcmpl-1", Created: time.Unix(1, 0), Choices: []llm.Choice{{
		Parts: []llm.Part{&llm.ToolCall{ID: "c", Name: "run", Arguments: `{"input":"1+1"}`}}, Reason: llm.StopTools,
	}}}
	body, err := codec.EncodeResponse(llm.Chat, answer, asked)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, gjson.ParseBytes(body), map[string]string{"choices.0.message.tool_calls.0": `{"id":"c","type":"custom","custom":{"name":"run","input":"1+1"}}`})
	got, err := llm.Collect(codec.DecodeStream(chunks(encoded(t, llm.Chat, answer.Events(), asked))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&llm.ToolCall{ID: "c", Name: "run", Arguments: "1+1", Custom: true}, got.Choices[0].Parts[0]); diff != "" {
		t.Error(diff)
	}
}

// Who asks with functions is answered with function_call.
func TestFunctionsAreAnsweredAsFunctions(t *testing.T) {
	asked, err := codec.DecodeRequest(llm.Chat, []byte(`{"model":"m","messages":[{"role":"user","content":"go"}],"functions":[{"name":"f"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	answer := &llm.Response{ID: "msg_1", Created: time.Unix(1, 0), Choices: []llm.Choice{{
		Parts: []llm.Part{&llm.ToolCall{ID: "toolu_1", Name: "f", Arguments: `{"a":1}`}}, Reason: llm.StopTools,
	}}}
	body, err := codec.EncodeResponse(llm.Chat, answer, asked)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, gjson.ParseBytes(body), map[string]string{
		"id": `"chatcmpl-msg_1"`, "choices.0.message.function_call": `{"name":"f","arguments":"{\"a\":1}"}`, "choices.0.finish_reason": `"function_call"`,
	})
	stream := string(encoded(t, llm.Chat, answer.Events(), asked))
	for _, want := range []string{`"function_call":{"name":"f","arguments":"{\"a\":1}"}`, `"finish_reason":"function_call"`} {
		if !strings.Contains(stream, want) {
			t.Errorf("%s is not in\n%s", want, stream)
		}
	}
}

// What another provider sealed goes to the client and comes back.
func TestForeignSealsComeBack(t *testing.T) {
	parts := []llm.Part{
		&llm.Reasoning{Text: "one", Seal: llm.Seal{Origin: llm.Anthropic, Value: "s1"}},
		&llm.Reasoning{Redacted: true, Seal: llm.Seal{Origin: llm.Anthropic, Value: "s2"}},
		&llm.Reasoning{ID: "rs_1", Text: "three", Summary: true, Seal: llm.Seal{Origin: llm.Responses, Value: "s3"}},
		&llm.Text{Text: "said", Seal: llm.Seal{Origin: llm.Gemini, Value: "s4"}},
		&llm.ToolCall{ID: "c", Name: "f", Arguments: "{}", Seal: llm.Seal{Origin: llm.Gemini, Value: "s5"}},
	}
	answer := &llm.Response{ID: "chatcmpl-1", Model: "m", Created: time.Unix(1, 0), Choices: []llm.Choice{{Parts: parts, Reason: llm.StopTools}}}
	body, err := codec.EncodeResponse(llm.Chat, answer, nil)
	if err != nil {
		t.Fatal(err)
	}
	message := gjson.GetBytes(body, "choices.0.message").Raw
	r, err := codec.DecodeRequest(llm.Chat, []byte(`{"model":"m","messages":[{"role":"user","content":"x"},`+message+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parts, r.Messages[1].Parts); diff != "" {
		t.Error(diff)
	}
	streamed, err := llm.Collect(codec.DecodeStream(chunks(encoded(t, llm.Chat, answer.Events(), nil))))
	if err != nil {
		t.Fatal(err)
	}
	want := parts
	want[2] = &llm.Reasoning{Text: "three", Summary: true, Seal: llm.Seal{Origin: llm.Responses, Value: "s3"}} // a part's id is told when it begins
	if diff := cmp.Diff(want, streamed.Choices[0].Parts); diff != "" {
		t.Error(diff)
	}
	// No provider of this dialect sees what others have sealed.
	again, _, err := codec.EncodeRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(again); strings.Contains(s, "reasoning") || strings.Contains(s, "yallmp") || strings.Contains(s, "extra_content") {
		t.Error(s)
	}
}

// One thought behind the other stays two, each with its own seal.
func TestThoughtsThatFollowEachOther(t *testing.T) {
	for name, parts := range map[string][]llm.Part{
		"sealed": {
			&llm.Reasoning{Text: "one", Seal: llm.Seal{Origin: llm.Anthropic, Value: "s1"}},
			&llm.Reasoning{Text: "two", Seal: llm.Seal{Origin: llm.Anthropic, Value: "s2"}},
		},
		"first without a seal": {
			&llm.Reasoning{Text: "one", Seal: llm.Seal{Origin: llm.OpenAI}},
			&llm.Reasoning{Text: "two", Seal: llm.Seal{Origin: llm.Anthropic, Value: "s2"}},
		},
	} {
		answer := &llm.Response{ID: "chatcmpl-1", Created: time.Unix(1, 0), Choices: []llm.Choice{{Parts: parts, Reason: llm.StopEnd}}}
		got, err := llm.Collect(codec.DecodeStream(chunks(encoded(t, llm.Chat, answer.Events(), nil))))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parts, got.Choices[0].Parts); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A client that keeps only the plain text of the reasoning loses the seal, and
// one that keeps only the seals loses no text.
func TestReasoningThatCameBackInPieces(t *testing.T) {
	for message, want := range map[string][]llm.Part{
		`"reasoning_content":"t"`: {&llm.Reasoning{Text: "t", Seal: llm.Seal{Origin: llm.OpenAI}}},
		`"reasoning_content":"t","reasoning_details":[{"type":"reasoning.text","signature":"yallmp-anthropic:s"}]`: {&llm.Reasoning{Text: "t", Seal: llm.Seal{Origin: llm.Anthropic, Value: "s"}}},
		`"reasoning":"t","reasoning_details":[{"type":"reasoning.encrypted","data":"yallmp-gemini:s"}]`: {
			&llm.Reasoning{Text: "t", Seal: llm.Seal{Origin: llm.OpenAI}}, &llm.Reasoning{Redacted: true, Seal: llm.Seal{Origin: llm.Gemini, Value: "s"}},
		},
		`"reasoning":null,"reasoning_details":[]`: nil,
	} {
		r, err := codec.DecodeRequest(llm.Chat, []byte(`{"messages":[{"role":"assistant","content":null,`+message+`}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Messages[0].Parts); diff != "" {
			t.Errorf("%s: %s", message, diff)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	for text, param := range map[string]string{
		`[]`:                       "",
		`{"messages":[]}`:          "messages",
		`{"messages":"x"}`:         "messages",
		`{"prompt":["a","b"]}`:     "prompt",
		`{"prompt":[1,2]}`:         "prompt",
		`{"prompt":[[1],[2]]}`:     "prompt",
		`{"prompt":null}`:          "prompt",
		`{"model":1,"prompt":"a"}`: "model",
		`{"messages":[{"role":"robot","content":"x"}]}`:                                                 "messages[0].role",
		`{"messages":[{"role":"user","content":[{"type":"hologram"}]}]}`:                                "messages[0].content[0].type",
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}`:                "messages[0].content[0].image_url.url",
		`{"messages":[{"role":"user","content":5}]}`:                                                    "messages[0].content",
		`{"messages":[{"role":"tool","content":"x"}]}`:                                                  "messages[0].tool_call_id",
		`{"messages":[{"role":"assistant","tool_calls":[{}]}]}`:                                         "messages[0].tool_calls[0]",
		`{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}`:                    "tools[0].function.name",
		`{"messages":[{"role":"user","content":"x"}],"temperature":"hot"}`:                              "temperature",
		`{"messages":[{"role":"user","content":"x"}],"temperature":1e999}`:                              "temperature",
		`{"messages":[{"role":"user","content":"x"}],"max_tokens":1.5}`:                                 "max_tokens",
		`{"messages":[{"role":"user","content":"x"}],"n":0}`:                                            "n",
		`{"messages":[{"role":"user","content":"x"}],"n":1000000000}`:                                   "n",
		`{"messages":[{"role":"user","content":"x"}],"tool_choice":"sometimes"}`:                        "tool_choice",
		`{"messages":[{"role":"user","content":"x"}],"stop":[1]}`:                                       "stop[0]",
		`{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema"}}`:         "response_format.json_schema",
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"data:image/png"}]}]}`:  "messages[0].content[0]",
		`{"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf"}}]}]}`:        "messages[0].content[0].file",
		`{"messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled","budget_tokens":{}}}`: "thinking.budget_tokens",
	} {
		_, err := codec.DecodeRequest(llm.Chat, []byte(text))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.KindInvalid || e.Status != 400 || e.Param != param || e.Message == "" {
			t.Errorf("%s: %#v", text, err)
		}
	}
}

func TestWhatTheDialectCannotSayIsRefused(t *testing.T) {
	for name, r := range map[string]*llm.Request{
		"file id":        {Messages: []llm.Message{user(&llm.Media{Kind: llm.Document, FileID: "file_1"})}},
		"image id":       {Messages: []llm.Message{user(&llm.Media{Kind: llm.Image, FileID: "file_1"})}},
		"document's URL": {Messages: []llm.Message{user(&llm.Media{Kind: llm.Document, URL: "https://example.com/a.pdf"})}},
		"audio's URL":    {Messages: []llm.Message{user(&llm.Media{Kind: llm.Audio, URL: "https://example.com/a.wav"})}},
		"server tool": {
			Messages: []llm.Message{user(text("x"))}, Tools: []llm.Tool{{Kind: llm.ToolServer, Name: "web_search"}, {Kind: llm.ToolFunction, Name: "f"}},
			ToolChoice: &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"web_search"}},
		},
		"suffix": {Suffix: "b", Messages: []llm.Message{user(text("a")), user(text("x"))}},
	} {
		r.Dialect = llm.Anthropic
		_, _, err := codec.EncodeRequest(r)
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.KindInvalid || e.Status != 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ollama's clients fill in the middle with a suffix; the chat has no word for
// it, but completions have.
func TestSuffixGoesToCompletions(t *testing.T) {
	r := &llm.Request{Dialect: llm.Ollama, Model: "codestral", Suffix: "b", Messages: []llm.Message{user(text("a"))}}
	if path, _ := codec.Path(r); path != "/completions" {
		t.Error(path)
	}
	v, _ := sent(t, r)
	expect(t, v, map[string]string{"prompt": `"a"`, "suffix": `"b"`, "messages": ""})
}

func TestAllowedToolsOfOtherDialects(t *testing.T) {
	v, _ := sent(t, &llm.Request{
		Dialect: llm.Gemini, Model: "m", Tools: []llm.Tool{{Kind: llm.ToolFunction, Name: "a"}, {Kind: llm.ToolFunction, Name: "b"}},
		ToolChoice: &llm.ToolChoice{Mode: llm.ChooseRequired, Names: []string{"b"}},
	})
	expect(t, v, map[string]string{"tools.#": "1", "tools.0.function.name": `"b"`, "tool_choice": `"required"`})
}

// encoded is a stream as it goes over the wire.
func encoded(t *testing.T, op llm.Operation, s llm.Stream, asked *llm.Request) []byte {
	t.Helper()
	var out bytes.Buffer
	for frame, err := range codec.EncodeStream(op, s, asked) {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(frame, []byte("\n\n")) || bytes.Count(frame, []byte("\n\n")) != 1 {
			t.Errorf("not one frame: %q", frame)
		}
		out.Write(frame)
	}
	return out.Bytes()
}

// chunks is the data of a stream's events.
func chunks(wire []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, frame := range bytes.Split(wire, []byte("\n\n")) {
			if data, ok := bytes.CutPrefix(frame, []byte("data: ")); ok && !yield(data, nil) {
				return
			}
		}
	}
}

// Collect(stream) equals the response: a whole answer, sent as a stream, is the
// same answer.
func TestStreamedAnswersAreTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/response/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".again.json") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := codec.DecodeResponse(body)
			if err != nil {
				t.Fatal(err)
			}
			op := llm.Operation(filepath.Base(filepath.Dir(file)))
			checkGrammar(t, want.Events())
			got, err := llm.Collect(codec.DecodeStream(chunks(encoded(t, op, want.Events(), &llm.Request{StreamUsage: true}))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// checkGrammar holds a stream to the rules of llm.Stream.
func checkGrammar(t *testing.T, s llm.Stream) {
	t.Helper()
	if err := grammar(s); err != nil {
		t.Error(err)
	}
}

func grammar(s llm.Stream) error {
	started, failed := 0, false
	open, next, ended := map[[2]int]llm.Part{}, map[int]int{}, map[int]bool{}
	for event, err := range s {
		if failed {
			return errors.New("an error was not the last thing")
		}
		if failed = err != nil; failed {
			continue
		}
		if _, ok := event.(llm.Start); ok {
			started++
		}
		if started != 1 {
			return fmt.Errorf("%d starts before %#v", started, event)
		}
		var choice, index int
		switch e := event.(type) {
		case llm.PartStart:
			if e.Index != next[e.Choice] || ended[e.Choice] {
				return fmt.Errorf("out of order: %#v", e)
			}
			next[e.Choice]++
			open[[2]int{e.Choice, e.Index}] = e.Part
			continue
		case llm.PartDelta:
			choice, index = e.Choice, e.Index
		case llm.PartCitation:
			choice, index = e.Choice, e.Index
		case llm.PartSeal:
			choice, index = e.Choice, e.Index
		case llm.PartEnd:
			choice, index = e.Choice, e.Index
		case llm.Finish:
			for key := range open {
				if key[0] == e.Choice {
					return fmt.Errorf("%v is open at %#v", key, e)
				}
			}
			if ended[e.Choice] {
				return fmt.Errorf("twice: %#v", e)
			}
			ended[e.Choice] = true
			continue
		default:
			continue
		}
		if open[[2]int{choice, index}] == nil {
			return fmt.Errorf("not open: %#v", event)
		}
		if _, ok := event.(llm.PartEnd); ok {
			delete(open, [2]int{choice, index})
		}
	}
	if !failed {
		for choice := range next {
			if !ended[choice] {
				return fmt.Errorf("choice %d never ended", choice)
			}
		}
	}
	return nil
}

// A null index is none: several calls that go on in one event are told apart by
// their place.
func TestCallsWithoutAnIndex(t *testing.T) {
	for _, index := range []string{``, `"index":null,`} {
		wire := "data: " + strings.ReplaceAll(strings.Join([]string{
			`{"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{INDEX"id":"c1","function":{"name":"f","arguments":""}},{INDEX"id":"c2","function":{"name":"g","arguments":""}}]}}]}`,
			`{"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{INDEX"id":"","function":{"name":"","arguments":"{\"x\":"}},{INDEX"function":{"arguments":"{\"y\":"}}]}}]}`,
			`{"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{INDEX"id":null,"function":{"name":null,"arguments":"1}"}},{INDEX"function":{"arguments":"2}"}}]},"finish_reason":"tool_calls"}]}`,
			`[DONE]`,
		}, "\n\ndata: "), "INDEX", index)
		got, err := llm.Collect(codec.DecodeStream(chunks([]byte(wire))))
		if err != nil {
			t.Fatal(err)
		}
		want := []llm.Part{&llm.ToolCall{ID: "c1", Name: "f", Arguments: `{"x":1}`}, &llm.ToolCall{ID: "c2", Name: "g", Arguments: `{"y":2}`}}
		if diff := cmp.Diff(want, got.Choices[0].Parts); diff != "" {
			t.Errorf("index %q: %s", index, diff)
		}
	}
}

// A name may come in pieces, as any text may. What has an index or an id of its
// own is another call.
func TestNamesInPieces(t *testing.T) {
	whole := []llm.Part{&llm.ToolCall{ID: "c1", Name: "get_weather", Arguments: `{"x":1}`}}
	call := func(entry string) string {
		return `{"id":"a","choices":[{"index":0,"delta":{"tool_calls":[` + entry + `]}}]}`
	}
	const end = `{"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`
	for name, tt := range map[string]struct {
		entries []string
		want    []llm.Part
	}{
		"without the id": {[]string{
			`{"index":0,"id":"c1","type":"function","function":{"name":"get_","arguments":""}}`, `{"index":0,"function":{"name":"weather"}}`,
			`{"index":0,"function":{"arguments":"{\"x\":1}"}}`,
		}, whole},
		"with the arguments": {[]string{`{"index":0,"id":"c1","function":{"name":"get_"}}`, `{"index":0,"function":{"name":"weather","arguments":"{\"x\":1}"}}`}, whole},
		"without an index":   {[]string{`{"id":"c1","function":{"name":"get_"}}`, `{"function":{"name":"weather","arguments":"{\"x\":1}"}}`}, whole},
		"with the id":        {[]string{`{"index":0,"id":"c1","function":{"name":"get_"}}`, `{"index":0,"id":"c1","function":{"name":"weather","arguments":"{\"x\":1}"}}`}, whole},
		"as far as it is":    {[]string{`{"index":0,"id":"c1","function":{"name":"get_"}}`, `{"index":0,"id":"c1","function":{"name":"get_weather","arguments":"{\"x\":1}"}}`}, whole},
		"said again":         {[]string{`{"index":0,"id":"c1","function":{"name":"get_weather","arguments":"{\"x\""}}`, `{"index":0,"function":{"name":"get_weather","arguments":":1}"}}`}, whole},
		"another index": {[]string{`{"index":0,"id":"c1","function":{"name":"f"}}`, `{"index":1,"function":{"name":"g","arguments":"{}"}}`}, []llm.Part{
			&llm.ToolCall{ID: "c1", Name: "f", Arguments: "{}"}, &llm.ToolCall{ID: "call_64992eb62b2101de4c4b69b7", Name: "g", Arguments: "{}"},
		}},
		"another id": {[]string{`{"index":0,"id":"c1","function":{"name":"f"}}`, `{"index":0,"id":"c2","function":{"name":"g","arguments":"{}"}}`}, []llm.Part{
			&llm.ToolCall{ID: "c1", Name: "f", Arguments: "{}"}, &llm.ToolCall{ID: "c2", Name: "g", Arguments: "{}"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			wire := ""
			for _, entry := range tt.entries {
				wire += "data: " + call(entry) + "\n\n"
			}
			wire += "data: " + end + "\n\ndata: [DONE]"
			if err := grammar(codec.DecodeStream(chunks([]byte(wire)))); err != nil {
				t.Error(err)
			}
			got, err := llm.Collect(codec.DecodeStream(chunks([]byte(wire))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Choices[0].Parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStreamsKeepTheGrammar(t *testing.T) {
	files, err := filepath.Glob("testdata/stream/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	for _, file := range files {
		wire, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := grammar(codec.DecodeStream(chunks(wire))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// What breaks after the last choice has its reason does not matter any more.
func TestBrokenSources(t *testing.T) {
	broken := errors.New("connection reset")
	source := func(frames ...string) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for _, f := range frames {
				if !yield([]byte(f), nil) {
					return
				}
			}
			yield(nil, broken)
		}
	}
	const piece, end = `{"id":"x","choices":[{"delta":{"content":"a"}}]}`, `{"id":"x","choices":[{"delta":{},"finish_reason":"stop"}]}`
	if _, err := llm.Collect(codec.DecodeStream(source(piece))); !errors.Is(err, broken) {
		t.Error(err)
	}
	if r, err := llm.Collect(codec.DecodeStream(source(piece, end))); err != nil || len(r.Choices) != 1 {
		t.Error(r, err)
	}
	var last []byte
	for frame, err := range codec.EncodeStream(llm.Chat, codec.DecodeStream(source(piece)), nil) {
		if last = bytes.Clone(frame); err != nil && !errors.Is(err, broken) {
			t.Error(err)
		}
	}
	if !bytes.HasPrefix(last, []byte(`data: {"error":`)) {
		t.Errorf("%s", last)
	}
}

// A client that goes away ends the stream without a word.
func TestStreamsCanBeLeft(t *testing.T) {
	answer := &llm.Response{ID: "x", Created: time.Unix(1, 0), Choices: []llm.Choice{{Parts: []llm.Part{text("a"), &llm.ToolCall{ID: "c", Name: "f"}}, Reason: llm.StopEnd}}}
	wire := encoded(t, llm.Chat, answer.Events(), nil)
	for stop := range 6 {
		n := 0
		for _, err := range codec.DecodeStream(chunks(wire)) {
			if n++; n > stop || err != nil {
				break
			}
		}
		n = 0
		for _, err := range codec.EncodeStream(llm.Chat, answer.Events(), nil) {
			if n++; n > stop || err != nil {
				break
			}
		}
	}
}

func BenchmarkTranslateStream(b *testing.B) {
	const pieces = 1000
	piece := []byte(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}`)
	end := []byte(`{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
	source := func(yield func([]byte, error) bool) {
		for range pieces {
			if !yield(piece, nil) {
				return
			}
		}
		yield(end, nil)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range codec.EncodeStream(llm.Chat, codec.DecodeStream(source), nil) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pieces, "ns/chunk")
}
