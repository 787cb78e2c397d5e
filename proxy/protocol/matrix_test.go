package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
)

// The matrix: every client dialect against every provider dialect. What a
// request or an answer says must arrive, whatever it went through; what a
// dialect cannot say must be named.

// essence is what a request or an answer says, line by line, without what
// dialects are free to say differently.
type essence []string

func (e *essence) add(format string, args ...any) { *e = append(*e, fmt.Sprintf(format, args...)) }

// without leaves out the lines about what was dropped.
func (e essence) without(topics ...string) essence {
	return slices.DeleteFunc(slices.Clone(e), func(line string) bool {
		topic, _, _ := strings.Cut(line, ":")
		return slices.Contains(topics, topic)
	})
}

func requestEssence(r *llm.Request) essence {
	var e essence
	for _, m := range r.Messages {
		role := m.Role
		switch role {
		case llm.RoleDeveloper:
			role = llm.RoleSystem
		case llm.RoleTool:
			role = llm.RoleUser // some dialects have no role of its own for results
		}
		for _, p := range m.Parts {
			e.part(string(role), p)
		}
	}
	for _, t := range r.Tools {
		e.add("tool: %s %s %s", t.Name, t.Description, compact(t.Schema))
	}
	if c := r.ToolChoice; c != nil {
		e.add("tool_choice: %s %v", c.Mode, c.Names)
	}
	if r.ParallelTools != nil {
		e.add("parallel_tool_calls: %v", *r.ParallelTools)
	}
	number := func(name string, v *float64) {
		if v != nil {
			e.add("%s: %v", name, *v)
		}
	}
	whole := func(name string, v *int64) {
		if v != nil {
			e.add("%s: %v", name, *v)
		}
	}
	whole("max_tokens", r.MaxTokens)
	number("temperature", r.Temperature)
	number("top_p", r.TopP)
	whole("top_k", r.TopK)
	whole("seed", r.Seed)
	number("presence_penalty", r.PresencePenalty)
	number("frequency_penalty", r.FrequencyPenalty)
	if len(r.Stop) > 0 {
		e.add("stop: %q", r.Stop)
	}
	if f := r.Format; f != nil && f.Kind != llm.FormatText {
		e.add("response_format: %s %s", f.Kind, compact(f.Schema))
	}
	if r.Thinking != nil {
		e.add("reasoning: %v", r.Thinking.Tokens())
	}
	if r.N > 1 {
		e.add("n: %d", r.N)
	}
	return e
}

func (e *essence) part(role string, p llm.Part) {
	switch p := p.(type) {
	case *llm.Text:
		if p.Text != "" {
			e.add("%s: text %s", role, p.Text)
		}
	case *llm.Media:
		e.add("%s: %s %s %s %s", role, p.Kind, p.MIME, p.Data, p.URL)
	case *llm.ToolCall:
		e.add("%s: call %s %s %s", role, p.ID, p.Name, compact(json.RawMessage(p.Arguments)))
	case *llm.ToolResult:
		e.add("%s: result %s", role, p.CallID)
		for _, q := range p.Parts {
			e.part(role, q)
		}
	case *llm.Refusal:
		e.add("%s: text %s", role, p.Text) // not every dialect tells a refusal from other words
	case *llm.Reasoning:
		e.add("reasoning_text: %s", p.Text)
	}
}

