package openai_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/openai"
)

func TestObserveFrame(t *testing.T) {
	tests := []struct {
		name, data     string
		content, usage bool
		err            llm.Kind
		want           llm.Observation
	}{
		{name: "role only", data: `{"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]}`},
		{name: "role with nulls", data: `{"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":[]}}]}`},
		{name: "role with null calls", data: `{"choices":[{"delta":{"role":"assistant","content":"","tool_calls":null}}]}`},
		{name: "usage beside null", data: `{"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":2}}`, usage: true, want: llm.Observation{Usage: llm.Usage{Input: 3, Output: 2}}},
		{name: "text", data: `{"choices":[{"delta":{"content":"a"}}]}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "reasoning", data: `{"choices":[{"delta":{"reasoning_content":"a"}}]}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "unknown reasoning field", data: `{"choices":[{"delta":{"reasoning_details":[{"text":"a"}]}}]}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{
			name: "two tool calls begin", data: `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g"}}]}}]}`,
			content: true, want: llm.Observation{Content: true, Deltas: 1, ToolCalls: 2},
		},
		{
			name: "tool call goes on", data: `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":"{"}}]}}]}`,
			content: true, want: llm.Observation{Content: true, Deltas: 1},
		},
		{name: "finish", data: `{"choices":[{"delta":{},"finish_reason":"length"}]}`, content: true, want: llm.Observation{Content: true, Deltas: 1, Done: true, StopReason: "length"}},
		{name: "usage alone", data: `{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}`, usage: true, want: llm.Observation{Usage: llm.Usage{Input: 3, Output: 2}}},
		{
			name: "usage beside content", data: `{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`,
			content: true, want: llm.Observation{Content: true, Deltas: 1, Usage: llm.Usage{Input: 3, Output: 2}},
		},
		{name: "null usage", data: `{"choices":[{"delta":{"content":"a"}}],"usage":null}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "done", data: ` [DONE]`, content: true, want: llm.Observation{Done: true}},
		{name: "error object", data: `{"error":{"message":"m","code":429}}`, err: llm.KindRateLimit},
		{name: "error text", data: `{"error":"m"}`, err: llm.KindStream},
		{name: "error by type", data: `{"type":"error","message":"m","http_code":"529"}`, err: llm.KindOverloaded},
		{name: "error by code", data: `{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}`, err: llm.KindContextLength},
		{name: "half a frame", data: `{"index":0,"content":"`},
		{name: "null error", data: `{"error":null,"choices":[{"delta":{"content":"a"}}]}`, content: true, want: llm.Observation{Content: true, Deltas: 1}},
		{name: "no JSON", data: `hello`},
		{name: "nothing", data: ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var o llm.Observation
			s := openai.Codec{}.ObserveFrame([]byte(tt.data), &o)
			if s.Content != tt.content || s.UsageOnly != tt.usage {
				t.Errorf("content %v, usage only %v", s.Content, s.UsageOnly)
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

// An event that looks like the last one but for its text is recognised; one that
// only seems to is not.
func TestAlikeEvents(t *testing.T) {
	frame := func(content string) []byte {
		return []byte(`{"id":"x","choices":[{"index":0,"delta":{"content":"` + content + `"},"finish_reason":null}]}`)
	}
	var o llm.Observation
	for i, content := range []string{"a", "b", `c \"quoted\" d`, `e\\`, "é"} {
		if s := (openai.Codec{}).ObserveFrame(frame(content), &o); !s.Content || o.Deltas != int64(i+1) {
			t.Errorf("%s: %+v, %d", content, s, o.Deltas)
		}
	}
	hidden := `","tool_calls":[{"index":0,"function":{"name":"f"}}],"x":"`
	if (openai.Codec{}).ObserveFrame(frame(hidden), &o); o.ToolCalls != 1 {
		t.Error("a tool call was taken for text")
	}
	if s := (openai.Codec{}).ObserveFrame(frame(""), &o); s.Content {
		t.Error("an empty piece is content")
	}
}

// With n > 1 an answer is complete when every choice is.
func TestEveryChoiceMustEnd(t *testing.T) {
	var o llm.Observation
	for _, step := range []struct {
		data string
		done bool
	}{
		{`{"choices":[{"index":0,"delta":{"content":"a"}}]}`, false},
		{`{"choices":[{"index":1,"delta":{"content":"b"}}]}`, false},
		{`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"index":1,"delta":{"content":"c"}}]}`, false},
		{`{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}`, true},
	} {
		openai.Codec{}.ObserveFrame([]byte(step.data), &o)
		if o.Done != step.done {
			t.Errorf("after %s: done is %v", step.data, o.Done)
		}
	}
}

func TestUsageClassesDoNotOverlap(t *testing.T) {
	tests := map[string]llm.Usage{
		`{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}`: {Input: 6, CacheRead: 4, Output: 5, Reasoning: 2},
		`{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":7,"prompt_cache_miss_tokens":3}`:                                       {Input: 3, CacheRead: 7, Output: 5},
		`{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":3}}`:                             {Input: 5, CacheRead: 2, CacheWrite: 3, Output: 5},
		`{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}`:                                                                           {CacheRead: 4},
		`{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"cache_read_input_tokens":100,"cache_creation_input_tokens":20}`:               {Input: 10, CacheRead: 100, CacheWrite: 20, Output: 5},
		`{"prompt_tokens":10,"completion_tokens":0,"total_tokens":130,"cache_read_input_tokens":100,"cache_creation_input_tokens":20}`:              {Input: 10, CacheRead: 100, CacheWrite: 20},
		`{"prompt_tokens":110,"completion_tokens":5,"total_tokens":115,"cache_read_input_tokens":100}`:                                              {Input: 10, CacheRead: 100, Output: 5},
		`{"prompt_tokens":8,"total_tokens":8}`: {Input: 8},
	}
	for text, want := range tests {
		var o llm.Observation
		openai.Codec{}.ObserveBody([]byte(`{"usage":`+text+`}`), &o)
		if diff := cmp.Diff(want, o.Usage); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestAskForUsage(t *testing.T) {
	tests := []struct {
		in, want string
		added    bool
	}{
		{`{"a":1}`, `{"a":1,"stream_options":{"include_usage":true}}`, true},
		{`{"stream_options":{"x":1}}`, `{"stream_options":{"x":1,"include_usage":true}}`, true},
		{`{"stream_options":null}`, `{"stream_options":{"include_usage":true}}`, true},
		{`{"stream_options":{"include_usage":false}}`, `{"stream_options":{"include_usage":true}}`, true},
		{`{"stream_options":{"include_usage":true}}`, `{"stream_options":{"include_usage":true}}`, false},
	}
	for _, tt := range tests {
		b, err := body.Parse([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		added, err := openai.Codec{}.AskForUsage(llm.Chat, b)
		if err != nil || added != tt.added || string(b.Bytes()) != tt.want {
			t.Errorf("%s: %v, %v, %s", tt.in, added, err, b.Bytes())
		}
	}
}

func TestDecodeError(t *testing.T) {
	tests := map[string]llm.Error{
		`{"error":{"message":"m","code":"c","param":"p"}}`: {Message: "m", Code: "c", Param: "p"},
		`{"error":"m"}`:   {Message: "m"},
		`{"message":"m"}`: {Message: "m"},
		`{"detail":"m"}`:  {Message: "m"},
		`{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required"},{"msg":"second"}]}`:      {Message: "messages.0.role: Field required; second"},
		`{"object":"error","message":{"detail":[{"loc":["body","stop"],"msg":"too many"}]},"code":null}`:                  {Message: "stop: too many"},
		`{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"m\"}}"}}}`: {Message: "Provider returned error: m", Code: "400"},
		`{"error":{"message":"Provider returned error","metadata":{"raw":"too busy"}}}`:                                   {Message: "Provider returned error: too busy"},
		`{"detail":{"detail":{"detail":"m"}}}`: {Message: "The provider answered Too Many Requests without saying why."}, // which could go on for ever
		`plain words`:                          {Message: "plain words"},
		`<html></html>`:                        {Message: "The provider answered Too Many Requests without saying why."},
		``:                                     {Message: "The provider answered Too Many Requests without saying why."},
	}
	for text, want := range tests {
		want.Kind, want.Status, want.Source = llm.KindRateLimit, 429, llm.FromUpstream
		if diff := cmp.Diff(&want, openai.Codec{}.DecodeError(429, []byte(text))); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestErrorsComeBackAsTheyWent(t *testing.T) {
	for _, kind := range []llm.Kind{llm.KindInvalid, llm.KindAuth, llm.KindRateLimit, llm.KindServer, llm.KindTimeout} {
		sent := &llm.Error{Kind: kind, Status: 400, Code: "c", Param: "p", Message: `a "quoted" word`, Source: llm.FromProxy}
		text := openai.Codec{}.EncodeError(sent, "id")
		if !json.Valid(text) {
			t.Fatalf("%s", text)
		}
		got := openai.Codec{}.DecodeError(400, text)
		if got.Message != sent.Message || got.Code != sent.Code || got.Param != sent.Param {
			t.Errorf("%s became %+v", text, got)
		}
	}
}

func FuzzObserveFrame(f *testing.F) {
	f.Add([]byte(`{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}`))
	f.Add([]byte(`[DONE]`))
	f.Add([]byte(`{"content":"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o llm.Observation
		s := openai.Codec{}.ObserveFrame(data, &o)
		if s.Content && o.Deltas == 0 && !o.Done {
			t.Fatalf("%q is content and was not counted", data)
		}
	})
}

func BenchmarkObserveFrame(b *testing.B) {
	data := []byte(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up","choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}`)
	var o llm.Observation
	b.ReportAllocs()
	for b.Loop() {
		openai.Codec{}.ObserveFrame(data, &o)
	}
}

func TestObserveCompletions(t *testing.T) {
	var o llm.Observation
	for _, data := range []string{
		`{"object":"text_completion","choices":[{"text":"a","index":0,"logprobs":null,"finish_reason":null}]}`,
		`{"object":"text_completion","choices":[{"text":"b","index":0,"logprobs":null,"finish_reason":null}]}`,
		`{"object":"text_completion","choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]}`,
	} {
		if s := (openai.Codec{}).ObserveFrame([]byte(data), &o); !s.Content {
			t.Errorf("%s is no content", data)
		}
	}
	if o.Deltas != 3 || !o.Done || o.StopReason != "stop" {
		t.Errorf("%+v", o)
	}
	openai.Codec{}.ObserveFrame([]byte(`{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":4,"cached_tokens":3,"completion_tokens":2,"total_tokens":6}}]}`), &o)
	if want := (llm.Usage{Input: 1, CacheRead: 3, Output: 2}); o.Usage != want {
		t.Errorf("Kimi's usage is %+v", o.Usage)
	}
}

func BenchmarkObserveCompletion(b *testing.B) {
	data := []byte(`{"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"up","choices":[{"text":" token","index":0,"logprobs":null,"finish_reason":null}]}`)
	var o llm.Observation
	b.ReportAllocs()
	for b.Loop() {
		openai.Codec{}.ObserveFrame(data, &o)
	}
}
