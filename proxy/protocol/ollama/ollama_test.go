package ollama_test

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/ollama"
)

var (
	_ protocol.Codec      = ollama.Codec{}
	_ protocol.Translator = ollama.Codec{}
)

var codec ollama.Codec

func ptr[T any](v T) *T { return &v }

func say(text string) []llm.Message {
	return []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{Text: text}}}}
}

// What a client of another dialect says in words that Ollama does not have.
func TestForeignRequest(t *testing.T) {
	r := &llm.Request{
		Model: "qwen3", Dialect: llm.OpenAI, Stream: true,
		Messages: []llm.Message{
			{Role: llm.RoleDeveloper, Parts: []llm.Part{&llm.Text{Text: "Be brief.", Cache: &llm.CacheMark{}}, &llm.Text{Text: "Be kind."}}},
			{Role: llm.RoleUser, Name: "ann", Parts: []llm.Part{
				&llm.Media{Kind: llm.Image, URL: "data:image/png;base64,iVBORw0KGgo=", Detail: "high"},
				&llm.Media{Kind: llm.Document, MIME: "text/plain", Text: "a note", Name: "note.txt", Cite: true},
				&llm.Text{Text: "Read"},
			}},
			{Role: llm.RoleAssistant, Parts: []llm.Part{
				&llm.Reasoning{Text: "secret", Seal: llm.Seal{Origin: llm.Anthropic, Value: "sig"}},
				&llm.Reasoning{Text: "open", Seal: llm.Seal{Origin: llm.OpenAI}},
				&llm.ServerCall{Name: "web_search"},
				&llm.ToolCall{ID: "a", Name: "patch", Arguments: "*** Begin", Custom: true},
				&llm.ToolCall{ID: "b", Name: "now", Seal: llm.Seal{Origin: llm.Gemini, Value: "x"}},
				&llm.ToolCall{ID: "c", Name: "broken", Arguments: `{"half`},
			}},
			{Role: llm.RoleUser, Parts: []llm.Part{
				&llm.ToolResult{CallID: "a", Parts: []llm.Part{&llm.Text{Text: "no such file"}}, Error: true},
				&llm.ToolResult{CallID: "b", Parts: []llm.Part{&llm.Text{Text: "Error: no clock"}}, Error: true},
				&llm.ToolResult{CallID: "c"},
				&llm.Text{Text: "go on"},
			}},
		},
		Tools: []llm.Tool{
			{Kind: llm.ToolCustom, Name: "patch", Description: "Patches", Raw: json.RawMessage(`{"type":"text"}`)},
			{Kind: llm.ToolFunction, Name: "now"},
			{Kind: llm.ToolServer, Name: "web_search"},
		},
		ToolChoice: &llm.ToolChoice{Mode: llm.ChooseRequired}, ParallelTools: ptr(false),
		MaxTokens: ptr[int64](9), LogitBias: json.RawMessage(`{}`), Thinking: &llm.Thinking{Effort: llm.EffortHigh},
		Verbosity: "low", Prediction: []llm.Part{&llm.Text{Text: "x"}}, ServiceTier: "flex", User: "u", CacheKey: "k",
		Metadata: map[string]string{"a": "b"}, Modalities: []string{"text"},
		Extra: []llm.Field{{Name: "store", Raw: json.RawMessage("true")}, {Name: "store", Raw: json.RawMessage("true")}},
	}
	text, dropped, err := codec.EncodeRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model":"qwen3","messages":[` +
		`{"role":"system","content":"Be brief.\nBe kind."},` +
		`{"role":"user","content":"note.txt:\na note\nRead","images":["iVBORw0KGgo="]},` +
		`{"role":"assistant","content":"","thinking":"open","tool_calls":[` +
		`{"id":"a","function":{"index":0,"name":"patch","arguments":{"input":"*** Begin"}}},` +
		`{"id":"b","function":{"index":1,"name":"now","arguments":{}}},` +
		`{"id":"c","function":{"index":2,"name":"broken","arguments":{"input":"{\"half"}}}]},` +
		`{"role":"tool","content":"Error: no such file","tool_name":"patch","tool_call_id":"a"},` +
		`{"role":"tool","content":"Error: no clock","tool_name":"now","tool_call_id":"b"},` +
		`{"role":"tool","content":"","tool_name":"broken","tool_call_id":"c"},` +
		`{"role":"user","content":"go on"}],` +
		`"tools":[{"type":"function","function":{"name":"patch","description":"Patches","parameters":{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}}},` +
		`{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],` +
		`"stream":true,"options":{"num_predict":9}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	names := []string{
		"cache_control", "citations", "detail", "logit_bias", "metadata", "name", "parallel_tool_calls", "prediction", "prompt_cache_key",
		"reasoning", "service_tier", "store", "tool_choice", "user", "verbosity", "web_search",
	}
	if diff := cmp.Diff(names, dropped); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	part := func(p llm.Part) *llm.Request {
		return &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{p}}}}
	}
	tests := map[string]struct {
		r     *llm.Request
		param string
	}{
		"two answers":    {&llm.Request{Messages: say("x"), N: 2}, "n"},
		"audio answer":   {&llm.Request{Messages: say("x"), Modalities: []string{"text", "audio"}}, "modalities"},
		"audio":          {part(&llm.Media{Kind: llm.Audio, Data: "AAAA"}), "messages[0].content[0]"},
		"PDF":            {part(&llm.Media{Kind: llm.Document, MIME: "application/pdf", Data: "AAAA"}), "messages[0].content[0]"},
		"image by URL":   {part(&llm.Media{Kind: llm.Image, URL: "https://example.com/a.png"}), "messages[0].content[0]"},
		"image by id":    {part(&llm.Media{Kind: llm.Image, FileID: "file-1"}), "messages[0].content[0]"},
		"tool's video":   {part(&llm.ToolResult{Parts: []llm.Part{&llm.Media{Kind: llm.Video, Data: "AAAA"}}}), "messages[0].content[0]"},
		"server's tool":  {&llm.Request{Messages: say("x"), Tools: []llm.Tool{{Kind: llm.ToolServer, Name: "web_search"}}, ToolChoice: &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"web_search"}}}, "tool_choice"},
		"middle of talk": {&llm.Request{Messages: append(say("x"), say("y")...), Suffix: "z"}, "suffix"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := codec.EncodeRequest(tt.r)
			var e *llm.Error
			if !errors.As(err, &e) || e.Kind != llm.KindInvalid || e.Status != 400 || e.Param != tt.param || e.Source != llm.FromProxy {
				t.Errorf("got %#v", err)
			}
		})
	}
}

func TestUnreadableRequests(t *testing.T) {
	tests := map[string]string{
		`{`:                  "",
		`[]`:                 "",
		`{"model":1}`:        "model",
		`{"messages":{}}`:    "messages",
		`{"messages":["x"]}`: "messages[0]",
		`{"messages":[{}]}`:  "messages[0].role",
		`{"messages":[{"role":"user","content":"a"},{"role":"user","content":{}}]}`:                    "messages[1].content",
		`{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`:                              "messages[0].content[0]",
		`{"messages":[{"role":"user","images":"x"}]}`:                                                  "messages[0].images",
		`{"messages":[{"role":"user","images":["not base64"]}]}`:                                       "messages[0].images[0]",
		`{"messages":[{"role":"assistant","tool_calls":{}}]}`:                                          "messages[0].tool_calls",
		`{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}},{"function":{}}]}]}`: "messages[0].tool_calls[1].function.name",
		`{"tools":{}}`:                                       "tools",
		`{"tools":[{"type":"function"}]}`:                    "tools[0].function.name",
		`{"tools":[{"type":"web","function":{"name":"x"}}]}`: "tools[0].type",
		`{"format":"xml"}`:                                   "format",
		`{"think":"much"}`:                                   "think",
		`{"options":[]}`:                                     "options",
		`{"options":{"temperature":"hot"}}`:                  "options.temperature",
		`{"options":{"seed":1e300}}`:                         "options.seed",
		`{"options":{"stop":[1]}}`:                           "options.stop",
		`{"top_logprobs":21}`:                                "top_logprobs",
	}
	for text, param := range tests {
		_, err := codec.DecodeRequest(llm.OllamaChat, []byte(text))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.KindInvalid || e.Status != 400 || e.Param != param || !strings.HasPrefix(e.Message, param) {
			t.Errorf("%s: %#v", text, err)
		}
	}
	if _, err := codec.DecodeRequest(llm.OllamaGenerate, []byte(`{"prompt":[]}`)); err == nil {
		t.Error("a prompt that is no string was taken")
	}
}

func TestThinking(t *testing.T) {
	tests := []struct {
		model   string
		dialect llm.Dialect
		in      *llm.Thinking
		want    string
		dropped []string
	}{
		{"qwen3", llm.OpenAI, nil, "", nil},
		{"qwen3", llm.OpenAI, &llm.Thinking{Effort: llm.EffortNone}, "false", nil},
		{"qwen3", llm.OpenAI, &llm.Thinking{Effort: llm.EffortLow}, "", []string{"reasoning"}},
		{"qwen3", llm.Anthropic, &llm.Thinking{Budget: 4000}, "", []string{"reasoning"}},
		{"qwen3", llm.Anthropic, &llm.Thinking{Adaptive: true}, "", nil},
		{"gpt-oss:20b", llm.OpenAI, &llm.Thinking{Effort: llm.EffortMinimal}, `"low"`, nil},
		{"gpt-oss:20b", llm.Anthropic, &llm.Thinking{Budget: 8000}, `"medium"`, nil},
		{"openai/GPT-OSS", llm.Anthropic, &llm.Thinking{Effort: llm.EffortMax}, `"high"`, nil},
		{"qwen3", llm.Ollama, &llm.Thinking{}, "true", nil},
		{"qwen3", llm.Ollama, &llm.Thinking{Effort: llm.EffortHigh}, `"high"`, nil},
	}
	for _, tt := range tests {
		text, dropped, err := codec.EncodeRequest(&llm.Request{Model: tt.model, Messages: say("x"), Thinking: tt.in, Dialect: tt.dialect})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Think json.RawMessage }
		if err := json.Unmarshal(text, &got); err != nil || string(got.Think) != tt.want {
			t.Errorf("%+v: %s, %v", tt, got.Think, err)
		}
		if diff := cmp.Diff(tt.dropped, dropped, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%+v: %s", tt, diff)
		}
	}
}

// Leaving tools out is how the dialect says that they are not to be used.
func TestToolChoice(t *testing.T) {
	tools := []llm.Tool{{Kind: llm.ToolFunction, Name: "f"}, {Kind: llm.ToolFunction, Name: "g"}}
	tests := []struct {
		choice  llm.ToolChoice
		want    []string
		dropped bool
	}{
		{llm.ToolChoice{Mode: llm.ChooseAuto}, []string{"f", "g"}, false},
		{llm.ToolChoice{Mode: llm.ChooseAuto, Names: []string{"g"}}, []string{"g"}, false},
		{llm.ToolChoice{Mode: llm.ChooseNone}, nil, false},
		{llm.ToolChoice{Mode: llm.ChooseRequired}, []string{"f", "g"}, true},
		{llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"f"}}, []string{"f"}, true},
	}
	for _, tt := range tests {
		text, dropped, err := codec.EncodeRequest(&llm.Request{Messages: say("x"), Tools: tools, ToolChoice: &tt.choice})
		if err != nil {
			t.Fatal(err)
		}
		back, err := codec.DecodeRequest(llm.OllamaChat, text)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, tool := range back.Tools {
			names = append(names, tool.Name)
		}
		if diff := cmp.Diff(tt.want, names); diff != "" || tt.dropped != (len(dropped) == 1) {
			t.Errorf("%+v: %s, dropped %v", tt.choice, diff, dropped)
		}
	}
}

func TestSchemas(t *testing.T) {
	tests := map[string]string{
		`{"type": "object", "properties": {"a": {"type": "boolean"}}}`:                        ``,
		`{"type": "object", "additionalProperties": false, "properties": {"a.b": {}}}`:        ``,
		`{"type":["object","null"],"properties":{}}`:                                          `{"type":"object","properties":{}}`,
		`{"type":"object","properties":{"any":true, "no":false,"x":{"type":"string"}}}`:       `{"type":"object","properties":{"any":{},"no":{},"x":{"type":"string"}}}`,
		`{"type":"object","properties":{"o":{"properties":{"p":{"anyOf":[true,{"x": 1}]}}}}}`: `{"type":"object","properties":{"o":{"properties":{"p":{"anyOf":[{},{"x":1}]}}}}}`,
		`{"properties":{"properties":{"type":"string","default":true}}}`:                      ``,
	}
	for schema, want := range tests {
		if want == "" {
			want = schema
		}
		text, _, err := codec.EncodeRequest(&llm.Request{Messages: say("x"), Tools: []llm.Tool{{Kind: llm.ToolFunction, Name: "f", Schema: json.RawMessage(schema)}}})
		if err != nil || !strings.Contains(string(text), `"parameters":`+want+`}}]`) {
			t.Errorf("%s: %v\n%s", schema, err, text)
		}
	}
}

// A client that sends messages back as it got them keeps other providers' seals.
func TestSeals(t *testing.T) {
	answer := &llm.Response{Created: time.Unix(1700000000, 0), Choices: []llm.Choice{{Parts: []llm.Part{
		&llm.Reasoning{Text: "hm", Seal: llm.Seal{Origin: llm.Anthropic, Value: "EqQB=="}},
		&llm.ToolCall{ID: "a", Name: "f", Arguments: `{}`, Seal: llm.Seal{Origin: llm.Gemini, Value: "sig"}},
	}}}}
	text, err := codec.EncodeResponse(llm.OllamaChat, answer, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wire struct{ Message json.RawMessage }
	if err := json.Unmarshal(text, &wire); err != nil {
		t.Fatal(err)
	}
	back, err := codec.DecodeRequest(llm.OllamaChat, []byte(`{"messages":[`+string(wire.Message)+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer.Choices[0].Parts, back.Messages[0].Parts); diff != "" {
		t.Error(diff)
	}
	// An Ollama server gets neither the seals nor what another's model thought.
	again, _, err := codec.EncodeRequest(back)
	if err != nil || strings.Contains(string(again), "signature") || strings.Contains(string(again), "hm") {
		t.Errorf("%s, %v", again, err)
	}
	streamed, err := llm.Collect(codec.DecodeStream(lines(codec.EncodeStream(llm.OllamaChat, answer.Events(), nil))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer.Choices[0].Parts, streamed.Choices[0].Parts); diff != "" {
		t.Error(diff)
	}
	// Two thoughts become one text, to which no signature belongs.
	answer.Choices[0].Parts = []llm.Part{answer.Choices[0].Parts[0], answer.Choices[0].Parts[0]}
	text, err = codec.EncodeResponse(llm.OllamaChat, answer, nil)
	if err != nil || !strings.Contains(string(text), `"thinking":"hm\n\nhm"}`) {
		t.Errorf("%s, %v", text, err)
	}
}

// lines is the data of a stream that was encoded.
func lines(frames iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for frame, err := range frames {
			if !yield([]byte(strings.TrimSpace(string(frame))), err) {
				return
			}
		}
	}
}

// Parallel tool calls overlap elsewhere; here each is whole, and on one line.
func TestEncodeStream(t *testing.T) {
	events := []llm.Event{
		llm.Start{ID: "x", Model: "m", Created: time.Unix(1700000000, 5e6).UTC()},
		llm.Ping{},
		llm.Spent{Usage: llm.Usage{Input: 1}},
		llm.PartStart{Part: &llm.Reasoning{}},
		llm.PartDelta{Text: "a"},
		llm.PartEnd{},
		llm.PartStart{Index: 1, Part: &llm.Reasoning{Redacted: true, Seal: llm.Seal{Origin: llm.Anthropic, Value: "r"}}},
		llm.PartEnd{Index: 1},
		llm.PartStart{Index: 2, Part: &llm.Reasoning{}},
		llm.PartDelta{Index: 2, Text: "b"},
		llm.PartSeal{Index: 2, Seal: llm.Seal{Origin: llm.Anthropic, Value: "s"}},
		llm.PartEnd{Index: 2},
		llm.PartStart{Index: 3, Part: &llm.ToolCall{ID: "p", Name: "f"}},
		llm.PartStart{Index: 4, Part: &llm.ToolCall{ID: "q", Name: "g"}},
		llm.PartDelta{Index: 4, Text: "{\n \"u\":"},
		llm.PartDelta{Index: 3, Text: ""},
		llm.PartDelta{Index: 4, Text: "\"\u2028<\"}"},
		llm.PartEnd{Index: 3},
		llm.PartEnd{Index: 4},
		llm.PartStart{Index: 5, Part: &llm.ServerCall{Name: "web_search"}},
		llm.PartEnd{Index: 5},
		llm.PartStart{Index: 6, Part: &llm.Refusal{}},
		llm.PartDelta{Index: 6, Text: "no\u0085"},
		llm.PartEnd{Index: 6},
		llm.PartStart{Choice: 1, Part: &llm.Text{}},
		llm.PartDelta{Choice: 1, Text: "other"},
		llm.PartEnd{Choice: 1},
		llm.Finish{Choice: 1},
		llm.Finish{Reason: llm.StopContext},
		llm.Spent{Usage: llm.Usage{Input: 1, CacheRead: 2, CacheWrite: 3, Output: 4}},
	}
	stream := func(yield func(llm.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
	var got strings.Builder
	for frame, err := range codec.EncodeStream(llm.OllamaChat, stream, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got.Write(frame)
	}
	const head = `{"model":"m","created_at":"2023-11-14T22:13:20.005Z","message":{"role":"assistant","content":"`
	want := head + `","thinking":"a"},"done":false}` + "\n" +
		head + `","thinking":"\n\nb"},"done":false}` + "\n" +
		head + `","tool_calls":[{"id":"p","function":{"index":0,"name":"f","arguments":{}}}]},"done":false}` + "\n" +
		head + `","tool_calls":[{"id":"q","function":{"index":1,"name":"g","arguments":{"u":"\u2028<"}}}]},"done":false}` + "\n" +
		head + `no\u0085"},"done":false}` + "\n" +
		head + `"},"done":true,"done_reason":"length","total_duration":0,"load_duration":0,"prompt_eval_count":6,"prompt_eval_duration":0,"eval_count":4,"eval_duration":0}` + "\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestStreamsThatFail(t *testing.T) {
	cut := errors.New("cut")
	tests := map[string]struct {
		data []string
		err  error
		kind llm.Kind
		code string
	}{
		"nothing":     {nil, nil, llm.KindStream, "stream_interrupted"},
		"half a line": {[]string{`{"message":{"content":"a`}, nil, llm.KindStream, "invalid_event"},
		"error":       {[]string{`{"error":{"message":"m"}}`}, nil, llm.KindStream, ""},
		"cut":         {[]string{`{"message":{"content":"a"}}`}, cut, "", ""},
	}
	for name, tt := range tests {
		_, err := llm.Collect(codec.DecodeStream(func(yield func([]byte, error) bool) {
			for _, line := range tt.data {
				if !yield([]byte(line), nil) {
					return
				}
			}
			if tt.err != nil {
				yield(nil, tt.err)
			}
		}))
		var e *llm.Error
		switch {
		case tt.err != nil:
			if !errors.Is(err, tt.err) {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.As(err, &e) || e.Kind != tt.kind || e.Code != tt.code || e.Status != 502:
			t.Errorf("%s: %#v", name, err)
		}
	}
	var frames []string
	for frame, err := range codec.EncodeStream(llm.OllamaChat, codec.DecodeStream(func(yield func([]byte, error) bool) { yield(nil, cut) }), nil) {
		frames = append(frames, string(frame))
		if !errors.Is(err, cut) {
			t.Error(err)
		}
	}
	if len(frames) != 1 || !strings.HasPrefix(frames[0], `{"error":"`) || !strings.HasSuffix(frames[0], "}\n") {
		t.Errorf("%q", frames)
	}
}

func TestObserve(t *testing.T) {
	frames := []struct {
		data          string
		content, last bool
	}{
		{`{"model":"m","message":{"role":"assistant","content":""},"done":false}`, false, false},
		{`{"model":"m","message":{"role":"assistant","content":"","thinking":"a"},"done":false}`, true, false},
		{`{"model":"m","response":"a","done":false}`, true, false},
		{`{"message":{"content":"","tool_calls":[{"function":{"name":"f"}},{"function":{"name":"g"}}]},"done":false}`, true, false},
		{`{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}`, true, true},
		{``, false, false},
		{`hello`, false, false},
	}
	var o llm.Observation
	for _, f := range frames {
		if s := codec.ObserveFrame([]byte(f.data), &o); s.Content != f.content || s.Last != f.last || s.Err != nil {
			t.Errorf("%s: %+v", f.data, s)
		}
	}
	want := llm.Observation{Usage: llm.Usage{Input: 3, Output: 2}, StopReason: "stop", ToolCalls: 2, Deltas: 4, Content: true, Done: true}
	if diff := cmp.Diff(want, o, cmpopts.IgnoreUnexported(llm.Observation{})); diff != "" {
		t.Error(diff)
	}
	if s := codec.ObserveFrame([]byte(`{"error":"m"}`), &o); s.Err == nil || s.Err.Message != "m" || o.Err != s.Err {
		t.Errorf("%+v", s)
	}
	o = llm.Observation{}
	codec.ObserveBody([]byte(`{"embeddings":[[1]],"prompt_eval_count":8}`), &o)
	if want := (llm.Observation{Usage: llm.Usage{Input: 8}, Content: true, Done: true}); cmp.Diff(want, o, cmpopts.IgnoreUnexported(llm.Observation{})) != "" {
		t.Errorf("%+v", o)
	}
	codec.ObserveBody([]byte(`{"error":"m"}`), &o)
	if o.Err == nil || o.Err.Message != "m" {
		t.Errorf("%+v", o.Err)
	}
}

func TestErrors(t *testing.T) {
	tests := map[string]llm.Error{
		`{"error":"model 'x' not found"}`: {Message: "model 'x' not found", Code: "model_not_found"},
		`{"error":{"message":"m"}}`:       {Message: "m"},
		`{"message":"m"}`:                 {Message: "m"},
		`plain words`:                     {Message: "plain words"},
		`<html>`:                          {Message: "The provider answered Not Found without saying why. Check the base URL in its configuration."},
	}
	for text, want := range tests {
		want.Kind, want.Status, want.Source = llm.KindNotFound, 404, llm.FromUpstream
		if diff := cmp.Diff(&want, codec.DecodeError(404, []byte(text))); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	if got := string(codec.EncodeErrorEvent(&llm.Error{Message: `a "b" <c>`, Source: llm.FromProxy})); got != `{"error":"a \"b\" <c>","source":"proxy"}`+"\n" {
		t.Error(got)
	}
	for _, text := range []string{`{`, `{}`, `[]`, `{"model":"m"}`} {
		if _, err := codec.DecodeResponse([]byte(text)); llm.AsError(err).Code != "invalid_response" {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, `{"messages":null}`: true, `{"messages":[]}`: true, `{"messages":"x"}`: false} {
		b, err := body.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if e := codec.Check(llm.OllamaChat, b); (e == nil) != want {
			t.Errorf("%s: %v", text, e)
		}
		if e := codec.Check(llm.OllamaGenerate, b); e != nil {
			t.Error(e)
		}
	}
}