func compact(raw json.RawMessage) string {
	var v any
	if len(raw) == 0 {
		return "{}" // a call without arguments
	}
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	out, err := json.Marshal(v) // sorts
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func answerEssence(r *llm.Response) essence {
	var e essence
	for i := range r.Choices {
		c := &r.Choices[i]
		for _, p := range c.Parts {
			e.part(fmt.Sprintf("choice %d", i), p)
			if t, ok := p.(*llm.Text); ok {
				for _, cite := range t.Citations {
					e.add("citation: %s", cite.URL)
				}
			}
		}
		reason := c.Reason
		if reason == llm.StopFilter {
			reason = llm.StopRefusal // not every dialect tells who refused
		}
		e.add("stop: %s", reason)
	}
	e.add("usage: %d", r.Usage.Prompt())
	e.add("cache_read: %d", r.Usage.CacheRead)
	e.add("cache_write: %d", r.Usage.CacheWrite)
	e.add("output: %d", r.Usage.Output)
	e.add("reasoning_tokens: %d", r.Usage.Reasoning)
	return e
}

func ptr[T any](v T) *T { return &v }

func say(role llm.Role, text string) llm.Message {
	return llm.Message{Role: role, Parts: []llm.Part{&llm.Text{Text: text}}}
}

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func matrixRequests() map[string]*llm.Request {
	weather := llm.Tool{
		Kind: llm.ToolFunction, Name: "weather", Description: "Tells the weather",
		Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`),
	}
	call := func(id, city string) llm.Part {
		return &llm.ToolCall{ID: id, Name: "weather", Arguments: `{"city":"` + city + `"}`}
	}
	result := func(id string, parts ...llm.Part) llm.Part {
		return &llm.ToolResult{CallID: id, Name: "weather", Parts: parts}
	}
	return map[string]*llm.Request{
		"plain text": {Messages: []llm.Message{say(llm.RoleUser, "hello")}},
		"system":     {Messages: []llm.Message{say(llm.RoleSystem, "be brief"), say(llm.RoleUser, "hello"), say(llm.RoleAssistant, "hi"), say(llm.RoleUser, "bye")}},
		"unicode":    {Messages: []llm.Message{say(llm.RoleUser, "日本語 🎉 <b>&\u2028 \"quoted\" \\ ß")}},
		"image": {Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{
			&llm.Text{Text: "what is this"}, &llm.Media{Kind: llm.Image, MIME: "image/png", Data: pixel},
		}}}},
		"sampling": {
			Messages: []llm.Message{say(llm.RoleUser, "hello")}, MaxTokens: ptr[int64](100), Temperature: ptr(0.5), TopP: ptr(0.9),
			TopK: ptr[int64](40), Seed: ptr[int64](7), Stop: []string{"END"}, PresencePenalty: ptr(0.1), FrequencyPenalty: ptr(0.2),
		},
		"parallel tools": {
			Messages: []llm.Message{
				say(llm.RoleUser, "the weather in Paris and Rome"),
				{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Text{Text: "let me see"}, call("call_1", "Paris"), call("call_2", "Rome")}},
				{Role: llm.RoleTool, Parts: []llm.Part{result("call_1", &llm.Text{Text: "sunny"}), result("call_2", &llm.Text{Text: "rain"})}},
			},
			Tools: []llm.Tool{weather}, ToolChoice: &llm.ToolChoice{Mode: llm.ChooseAuto}, ParallelTools: ptr(true),
		},
		"tool choice required": {Messages: []llm.Message{say(llm.RoleUser, "go")}, Tools: []llm.Tool{weather}, ToolChoice: &llm.ToolChoice{Mode: llm.ChooseRequired}},
		"tool choice none":     {Messages: []llm.Message{say(llm.RoleUser, "go")}, Tools: []llm.Tool{weather}, ToolChoice: &llm.ToolChoice{Mode: llm.ChooseNone}},
		"tool choice named":    {Messages: []llm.Message{say(llm.RoleUser, "go")}, Tools: []llm.Tool{weather}, ToolChoice: &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"weather"}}},
		"structured output": {
			Messages: []llm.Message{say(llm.RoleUser, "go")},
			Format: &llm.Format{Kind: llm.FormatSchema, Name: "answer", Schema: json.RawMessage(
				`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`), Strict: ptr(true)},
		},
		"reasoning": {Messages: []llm.Message{say(llm.RoleUser, "think")}, Thinking: &llm.Thinking{Effort: llm.EffortHigh}, MaxTokens: ptr[int64](64000)},
		"n=2":       {Messages: []llm.Message{say(llm.RoleUser, "hello")}, N: 2},
		"empty content": {Messages: []llm.Message{
			say(llm.RoleSystem, ""),
			{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{}, &llm.Text{Text: "hello"}}},
			say(llm.RoleAssistant, ""),
			{Role: llm.RoleAssistant},
			{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Text{Text: "hi"}, &llm.Text{}}},
			say(llm.RoleUser, "go"),
		}},
		"refusal": {Messages: []llm.Message{
			say(llm.RoleUser, "hello"), {Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Refusal{Text: "no"}}}, say(llm.RoleUser, "go"),
		}},
		"empty tool result": {
			Messages: []llm.Message{
				say(llm.RoleUser, "go"),
				{Role: llm.RoleAssistant, Parts: []llm.Part{call("call_1", "Paris")}},
				{Role: llm.RoleTool, Parts: []llm.Part{result("call_1")}},
			},
			Tools: []llm.Tool{weather},
		},
	}
}

func TestMatrixOfRequests(t *testing.T) {
	for name, want := range matrixRequests() {
		for _, client := range llm.Dialects() {
			text, unsaid, err := protocol.For(client).EncodeRequest(want)
			if refused(err) {
				continue // no client of that dialect can ask for it
			}
			if err != nil {
				t.Errorf("%s as a client of %s: %v", name, client, err)
				continue
			}
			asked, err := protocol.For(client).DecodeRequest(home(client), text)
			if err != nil {
				t.Errorf("%s as a client of %s: %v\n%s", name, client, err, text)
				continue
			}
			for _, provider := range llm.Dialects() {
				t.Run(fmt.Sprintf("%s/%s to %s", name, client, provider), func(t *testing.T) {
					checkRequest(t, want, asked, provider, unsaid)
				})
			}
		}
	}
}

func refused(err error) bool {
	var e *llm.Error
	return errors.As(err, &e) && e.Kind == llm.KindInvalid
}

func checkRequest(t *testing.T, want, asked *llm.Request, provider llm.Dialect, unsaid []string) {
	t.Helper()
	text, dropped, err := protocol.For(provider).EncodeRequest(asked)
	if refused(err) && want.N > 1 {
		return // one answer is not what was asked for
	}
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Fatalf("not JSON: %s", text)
	}
	got, err := protocol.For(provider).DecodeRequest(home(provider), text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	topics := slices.Concat(dropped, unsaid)
	if len(want.Tools) == 0 || want.ToolChoice == nil || want.ToolChoice.Mode == llm.ChooseAuto {
		topics = append(topics, "tool_choice", "parallel_tool_calls") // which is the default anyway
	}
	if want.ToolChoice != nil && want.ToolChoice.Mode == llm.ChooseNone && (asked.Dialect == llm.Ollama || provider == llm.Ollama) {
		topics = append(topics, "tool", "tool_choice") // tools that may not be used are not offered
	}
	if want.MaxTokens == nil {
		topics = append(topics, "max_tokens") // which Anthropic must be told
	}
	wanted, have := requestEssence(want).without(topics...), requestEssence(got).without(topics...)
	if diff := cmp.Diff(wanted, have); diff != "" {
		t.Errorf("dropped %v, unsaid %v (-want +got):\n%s\n%s", dropped, unsaid, diff, text)
	}
}

func matrixAnswers() map[string]*llm.Response {
	answer := func(reason llm.StopReason, parts ...llm.Part) *llm.Response {
		return &llm.Response{
			ID: "id-1", Model: "m", Created: time.Unix(1700000000, 0),
			Choices: []llm.Choice{{Parts: parts, Reason: reason}}, Usage: llm.Usage{Input: 10, Output: 5},
		}
	}
	cached := answer(llm.StopEnd, &llm.Text{Text: "hello"})
	cached.Usage = llm.Usage{Input: 10, CacheRead: 100, CacheWrite: 20, Output: 50, Reasoning: 30}
	return map[string]*llm.Response{
		"plain text": answer(llm.StopEnd, &llm.Text{Text: "hello"}),
		"unicode":    answer(llm.StopEnd, &llm.Text{Text: "日本語 🎉 <b>&\u2028 \"quoted\" \\ ß\n\n"}),
		"empty":      answer(llm.StopEnd),
		"length":     answer(llm.StopLength, &llm.Text{Text: "hel"}),
		"filter":     answer(llm.StopFilter, &llm.Text{Text: "hel"}),
		"tools": answer(llm.StopTools, &llm.Text{Text: "let me see"},
			&llm.ToolCall{ID: "call_1", Name: "weather", Arguments: `{"city":"Paris","n":12345678901234567}`},
			&llm.ToolCall{ID: "call_2", Name: "weather", Arguments: `{"city":"Rome"}`}),
		"tool without arguments": answer(llm.StopTools, &llm.ToolCall{ID: "call_1", Name: "now", Arguments: `{}`}),
		"reasoning":              answer(llm.StopEnd, &llm.Reasoning{Text: "hm"}, &llm.Text{Text: "hello"}),
		"refusal":                answer(llm.StopRefusal, &llm.Refusal{Text: "no"}),
		"caches":                 cached,
		"n=2": {
			ID: "id-1", Model: "m", Created: time.Unix(1700000000, 0), Usage: llm.Usage{Input: 10, Output: 5},
			Choices: []llm.Choice{
				{Parts: []llm.Part{&llm.Text{Text: "one"}}, Reason: llm.StopEnd},
				{Parts: []llm.Part{&llm.Text{Text: "two"}}, Reason: llm.StopLength},
			},
		},
	}
}

// lost lists what an answer's way through a dialect cannot keep; docs/dialects.md
// says why.
func lost(name string, through ...llm.Dialect) []string {
	var out []string
	if name == "refusal" {
		out = append(out, "stop") // some dialects end a refusal like any answer
	}
	for _, d := range through {
		if d != llm.Anthropic {
			out = append(out, "cache_write") // only Anthropic counts them apart
		}
		switch {
		case d == llm.Ollama:
			out = append(out, "cache_read", "reasoning_tokens")
			if name == "filter" {
				out = append(out, "stop")
			}
		case d == llm.Anthropic:
			out = append(out, "reasoning_tokens")
		}
	}
	return out
}

func TestMatrixOfAnswers(t *testing.T) {
	asked := &llm.Request{Model: "m", Stream: true, StreamUsage: true}
	for name, want := range matrixAnswers() {
		for _, provider := range llm.Dialects() {
			for _, client := range llm.Dialects() {
				if len(want.Choices) > 1 && !(several(provider) && several(client)) {
					continue // nobody can have asked for it
				}
				topics := lost(name, provider, client)
				t.Run(fmt.Sprintf("%s/%s to %s/whole", name, provider, client), func(t *testing.T) {
					checkAnswer(t, want, topics, through(t, client, through(t, provider, want, asked), asked))
				})
				t.Run(fmt.Sprintf("%s/%s to %s/stream", name, provider, client), func(t *testing.T) {
					checkAnswer(t, want, topics, streamed(t, client, streamed(t, provider, want, asked), asked))
				})
			}
		}
	}
}

// several reports whether a dialect can ask for more than one answer.
func several(d llm.Dialect) bool { return d == llm.OpenAI || d == llm.Gemini }

// A provider's error reaches every client in the client's own shape: whole,
// and in the midst of a stream.
func TestMatrixOfErrors(t *testing.T) {
	const words = "the words of the provider"
	for _, status := range []int{400, 401, 403, 404, 429, 500, 503} {
		for _, provider := range llm.Dialects() {
			told := protocol.For(provider).EncodeError(&llm.Error{
				Kind: llm.KindOf(status), Status: status, Message: words, Source: llm.FromUpstream,
			}, "id")
			e := protocol.For(provider).DecodeError(status, told)
			if e.Kind != llm.KindOf(status) || e.Status != status || e.Message != words || e.Source != llm.FromUpstream {
				t.Errorf("%d from %s was read as %+v", status, provider, e)
			}
			for _, client := range llm.Dialects() {
				t.Run(fmt.Sprintf("%d/%s to %s", status, provider, client), func(t *testing.T) {
					checkError(t, client, e)
				})
			}
		}
	}
}

func checkError(t *testing.T, client llm.Dialect, e *llm.Error) {
	t.Helper()
	codec := protocol.For(client)
	whole := codec.EncodeError(e, "id")
	if back := codec.DecodeError(e.Status, whole); back.Kind != e.Kind || back.Message != e.Message || !strings.Contains(string(whole), "upstream") {
		t.Errorf("the client was told %s", whole)
	}
	broken := func(yield func(llm.Event, error) bool) {
		if yield(llm.Start{ID: "id-1", Model: "m"}, nil) && yield(llm.PartStart{Part: &llm.Text{}}, nil) && yield(llm.PartDelta{Text: "hel"}, nil) {
			yield(nil, e)
		}
	}
	var wire bytes.Buffer
	var last error
	for frame, err := range codec.EncodeStream(home(client), broken, &llm.Request{Model: "m", Stream: true}) {
		wire.Write(frame)
		last = err
	}
	if !errors.Is(last, e) || !strings.Contains(wire.String(), e.Message) {
		t.Errorf("the stream ended with %v: %s", last, wire.String())
	}
	if _, err := llm.Collect(codec.DecodeStream(data(client, wire.Bytes()))); err == nil || !strings.Contains(err.Error(), e.Message) {
		t.Errorf("its reader took it for %v: %s", err, wire.String())
	}
}

func checkAnswer(t *testing.T, want *llm.Response, topics []string, got *llm.Response) {
	t.Helper()
	if diff := cmp.Diff(answerEssence(want).without(topics...), answerEssence(got).without(topics...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// through sends a whole answer over the wire in a dialect.
func through(t *testing.T, d llm.Dialect, r *llm.Response, asked *llm.Request) *llm.Response {
	t.Helper()
	text, err := protocol.For(d).EncodeResponse(home(d), r, asked)
	if err != nil {
		t.Fatal(err)
	}
	out, err := protocol.For(d).DecodeResponse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// streamed sends it as a stream.
func streamed(t *testing.T, d llm.Dialect, r *llm.Response, asked *llm.Request) *llm.Response {
	t.Helper()
	var wire bytes.Buffer
	for frame, err := range protocol.For(d).EncodeStream(home(d), r.Events(), asked) {
		if err != nil {
			t.Fatal(err)
		}
		wire.Write(frame)
	}
	out, err := llm.Collect(protocol.For(d).DecodeStream(data(d, wire.Bytes())))
	if err != nil {
		t.Fatalf("%v\n%s", err, wire.String())
	}
	return out
}
