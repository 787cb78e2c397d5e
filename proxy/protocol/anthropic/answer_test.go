package anthropic_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
)

// foreign is an answer as other providers give them.
func foreign() *llm.Response {
	return &llm.Response{
		ID: "resp_1", Model: "gpt-5", ServiceTier: "flex",
		Choices: []llm.Choice{
			{
				Reason: llm.StopEnd,
				Parts: []llm.Part{
					&llm.Reasoning{Text: "A summary", Summary: true, Seal: llm.Seal{Origin: llm.Responses, Value: "enc=="}},
					&llm.Reasoning{Redacted: true, Seal: llm.Seal{Origin: llm.Responses, Value: "enc2=="}},
					&llm.Reasoning{},
					&llm.ServerCall{ID: "ws_1", Name: "web_search", Input: `{"query":"x"}`, Dialect: llm.Responses, Raw: json.RawMessage(`{"id":"ws_1"}`)},
					&llm.ServerResult{CallID: "ws_1", Name: "web_search", Sources: []llm.Citation{{URL: "https://a.example", Title: "A"}}, Dialect: llm.Responses},
					&llm.ServerCall{Name: "image_generation", Dialect: llm.Responses},
					&llm.Text{Text: "Found <it> & \"more\".", Citations: []llm.Citation{{URL: "https://a.example", Title: "A", Start: 0, End: 5, Raw: json.RawMessage(`{}`), Dialect: llm.Responses}, {FileID: "file-1"}}},
					&llm.Text{},
					&llm.ToolCall{ID: "call_1", Name: "f", Arguments: `{"a": 1}`, Seal: llm.Seal{Origin: llm.Gemini, Value: "c2ln"}},
					&llm.ToolCall{Name: "g"},
					&llm.ToolCall{ID: "call_3", Name: "patch", Arguments: "*** Begin", Custom: true},
				},
			},
			{Reason: llm.StopEnd, Parts: []llm.Part{&llm.Text{Text: "the second choice"}}},
		},
		Usage: llm.Usage{Input: 10, CacheRead: 5, CacheWrite: 7, CacheWrite1h: 3, Output: 20, Reasoning: 8},
	}
}

const foreignContent = `[{"type":"thinking","thinking":"A summary","signature":"yallmp-responses:enc=="},` +
	`{"type":"redacted_thinking","data":"yallmp-responses:enc2=="},` +
	`{"type":"server_tool_use","id":"yallmp-responses:ws_1","name":"web_search","input":{"query":"x"}},` +
	`{"type":"web_search_tool_result","tool_use_id":"yallmp-responses:ws_1","content":[{"type":"web_search_result","url":"https://a.example","title":"A","encrypted_content":"yallmp-responses:","page_age":null}]},` +
	`{"type":"text","text":"Found <it> & \"more\".","citations":[{"type":"web_search_result_location","cited_text":"","url":"https://a.example","title":"A","encrypted_index":"yallmp-responses:"}]},` +
	`{"type":"tool_use","id":"call_1","name":"f","input":{"a": 1}},` +
	`{"type":"redacted_thinking","data":"yallmp-part-gemini:c2ln"},` +
	`{"type":"tool_use","id":"toolu_msg_resp_1_2","name":"g","input":{}},` +
	`{"type":"tool_use","id":"call_3","name":"patch","input":{"input":"*** Begin"}}]`

