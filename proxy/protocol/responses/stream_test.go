package responses_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/responses"
)

// Servers leave out what OpenAI says twice. What they say is told once.
func TestStreamsOfPoorServers(t *testing.T) {
	const end = `{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[]}}`
	tests := []struct {
		name   string
		events []string
		want   []llm.Part
	}{
		{
			"deltas without items",
			[]string{`{"type":"response.reasoning_text.delta","delta":"h"}`, `{"type":"response.reasoning_text.delta","delta":"m"}`, `{"type":"response.output_text.delta","delta":"a"}`, end},
			[]llm.Part{&llm.Reasoning{Text: "hm"}, &llm.Text{Text: "a"}},
		},
		{
			"deltas that are cut short",
			[]string{`{"type":"response.output_text.delta","item_id":"m","delta":"He"}`, `{"type":"response.output_text.done","item_id":"m","text":"Hello"}`, end},
			[]llm.Part{&llm.Text{Text: "Hello"}},
		},
		{
			"a text that is told again",
			[]string{
				`{"type":"response.content_part.added","item_id":"m","part":{"type":"output_text","text":"He"}}`, `{"type":"response.output_text.delta","item_id":"m","delta":"llo"}`,
				`{"type":"response.output_item.done","item":{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}}`,
				`{"type":"response.completed","response":{"output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}]}}`,
			},
			[]llm.Part{&llm.Text{Text: "Hello"}},
		},
		{
			"arguments that come with the item, and again",
			[]string{
				`{"type":"response.output_item.added","output_index":0,"item":{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}}`,
				`{"type":"response.function_call_arguments.delta","item_id":"f","output_index":0,"delta":"{\"a\":"}`,
				`{"type":"response.function_call_arguments.delta","item_id":"f","output_index":0,"delta":"1}"}`,
				`{"type":"response.function_call_arguments.done","item_id":"f","output_index":0,"arguments":"{\"a\":1}"}`, end,
			},
			[]llm.Part{&llm.ToolCall{ID: "c", Name: "f", Arguments: `{"a":1}`}},
		},
		{
			"calls that overlap, some told twice, with an id of their own in every event",
			[]string{
				`{"type":"response.output_item.added","output_index":0,"item":{"id":"x1","type":"function_call","call_id":"c1","name":"f","arguments":""}}`,
				`{"type":"response.output_item.added","output_index":1,"item":{"id":"x2","type":"function_call","call_id":"c2","name":"g","arguments":""}}`,
				`{"type":"response.output_item.added","output_index":1,"item":{"id":"x2","type":"function_call","call_id":"c2","name":"g","arguments":""}}`,
				`{"type":"response.function_call_arguments.delta","item_id":"x3","output_index":1,"delta":"{2}"}`,
				`{"type":"response.function_call_arguments.delta","item_id":"x4","output_index":0,"delta":"{1}"}`,
				`{"type":"response.output_item.done","output_index":1,"item":{"id":"x5","type":"function_call","call_id":"c2","name":"g","arguments":"{2}"}}`,
				`{"type":"response.completed","response":{"output":[{"id":"x6","type":"function_call","call_id":"c1","name":"f","arguments":"{1}"},{"id":"x7","type":"function_call","call_id":"c2","name":"g","arguments":"{2}"}]}}`,
			},
			[]llm.Part{&llm.ToolCall{ID: "c1", Name: "f", Arguments: "{1}"}, &llm.ToolCall{ID: "c2", Name: "g", Arguments: "{2}"}},
		},
		{
			"the same place for every item",
			[]string{
				`{"type":"response.output_item.added","output_index":0,"item":{"id":"a","type":"message","content":[]}}`,
				`{"type":"response.output_text.delta","item_id":"a","output_index":0,"content_index":0,"delta":"one"}`,
				`{"type":"response.output_item.added","output_index":0,"item":{"id":"b","type":"message","content":[]}}`,
				`{"type":"response.output_text.delta","item_id":"b","output_index":0,"content_index":0,"delta":"two"}`, end,
			},
			[]llm.Part{&llm.Text{Text: "one"}, &llm.Text{Text: "two"}},
		},
		{
			"a summary in sections, without deltas",
			[]string{
				`{"type":"response.output_item.added","item":{"id":"rs_1","type":"reasoning","summary":[]}}`,
				`{"type":"response.reasoning_summary_text.done","item_id":"rs_1","summary_index":0,"text":"a"}`,
				`{"type":"response.reasoning_summary_text.done","item_id":"rs_1","summary_index":1,"text":"b"}`,
				`{"type":"response.output_item.done","item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"e"}}`, end,
			},
			[]llm.Part{&llm.Reasoning{ID: "rs_1", Text: "a\n\nb", Summary: true, Seal: llm.Seal{Origin: llm.Responses, Value: "e"}}},
		},
		{
			"a seal that comes when the text has begun",
			[]string{
				`{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"a"}`,
				`{"type":"response.output_text.delta","item_id":"m","output_index":1,"delta":"b"}`,
				`{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"a"}],"encrypted_content":"e"}}`, end,
			},
			[]llm.Part{
				&llm.Reasoning{ID: "rs_1", Text: "a", Summary: true}, &llm.Text{Text: "b"},
				&llm.Reasoning{ID: "rs_1", Redacted: true, Seal: llm.Seal{Origin: llm.Responses, Value: "e"}},
			},
		},
		{
			"a phase that is known at the end only",
			[]string{
				`{"type":"response.output_text.delta","item_id":"m","delta":"a"}`, `{"type":"response.output_text.done","item_id":"m","text":"a"}`,
				`{"type":"response.output_item.done","item":{"id":"m","type":"message","phase":"commentary","content":[{"type":"output_text","text":"a"}]}}`, end,
			},
			[]llm.Part{&llm.Text{Text: "a", Seal: llm.Seal{Origin: llm.Responses, Value: "commentary"}}},
		},
		{
			"a refusal without deltas, and noise",
			[]string{`[DONE]`, ``, `{}`, `{"type":"response.future.event","x":1}`, `{"type":"response.refusal.done","item_id":"m","refusal":"no"}`, end},
			[]llm.Part{&llm.Refusal{Text: "no"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := llm.Collect(grammatical(t, responses.Codec{}.DecodeStream(data(tt.events...))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, r.Choices[0].Parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// grammatical holds a stream to the grammar of llm.Stream.
func grammatical(t *testing.T, s llm.Stream) llm.Stream {
	return func(yield func(llm.Event, error) bool) {
		next, started, finished := 0, false, false
		open, plain := map[int]bool{}, -1
		for event, err := range s {
			if finished && err == nil {
				if _, ok := event.(llm.Spent); !ok {
					t.Errorf("%T after Finish", event)
				}
			}
			index := -1
			switch e := event.(type) {
			case llm.Start:
				if started || next > 0 {
					t.Error("a second Start")
				}
				started = true
			case llm.PartStart:
				if e.Index != next || !started {
					t.Errorf("part %d begins, want %d (started %v)", e.Index, next, started)
				}
				if _, call := e.Part.(*llm.ToolCall); !call {
					if plain >= 0 && open[plain] {
						t.Errorf("part %d begins inside of part %d", e.Index, plain)
					}
					plain = e.Index
				}
				open[e.Index] = true
				next++
			case llm.PartDelta:
				index = e.Index
			case llm.PartSeal:
				index = e.Index
			case llm.PartCitation:
				index = e.Index
			case llm.PartEnd:
				index = e.Index
			case llm.Finish:
				for i, is := range open {
					if is {
						t.Errorf("part %d never ends", i)
					}
				}
				finished = true
			}
			if index >= 0 && !open[index] {
				t.Errorf("%T for part %d, which is not open", event, index)
			}
			if _, ended := event.(llm.PartEnd); ended {
				open[index] = false
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

func TestStreamsThatFail(t *testing.T) {
	tests := map[string]llm.Error{
		`{"type":"error","code":"rate_limit_exceeded","message":"m","param":"p"}`:                                  {Kind: llm.KindRateLimit, Status: 429, Code: "rate_limit_exceeded", Message: "m", Param: "p"},
		`{"type":"error","error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"m"}}`: {Kind: llm.KindContextLength, Status: 400, Code: "context_length_exceeded", Message: "m"},
		`{"error":{"message":"m","type":"overloaded_error"}}`:                                                      {Kind: llm.KindOverloaded, Status: 503, Message: "m"},
		`{"type":"error","status":403,"error":{"message":"m"}}`:                                                    {Kind: llm.KindPermission, Status: 403, Message: "m"},
		`{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"}}}`:  {Kind: llm.KindServer, Status: 500, Code: "server_error", Message: "m"},
		`{"type":"response.failed","response":{"error":null}}`:                                                     {Kind: llm.KindStream, Status: 502, Message: "The provider reported an error without saying why."},
		`{"type":"response.output_text.delta","delta":"a"}`:                                                        {Kind: llm.KindStream, Status: 502, Code: "stream_interrupted", Message: "The provider's stream ended before the response was complete."},
	}
	for text, want := range tests {
		want.Source = llm.FromUpstream
		_, err := llm.Collect(responses.Codec{}.DecodeStream(data(`{"type":"response.created","response":{"id":"r"}}`, text)))
		var got *llm.Error
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	broken := errors.New("broken")
	s := responses.Codec{}.DecodeStream(func(yield func([]byte, error) bool) { yield(nil, broken) })
	if _, err := llm.Collect(s); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestResponsesThatFail(t *testing.T) {
	for text, kind := range map[string]llm.Kind{
		`not JSON`: llm.KindServer,
		`[]`:       llm.KindServer,
		`{"status":"failed","output":[],"error":{"code":"rate_limit_exceeded","message":"m"}}`: llm.KindRateLimit,
		`{"error":"m"}`:          llm.KindStream,
		`{"status":"cancelled"}`: llm.KindStream,
	} {
		_, err := responses.Codec{}.DecodeResponse([]byte(text))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != kind || e.Status < 400 {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The whole and the stream of an answer are the same answer.
func TestStreamAndWholeAgree(t *testing.T) {
	for _, name := range []string{"text", "reasoning", "reasoning_withheld", "reasoning_open", "tools", "namespace", "refusal", "length", "logprobs", "phases", "empty"} {
		stream, err := os.ReadFile(filepath.Join("testdata", "stream", "responses", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		lines := dataOf(stream)
		streamed, err := llm.Collect(grammatical(t, responses.Codec{}.DecodeStream(data(lines...))))
		if err != nil {
			t.Fatal(err)
		}
		final := gjson.Get(lines[len(lines)-1], "response")
		whole, err := responses.Codec{}.DecodeResponse([]byte(final.Raw))
		if err != nil {
			t.Fatal(err)
		}
		streamed.ServiceTier = whole.ServiceTier // which a stream knows too late
		if diff := cmp.Diff(whole, streamed, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func dataOf(stream []byte) []string {
	var out []string
	for line := range bytes.Lines(stream) {
		if text, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			out = append(out, strings.TrimSpace(string(text)))
		}
	}
	return out
}

// required lists the members that OpenAI's types require, of events, items,
// parts and the response.
func required(kind string) string {
	const place = "item_id output_index sequence_number "
	members := map[string]string{
		"response.created": "response sequence_number", "response.in_progress": "response sequence_number",
		"response.completed": "response sequence_number", "response.incomplete": "response sequence_number", "response.failed": "response sequence_number",
		"response.output_item.added": "item output_index sequence_number", "response.output_item.done": "item output_index sequence_number",
		"response.content_part.added": place + "content_index part", "response.content_part.done": place + "content_index part",
		"response.output_text.delta": place + "content_index delta logprobs", "response.output_text.done": place + "content_index text logprobs",
		"response.output_text.annotation.added": place + "content_index annotation annotation_index",
		"response.refusal.delta":                place + "content_index delta", "response.refusal.done": place + "content_index refusal",
		"response.function_call_arguments.delta": place + "delta", "response.function_call_arguments.done": place + "arguments",
		"response.custom_tool_call_input.delta": place + "delta", "response.custom_tool_call_input.done": place + "input",
		"response.reasoning_summary_part.added": place + "summary_index part", "response.reasoning_summary_part.done": place + "summary_index part",
		"response.reasoning_summary_text.delta": place + "summary_index delta", "response.reasoning_summary_text.done": place + "summary_index text",
		"response.reasoning_text.delta": place + "content_index delta", "response.reasoning_text.done": place + "content_index text",
		"response.code_interpreter_call_code.delta": place + "delta", "response.code_interpreter_call_code.done": place + "code",
		"response.mcp_call_arguments.delta": place + "delta", "response.mcp_call_arguments.done": place + "arguments",
		"error": "error sequence_number",

		"message": "id content role status", "reasoning": "id summary", "function_call": "arguments call_id name id status", "custom_tool_call": "call_id input name id status",
		"web_search_call": "id action status", "code_interpreter_call": "id code container_id outputs status", "image_generation_call": "id result status",
		"mcp_call": "id arguments name server_label", "file_search_call": "id queries status",
		"output_text": "annotations text logprobs", "refusal": "refusal", "summary_text": "text", "reasoning_text": "text",
		"url_citation": "start_index end_index url title", "container_file_citation": "container_id start_index end_index file_id filename",
		"file_citation": "file_id filename index",
		"response":      "id created_at error incomplete_details instructions metadata model output parallel_tool_calls temperature tool_choice tools top_p status text usage max_output_tokens previous_response_id reasoning truncation store user",
	}
	if m, ok := members[kind]; ok {
		return m
	}
	if strings.HasSuffix(kind, ".in_progress") || strings.HasSuffix(kind, ".completed") || strings.HasSuffix(kind, ing) || strings.HasSuffix(kind, ".failed") {
		return place // the phases of a tool
	}
	return "?"
}

const ing = "ing" // searching, generating, interpreting

// Every event says what an official client takes for granted.
func TestEventsAreWhole(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "stream", "responses", "*.again.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range dataOf(text) {
			event := gjson.Parse(line)
			if event.Get("sequence_number").Int() != int64(i) {
				t.Errorf("%s: %s", file, line)
			}
			hasAll(t, file, event.Get("type").Str, event)
			if r := event.Get("response"); r.Exists() {
				hasAll(t, file, "response", r)
				for _, item := range r.Get("output").Array() {
					hasAll(t, file, item.Get("type").Str, item)
				}
			}
			for _, name := range []string{"item", "part", "annotation"} {
				if v := event.Get(name); v.Exists() {
					hasAll(t, file, v.Get("type").Str, v)
				}
			}
			for _, part := range event.Get("item.content").Array() {
				hasAll(t, file, part.Get("type").Str, part)
			}
		}
	}
}

func hasAll(t *testing.T, file, kind string, v gjson.Result) {
	t.Helper()
	for _, name := range strings.Fields(required(kind)) {
		if !v.Get(name).Exists() {
			t.Errorf("%s: %s has no %s: %s", file, kind, name, v.Raw)
		}
	}
}

func TestObserveFrame(t *testing.T) {
	tests := []struct {
		name, data string
		content    bool
		last       bool
		err        llm.Kind
		want       llm.Observation
	}{
		{name: "created", data: `{"type":"response.created","response":{}}`},
		{name: "in progress", data: `{"type":"response.in_progress","response":{}}`},
		{name: "queued", data: `{"type":"response.queued","response":{}}`},
		{name: "a message is announced", data: `{"type":"response.output_item.added","item":{"type":"message","content":[]}}`},
		{name: "reasoning is announced", data: `{"type":"response.output_item.added","item":{"type":"reasoning","summary":[],"encrypted_content":"g"}}`},
		{name: "a part is announced", data: `{"type":"response.content_part.added","part":{"type":"output_text","text":""}}`},
		{name: "a call begins", data: `{"type":"response.output_item.added","item":{"type":"function_call","name":"f"}}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "a search begins", data: `{"type":"response.output_item.added","item":{"type":"web_search_call"}}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "text", data: `{"type":"response.output_text.delta","delta":"a"}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "text with another order", data: `{"delta":"a","type":"response.output_text.delta"}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "reasoning", data: `{"type":"response.reasoning_summary_text.delta","delta":"a"}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "text without deltas", data: `{"type":"response.output_text.done","text":"a"}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "a call ends", data: `{"type":"response.output_item.done","item":{"type":"custom_tool_call"}}`, content: true, want: llm.Observation{Content: true, Deltas: 1, ToolCalls: 1}},
		{
			name: "completed", data: `{"type":"response.completed","response":{"status":"completed","output":[{"type":"function_call"},{"type":"message"}],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":1},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2}}}}`,
			content: true, last: true, want: llm.Observation{Done: true, StopReason: "completed", ToolCalls: 1, Usage: llm.Usage{Input: 5, CacheRead: 4, CacheWrite: 1, Output: 5, Reasoning: 2}},
		},
		{
			name: "incomplete", data: `{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}`,
			content: true, last: true, want: llm.Observation{Done: true, StopReason: "max_output_tokens"},
		},
		{name: "failed", data: `{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"}}}`, err: llm.KindServer},
		{name: "error", data: `{"type":"error","error":{"code":"rate_limit_exceeded","message":"m"}}`, err: llm.KindRateLimit},
		{name: "an error of a gateway", data: `{"error":{"message":"m","type":"overloaded_error"}}`, err: llm.KindOverloaded},
		{name: "something new", data: `{"type":"response.future"}`},
		{name: "no JSON", data: `[DONE]`},
		{name: "nothing", data: ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var o llm.Observation
			s := responses.Codec{}.ObserveFrame([]byte(tt.data), &o)
			if s.Content != tt.content || s.Last != tt.last {
				t.Errorf("content %v, last %v", s.Content, s.Last)
			}
			if tt.err != "" {
				if s.Err == nil || s.Err.Kind != tt.err || s.Err.Message != "m" || o.Err != s.Err {
					t.Errorf("got %+v", s.Err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, o, cmpopts.IgnoreUnexported(llm.Observation{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestObserveBody(t *testing.T) {
	var o llm.Observation
	responses.Codec{}.ObserveBody([]byte(`{"status":"completed","output":[{"type":"function_call"}],"usage":{"input_tokens":3,"output_tokens":2}}`), &o)
	want := llm.Observation{Content: true, Done: true, StopReason: "completed", ToolCalls: 1, Usage: llm.Usage{Input: 3, Output: 2}}
	if diff := cmp.Diff(want, o, cmpopts.IgnoreUnexported(llm.Observation{})); diff != "" {
		t.Error(diff)
	}
	o = llm.Observation{}
	responses.Codec{}.ObserveBody([]byte(`{"status":"failed","output":[],"error":{"code":"server_error","message":"m"}}`), &o)
	if o.Err == nil || o.Err.Kind != llm.KindServer {
		t.Errorf("got %+v", o.Err)
	}
}

// BenchmarkTranslate is what one piece of text costs on its way through.
func BenchmarkTranslate(b *testing.B) {
	const n = 1000
	piece := []byte(`{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_68a1","output_index":0,"content_index":0,"delta":" token","logprobs":[],"obfuscation":"aBcDeFgH"}`)
	events := func(yield func([]byte, error) bool) {
		if !yield([]byte(`{"type":"response.created","response":{"id":"resp_1","created_at":1}}`), nil) {
			return
		}
		for range n {
			if !yield(piece, nil) {
				return
			}
		}
		yield([]byte(`{"type":"response.completed","response":{"id":"resp_1","output":[]}}`), nil)
	}
	b.ReportAllocs()
	start := time.Now()
	for b.Loop() {
		for _, err := range (responses.Codec{}).EncodeStream(llm.Respond, responses.Codec{}.DecodeStream(events), &llm.Request{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(b.N*n), "ns/chunk")
}

func BenchmarkObserveFrame(b *testing.B) {
	piece := []byte(`{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_68a1","output_index":0,"content_index":0,"delta":" token","logprobs":[],"obfuscation":"aBcDeFgH"}`)
	var o llm.Observation
	b.ReportAllocs()
	for b.Loop() {
		responses.Codec{}.ObserveFrame(piece, &o)
	}
}