func TestForeignResponse(t *testing.T) {
	text, err := codec.EncodeResponse(llm.Messages, foreign(), &llm.Request{Model: "asked"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"msg_resp_1","type":"message","role":"assistant","model":"gpt-5","content":` + foreignContent + `,"stop_reason":"tool_use","stop_sequence":null,` +
		`"usage":{"input_tokens":10,"cache_creation_input_tokens":7,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3},` +
		`"output_tokens":20,"output_tokens_details":{"thinking_tokens":8},"server_tool_use":{"web_search_requests":1,"web_fetch_requests":0},"service_tier":"standard"}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func data(frames iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for frame, err := range frames {
			for r := sse.NewReader(bytes.NewReader(frame), nil); ; {
				f, end := r.Next()
				if end != nil {
					break
				}
				if !yield(f.Data(), nil) {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
}

// message puts a stream together as the official SDKs do.
func message(t *testing.T, events iter.Seq2[[]byte, error]) string {
	t.Helper()
	text, blocks := "", -1
	var err error
	set := func(path, raw string) {
		if err == nil {
			text, err = sjson.SetRaw(text, path, raw)
		}
	}
	for event, failure := range events {
		if failure != nil {
			t.Fatal(failure)
		}
		v := gjson.ParseBytes(event)
		block := "content." + v.Get("index").String()
		delta := v.Get("delta")
		switch v.Get("type").Str {
		case "message_start":
			text = v.Get("message").Raw
		case "content_block_start":
			if blocks++; v.Get("index").Int() != int64(blocks) {
				t.Errorf("block %d begins out of order: %s", blocks, event)
			}
			set(block, v.Get("content_block").Raw)
		case "content_block_delta":
			switch delta.Get("type").Str {
			case "citations_delta":
				set(block+".citations.-1", delta.Get("citation").Raw)
			case "input_json_delta":
				input := strings.TrimPrefix(gjson.Get(text, block+".input").Raw, "{}") + delta.Get("partial_json").Str
				set(block+".input", input)
			default:
				field := strings.TrimSuffix(delta.Get("type").Str, "_delta")
				whole, _ := json.Marshal(gjson.Get(text, block+"."+field).Str + delta.Get(field).Str)
				set(block+"."+field, string(whole))
			}
		case "content_block_stop":
			if v.Get("index").Int() != int64(blocks) {
				t.Errorf("block %d ends out of order: %s", blocks, event)
			}
		case "message_delta":
			for _, field := range []string{"stop_reason", "stop_sequence"} {
				set(field, delta.Get(field).Raw)
			}
			set("usage", v.Get("usage").Raw)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A client puts a stream together to the same message as the whole one.
func TestForeignStream(t *testing.T) {
	whole, _ := codec.EncodeResponse(llm.Messages, foreign(), nil)
	streamed := message(t, data(codec.EncodeStream(llm.Messages, foreign().Events(), &llm.Request{Model: "asked"})))
	if diff := cmp.Diff(plain(t, string(whole)), plain(t, streamed)); diff != "" {
		t.Error(diff)
	}
}

// plain is a message without the tier, which only message_start tells.
func plain(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if usage, ok := v["usage"].(map[string]any); ok {
		delete(usage, "service_tier")
	}
	return v
}

// A stream and a whole answer of ours are read alike.
func TestStreamIsResponse(t *testing.T) {
	text, _ := codec.EncodeResponse(llm.Messages, foreign(), nil)
	whole, err := codec.DecodeResponse(text)
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := llm.Collect(codec.DecodeStream(data(codec.EncodeStream(llm.Messages, foreign().Events(), nil))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, streamed, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// Parts that overlap follow each other, usage that comes last is not lost, and
// a refusal is told as one.
func TestStreamOrder(t *testing.T) {
	events := func(yield func(llm.Event, error) bool) {
		for _, e := range []llm.Event{
			llm.Start{ID: "x"},
			llm.Ping{},
			llm.PartStart{Index: 0, Part: &llm.ToolCall{ID: "a", Name: "f"}},
			llm.PartStart{Index: 1, Part: &llm.ToolCall{ID: "b", Name: "g"}},
			llm.PartDelta{Index: 1, Text: `{"y":2}`},
			llm.PartDelta{Index: 0, Text: `{"x":1}`},
			llm.PartEnd{Index: 0},
			llm.PartStart{Index: 2, Part: &llm.Refusal{}},
			llm.PartEnd{Index: 1},
			llm.PartDelta{Index: 2, Text: "No."},
			llm.PartEnd{Index: 2},
			llm.Finish{Reason: llm.StopEnd},
			llm.Spent{Usage: llm.Usage{Input: 1, Output: 2}},
		} {
			if !yield(e, nil) {
				return
			}
		}
	}
	var got strings.Builder
	for frame, err := range codec.EncodeStream(llm.Messages, events, &llm.Request{Model: "asked"}) {
		if err != nil {
			t.Fatal(err)
		}
		got.Write(frame)
	}
	zeros := `"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},`
	want := `event: message_start
data: {"type":"message_start","message":{"id":"msg_x","type":"message","role":"assistant","model":"asked","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,` + zeros + `"output_tokens":0}}}

event: ping
data: {"type": "ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"y\":2}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null,"stop_details":{"type":"refusal","category":null,"explanation":"No."}},"usage":{"input_tokens":1,` + zeros + `"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestStreamError(t *testing.T) {
	failure := &llm.Error{Kind: llm.KindOverloaded, Message: "busy <now>", Source: llm.FromUpstream}
	events := func(yield func(llm.Event, error) bool) {
		_ = yield(llm.Start{ID: "x"}, nil) && yield(nil, failure)
	}
	var frames []string
	var last error
	for frame, err := range codec.EncodeStream(llm.Messages, events, nil) {
		frames, last = append(frames, string(frame)), err
	}
	if len(frames) != 1 || !errors.Is(last, failure) || frames[0] != "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy <now>\",\"source\":\"upstream\"}}\n\n" {
		t.Errorf("%q, %v", frames, last)
	}
}

func TestDecodeResponseErrors(t *testing.T) {
	for in, kind := range map[string]llm.Kind{
		`<html>`:           llm.KindServer,
		`[]`:               llm.KindServer,
		`{"id":"x"}`:       llm.KindServer,
		`{"content":"hi"}`: llm.KindServer,
		`{"type":"error","error":{"type":"overloaded_error","message":"m"}}`: llm.KindOverloaded,
	} {
		_, err := codec.DecodeResponse([]byte(in))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != kind || e.Status < 500 || e.Message == "" {
			t.Errorf("%s: %+v", in, err)
		}
	}
}

func TestModels(t *testing.T) {
	m := llm.Model{ID: "a/b", ContextLength: 200000, MaxOutput: 64000, Input: []string{"text", "image"}, Capabilities: []llm.Capability{llm.CanReason}}
	v := gjson.ParseBytes(codec.EncodeModel(m))
	if got := fields(v, "max_input_tokens", "max_tokens", "capabilities"); got != `{"max_input_tokens":200000,"max_tokens":64000,"capabilities":{"image_input":{"supported":true},"pdf_input":{"supported":false},"structured_outputs":{"supported":false},"thinking":{"supported":true}}}` {
		t.Error(got)
	}
	if v := gjson.ParseBytes(codec.EncodeModel(llm.Model{ID: "x"})); v.Get("capabilities").Exists() || v.Get("max_tokens").Exists() {
		t.Error(v.Raw)
	}
}

// Servers that speak the dialect beside their own are less exact with calls.
func TestCallsOfOtherServers(t *testing.T) {
	const text = `{"id":"m","type":"message","role":"assistant","model":"m","content":[` +
		`{"type":"tool_use","id":"t1","name":"f","input":"{\"a\":1}"},{"type":"tool_use","id":"t2","name":"f","input":""}],` +
		`"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`
	got, err := codec.DecodeResponse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := llm.Choice{Reason: llm.StopTools, Parts: []llm.Part{&llm.ToolCall{ID: "t1", Name: "f", Arguments: `{"a":1}`}, &llm.ToolCall{ID: "t2", Name: "f"}}}
	if diff := cmp.Diff(want, got.Choices[0]); diff != "" {
		t.Error(diff)
	}
}
