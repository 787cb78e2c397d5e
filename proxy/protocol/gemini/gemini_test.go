package gemini_test

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/gemini"
)

var (
	_ protocol.Codec      = gemini.Codec{}
	_ protocol.Translator = gemini.Codec{}
)

func ask() []llm.Message {
	return []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{Text: "q"}}}}
}

func parts(p ...llm.Part) []llm.Message { return []llm.Message{{Role: llm.RoleUser, Parts: p}} }

func ptr[T any](v T) *T { return &v }

const start = `{"contents":[{"role":"user","parts":[{"text":"q"}]}]`

func TestPath(t *testing.T) {
	tests := []struct {
		model  string
		stream bool
		want   string
	}{
		{"gemini-2.5-flash", false, "/models/gemini-2.5-flash:generateContent?"},
		{"gemini-2.5-flash", true, "/models/gemini-2.5-flash:streamGenerateContent?alt=sse"},
		{"models/gemini-2.5-flash", false, "/models/gemini-2.5-flash:generateContent?"},
		{"tunedModels/a b", false, "/tunedModels/a%20b:generateContent?"},
		{"publishers/google/models/x", false, "/publishers/google/models/x:generateContent?"},
		{"a/b?c", false, "/models/a/b%3Fc:generateContent?"},
	}
	for _, tt := range tests {
		path, query := gemini.Codec{}.Path(&llm.Request{Model: tt.model, Stream: tt.stream})
		if got := path + "?" + query; got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.model, got, tt.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for text, good := range map[string]bool{
		start + "}": true, `{"contents":[]}`: false, `{}`: false, `{"contents":null}`: false,
	} {
		b, err := body.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if e := (gemini.Codec{}).Check(llm.Generate, b); (e == nil) != good {
			t.Errorf("%s: %v", text, e)
		}
	}
}

func TestEncodeForeignRequest(t *testing.T) {
	call := func(id, name, args string, s llm.Seal) llm.Part {
		return &llm.ToolCall{ID: id, Name: name, Arguments: args, Seal: s}
	}
	result := func(id string, p ...llm.Part) llm.Part { return &llm.ToolResult{CallID: id, Parts: p} }
	png := &llm.Media{Kind: llm.Image, MIME: "image/png", Data: "iVBORw0KGgo="}
	twoCalls := []llm.Message{
		ask()[0],
		{Role: llm.RoleAssistant, Parts: []llm.Part{
			&llm.Reasoning{Text: "theirs", Seal: llm.Seal{Origin: llm.Anthropic, Value: "x"}},
			call("a", "f", `{"x": 1}`, llm.Seal{}), call("b", "g", "", llm.Seal{}),
		}},
		{Role: llm.RoleTool, Parts: []llm.Part{result("b", &llm.Text{Text: "two"})}},
		{Role: llm.RoleTool, Parts: []llm.Part{result("a", &llm.Text{Text: "one"}, png)}},
	}
	tests := []struct {
		name    string
		r       llm.Request
		want    string
		dropped []string
	}{
		{
			name: "instructions first and in the middle",
			r: llm.Request{Messages: []llm.Message{
				{Role: llm.RoleSystem, Parts: []llm.Part{&llm.Text{Text: "s"}, &llm.Text{}}},
				{Role: llm.RoleDeveloper, Parts: []llm.Part{&llm.Text{Text: "d"}}},
				ask()[0],
				{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.Text{}}},
				{Role: llm.RoleSystem, Parts: []llm.Part{&llm.Text{Text: "later"}}},
			}},
			want: `{"contents":[{"role":"user","parts":[{"text":"q"},{"text":"later"}]}],"systemInstruction":{"parts":[{"text":"s"},{"text":"d"}]}}`,
		},
		{
			name: "instructions alone",
			r:    llm.Request{Messages: []llm.Message{{Role: llm.RoleSystem, Parts: []llm.Part{&llm.Text{Text: "s"}}}}},
			want: `{"contents":[{"role":"user","parts":[{"text":"s"}]}]}`,
		},
		{
			name: "calls of another model, generation 3",
			r:    llm.Request{Model: "gemini-3-pro-preview", Messages: twoCalls},
			want: start[:len(start)-1] + `,{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{"x": 1}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"b","name":"g","args":{}}}]},` +
				`{"role":"user","parts":[{"functionResponse":{"id":"b","name":"g","response":{"output":"two"}}},{"functionResponse":{"id":"a","name":"f","response":{"output":"one"},"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]}}]}]}`,
		},
		{
			name: "calls of another model, generation 2.5: by order, images beside",
			r:    llm.Request{Model: "models/gemini-2.5-flash", Messages: twoCalls},
			want: start[:len(start)-1] + `,{"role":"model","parts":[{"functionCall":{"name":"f","args":{"x": 1}}},{"functionCall":{"name":"g","args":{}}}]},` +
				`{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"one"}}},{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},{"functionResponse":{"name":"g","response":{"output":"two"}}}]}]}`,
		},
		{
			name: "custom tool, and arguments that are none",
			r: llm.Request{
				Messages: append(ask(), llm.Message{Role: llm.RoleAssistant, Parts: []llm.Part{
					&llm.ToolCall{ID: "a", Name: "patch", Arguments: "*** Begin", Custom: true}, call("b", "f", `{"x":`, llm.Seal{}), call("c", "f", `[1]`, llm.Seal{}),
				}}, llm.Message{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: "a", Parts: []llm.Part{&llm.Text{Text: "no"}}, Error: true}}}),
				Tools: []llm.Tool{{Kind: llm.ToolCustom, Name: "patch", Description: "Edits.", Raw: json.RawMessage(`{"type":"grammar","syntax":"lark","definition":"start: X"}`)}},
			},
			want: start[:len(start)-1] + `,{"role":"model","parts":[{"functionCall":{"id":"a","name":"patch","args":{"input":"*** Begin"}}},{"functionCall":{"id":"b","name":"f","args":{"input":"{\"x\":"}}},{"functionCall":{"id":"c","name":"f","args":{"input":[1]}}}]},` +
				`{"role":"user","parts":[{"functionResponse":{"id":"a","name":"patch","response":{"error":"no"}}}]}],` +
				`"tools":[{"functionDeclarations":[{"name":"patch","description":"Edits.\n\nThe input must follow this grammar:\nstart: X","parametersJsonSchema":{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}}]}]}`,
		},
		{
			name: "media",
			r: llm.Request{Messages: parts(
				&llm.Media{Kind: llm.Image, URL: "data:image/png;base64,iVBORw0KGgo="}, &llm.Media{Kind: llm.Image, URL: "https://example.com/a.PNG?x=1", Detail: "high"},
				&llm.Media{Kind: llm.Document, Text: "plain", Context: "a note", Cite: true}, &llm.Media{Kind: llm.Image, Data: "/9j/4AAQSkZJRgABAQ=="},
				&llm.Media{Kind: llm.Video, URL: "https://youtu.be/9hE5-98ZeCg"}, &llm.Media{Kind: llm.Document, FileID: "gs://b/x.pdf", MIME: "application/pdf"})},
			want: `{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},{"fileData":{"mimeType":"image/png","fileUri":"https://example.com/a.PNG?x=1"}},` +
				`{"text":"a note"},{"inlineData":{"mimeType":"text/plain","data":"cGxhaW4="}},{"inlineData":{"mimeType":"image/jpeg","data":"/9j/4AAQSkZJRgABAQ=="}},` +
				`{"fileData":{"fileUri":"https://youtu.be/9hE5-98ZeCg"}},{"fileData":{"mimeType":"application/pdf","fileUri":"gs://b/x.pdf"}}]}]}`,
			dropped: []string{"citations", "detail"},
		},
		{
			name: "what it has no word for",
			r: llm.Request{
				Model: "gemini-2.5-flash", Dialect: llm.OpenAI, Messages: ask(), LogitBias: json.RawMessage(`{"1":2}`), User: "u", Metadata: map[string]string{"a": "b"}, Verbosity: "low",
				ParallelTools: ptr(false), FrequencyPenalty: ptr(0.5), PresencePenalty: ptr(0.0), ServiceTier: "scale", Seed: ptr(int64(1) << 40), CacheKey: "k",
				Extra: []llm.Field{{Name: "store", Raw: json.RawMessage("true")}}, N: 1, Prediction: []llm.Part{&llm.Text{Text: "p"}}, Voice: json.RawMessage(`{}`), MinP: ptr(0.1),
			},
			want: start + "}",
			dropped: []string{
				"frequency_penalty", "logit_bias", "metadata", "min_p", "parallel_tool_calls", "prediction", "prompt_cache_key", "seed", "service_tier", "store", "user", "verbosity", "voice",
			},
		},
		{
			name: "strict tools, some allowed",
			r: llm.Request{
				Messages: ask(), Tools: []llm.Tool{{Kind: llm.ToolFunction, Name: "f", Strict: ptr(true), Schema: json.RawMessage("{}")}, {Kind: llm.ToolServer, Name: "web_search", Dialect: llm.Anthropic, Raw: json.RawMessage("{}")}},
				ToolChoice: &llm.ToolChoice{Mode: llm.ChooseAuto},
			},
			want:    start + `,"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}}`,
			dropped: []string{"web_search"},
		},
		{
			name: "a search alone",
			r: llm.Request{
				Messages: ask(), Tools: []llm.Tool{{Kind: llm.ToolServer, Name: "web_search", Dialect: llm.Anthropic, Raw: json.RawMessage("{}")}},
				ToolChoice: &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"web_search"}},
			},
			want: start + `,"tools":[{"googleSearch":{}}]}`,
		},
		{
			name: "form of the answer",
			r:    llm.Request{Messages: ask(), Format: &llm.Format{Kind: llm.FormatSchema, Schema: json.RawMessage(`{"type":"object", "x":1}`)}, Modalities: []string{"text"}, ServiceTier: "auto"},
			want: start + `,"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object", "x":1}}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, dropped, err := gemini.Codec{}.EncodeRequest(&tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.dropped, dropped, cmpopts.EquateEmpty()); diff != "" {
				t.Error("dropped", diff)
			}
		})
	}
}

func TestThinking(t *testing.T) {
	tests := []struct {
		model    string
		thinking llm.Thinking
		want     string
	}{
		{"gemini-3-pro-preview", llm.Thinking{Effort: llm.EffortNone}, `{"thinkingLevel":"LOW"}`},
		{"gemini-3-flash-preview", llm.Thinking{Effort: llm.EffortMinimal, Show: ptr(true)}, `{"thinkingLevel":"MINIMAL","includeThoughts":true}`},
		{"gemini-flash-latest", llm.Thinking{Effort: llm.EffortXHigh}, `{"thinkingLevel":"HIGH"}`},
		{"gemini-3.1-pro", llm.Thinking{Budget: 5000}, `{"thinkingLevel":"MEDIUM","includeThoughts":true}`},
		{"gemini-2.5-pro", llm.Thinking{Effort: llm.EffortNone}, `{"thinkingBudget":128}`},
		{"gemini-2.5-flash", llm.Thinking{Effort: llm.EffortNone, Show: ptr(true)}, `{"thinkingBudget":0}`},
		{"gemini-2.5-flash", llm.Thinking{Effort: llm.EffortMax}, `{"thinkingBudget":24576}`},
		{"gemini-2.5-flash-lite", llm.Thinking{Budget: 100, Show: ptr(false)}, `{"thinkingBudget":512,"includeThoughts":false}`},
		{"gemini-2.5-flash", llm.Thinking{Adaptive: true}, `{"thinkingBudget":-1,"includeThoughts":true}`},
		{"gemini-3-flash", llm.Thinking{Adaptive: true}, `{"includeThoughts":true}`},
		{"gemini-2.0-flash", llm.Thinking{Effort: llm.EffortHigh}, ``},
		{"gemma-3-27b-it", llm.Thinking{Effort: llm.EffortHigh}, ``},
	}
	for _, tt := range tests {
		got, dropped, err := gemini.Codec{}.EncodeRequest(&llm.Request{Model: tt.model, Messages: ask(), Thinking: &tt.thinking})
		if err != nil {
			t.Fatal(err)
		}
		want := start + `,"generationConfig":{"thinkingConfig":` + tt.want + "}}"
		if tt.want == "" {
			want = start + "}"
		}
		if string(got) != want || (len(dropped) > 0) != (tt.want == "") {
			t.Errorf("%s %+v: got %s, dropped %v", tt.model, tt.thinking, got, dropped)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	file := func(m llm.Media) *llm.Request { m.Kind = llm.Image; return &llm.Request{Messages: parts(&m)} }
	old := file(llm.Media{URL: "https://example.com/a.png"})
	old.Model = "gemini-2.0-flash"
	for name, r := range map[string]*llm.Request{
		"file of another provider": file(llm.Media{FileID: "file-abc"}),
		"plain http":               file(llm.Media{URL: "http://example.com/a.png"}),
		"no content":               file(llm.Media{}),
		"old model":                old,
		"nothing to say":           {Messages: parts(&llm.Text{})},
		"suffix":                   {Messages: ask(), Suffix: "}"},
		"result of nothing":        {Messages: parts(&llm.ToolResult{CallID: "x"})},
	} {
		_, _, err := gemini.Codec{}.EncodeRequest(r)
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.KindInvalid || e.Status != 400 || e.Message == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"not JSON": `{"contents":`, "no object": `[]`, "no contents": `{}`, "empty part": `{"contents":[{"parts":[{}]}]}`, "odd role": `{"contents":[{"role":"boss","parts":[{"text":"a"}]}]}`,
		"odd mode": start + `,"toolConfig":{"functionCallingConfig":{"mode":"MAYBE"}}}`, "odd number": start + `,"generationConfig":{"maxOutputTokens":"many"}}`,
	} {
		_, err := gemini.Codec{}.DecodeRequest(llm.Generate, []byte(text))
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.KindInvalid || e.Status != 400 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A stream's last chunk has an empty text, which Google's library for Go sends
// back as a part with nothing in it.
func TestEmptyPartOfTheModel(t *testing.T) {
	r, err := gemini.Codec{}.DecodeRequest(llm.Generate, []byte(`{"contents":[{"role":"user","parts":[{"text":"a"}]},`+
		`{"role":"model","parts":[{"text":"b"},{"functionCall":{"id":"1","name":"f","args":{}}},{}]},{"role":"model","parts":[{}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Messages) != 2 || len(r.Messages[1].Parts) != 2 {
		t.Errorf("%+v", r.Messages)
	}
}

// TestSealsTravel sends the reasoning of other providers to a client and back,
// in the alphabets in which clients write bytes.
func TestSealsTravel(t *testing.T) {
	given := []llm.Part{
		&llm.Reasoning{Text: "one", Seal: llm.Seal{Origin: llm.Anthropic, Value: "si>>g??"}},
		&llm.Reasoning{Redacted: true, Seal: llm.Seal{Origin: llm.Anthropic, Value: "secret"}},
		&llm.Reasoning{Text: "two", Seal: llm.Seal{Origin: llm.OpenAI}},
		&llm.Reasoning{Text: "three", Summary: true, Seal: llm.Seal{Origin: llm.Gemini, Value: "AVSoXO7+/w=="}},
		&llm.Text{Text: "hello", Seal: llm.Seal{Origin: llm.Gemini, Value: "c2ln"}},
		&llm.ToolCall{ID: "c", Name: "f", Arguments: "{}", Seal: llm.Seal{Origin: llm.Gemini, Value: "c2ln"}},
	}
	text, err := gemini.Codec{}.EncodeResponse(llm.Generate, &llm.Response{ID: "r", Choices: []llm.Choice{{Parts: given, Reason: llm.StopTools}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Candidates []struct {
			Content struct {
				Parts []struct {
					ThoughtSignature []byte // as Google's library for Go reads it
				}
			}
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	content := strings.TrimPrefix(string(text), `{"candidates":[{"content":`)
	content, _, _ = strings.Cut(content, `,"finishReason"`)
	for _, sent := range []string{content, strings.NewReplacer("+", "-").Replace(content)} {
		r, err := gemini.Codec{}.DecodeRequest(llm.Generate, []byte(`{"contents":[`+sent+`]}`))
		if err != nil {
			t.Fatal(err, sent)
		}
		got := r.Messages[0].Parts
		if sent != content {
			got, given = got[:3], given[:3] // Google's own are left as the client wrote them
		}
		if diff := cmp.Diff(given, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSchema(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"untouched", `{ "type":"object","properties":{"const":{"type":"string"},"definitions":{"type":"string"},"a":{"$ref":"#/$defs/A","description":"d"}},"$defs":{"A":{"type":"string"}},"additionalProperties":false}`, ""},
		{"const", `{"type":"object","properties":{"k":{"const":"a"},"n":{"type":"integer","const":1,"enum":[1]},"z":{"const":null}}}`, `{"type":"object","properties":{"k":{"type":"string","enum":["a"]},"n":{"type":"integer","enum":[1]},"z":{"enum":[null]}}}`},
		{
			"bounds", `{"type":"object","properties":{"i":{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":9007199254740993},"f":{"type":"number","exclusiveMinimum":0.5},"d":{"type":"integer","minimum":1,"exclusiveMinimum":true}}}`,
			`{"type":"object","properties":{"i":{"type":"integer","minimum":1,"maximum":9007199254740992},"f":{"type":"number","minimum":0.5},"d":{"type":"integer","minimum":1}}}`,
		},
		{"no type", `{"properties":{"a":{}}}`, `{"type":"object","properties":{"a":{}}}`},
		{
			"definitions", `{"type":"object","properties":{"a":{"$ref":"#/definitions/A"}},"definitions":{"A":{"type":"object","properties":{"a":{"$ref":"#/definitions/A"}}}}}`,
			`{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}}}`,
		},
		{
			"reference elsewhere, and not alone", `{"type":"object","properties":{"h":{"type":"object","title":"H"},"l":{"type":"array","items":{"$ref":"#/properties/h"}},"m":{"$ref":"#/properties/h","title":"M","nullable":true}}}`,
			`{"type":"object","properties":{"h":{"type":"object","title":"H"},"l":{"type":"array","items":{"type":"object","title":"H"}},"m":{"type":"object","title":"M","nullable":true}}}`,
		},
		{
			"round in a circle", `{"type":"object","properties":{"a":{"$ref":"#/properties/a"},"b":{"$ref":"https://x/y"},"c":{"$ref":"#/no/where","title":"C"}}}`,
			`{"type":"object","properties":{"a":{"type":"object"},"b":{"type":"object"},"c":{"type":"object","title":"C"}}}`,
		},
		{
			"root is a reference", `{"$ref":"#/definitions/A","definitions":{"A":{"type":"object","properties":{"x":{"type":"string"}}}},"$schema":"s"}`,
			`{"type":"object","properties":{"x":{"type":"string"}},"$defs":{"A":{"type":"object","properties":{"x":{"type":"string"}}}},"$schema":"s"}`,
		},
		{"hints", `{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}],"discriminator":{"propertyName":"x"}}}}`, `{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &llm.Request{Messages: ask(), Tools: []llm.Tool{{Kind: llm.ToolFunction, Name: "f", Schema: json.RawMessage(tt.schema)}}}
			want := tt.want
			if want == "" {
				want = tt.schema
			}
			for range 2 {
				got, _, err := gemini.Codec{}.EncodeRequest(r)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(start+`,"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":`+want+`}]}]}`, string(got)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name   string
		status int
		text   string
		want   llm.Error
	}{
		{
			"quota", 429,
			`{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}`,
			llm.Error{Kind: llm.KindRateLimit, Status: 429, Code: "RESOURCE_EXHAUSTED", Message: "Quota exceeded", RetryAfter: 34500 * time.Millisecond},
		},
		{
			"key", 400,
			`[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}]`,
			llm.Error{Kind: llm.KindAuth, Status: 400, Code: "API_KEY_INVALID", Message: "API key not valid."},
		},
		{
			"too long", 400, `{"error":{"code":400,"message":"The input token count (2) exceeds the maximum number of tokens allowed (1).","status":"INVALID_ARGUMENT"}}`,
			llm.Error{Kind: llm.KindContextLength, Status: 400, Code: "context_length_exceeded", Message: "The input token count (2) exceeds the maximum number of tokens allowed (1)."},
		},
		{"place", 400, `{"error":{"code":400,"message":"User location is not supported","status":"FAILED_PRECONDITION"}}`, llm.Error{Kind: llm.KindPermission, Status: 400, Code: "FAILED_PRECONDITION", Message: "User location is not supported"}},
		{
			"signature", 400, `{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts.","status":"INVALID_ARGUMENT"}}`,
			llm.Error{Kind: llm.KindSignature, Status: 400, Code: "INVALID_ARGUMENT", Message: "Function call is missing a thought_signature in functionCall parts."},
		},
		{"deadline", 504, `{"error":{"code":504,"message":"late","status":"DEADLINE_EXCEEDED"}}`, llm.Error{Kind: llm.KindTimeout, Status: 504, Code: "DEADLINE_EXCEEDED", Message: "late"}},
		{"text", 502, "bad gateway", llm.Error{Kind: llm.KindServer, Status: 502, Message: "bad gateway"}},
		{"page", 404, "<html>no</html>", llm.Error{Kind: llm.KindNotFound, Status: 404, Message: "The provider answered Not Found without saying why. Check the base URL in its configuration."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Source = llm.FromUpstream
			got := gemini.Codec{}.DecodeError(tt.status, []byte(tt.text))
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncodeError(t *testing.T) {
	e := &llm.Error{Kind: llm.KindRateLimit, Status: 429, Code: "rate_limited", Param: "model", Message: `slow "down"`, Source: llm.FromProxy, RetryAfter: 1500 * time.Millisecond}
	got := gemini.Codec{}.EncodeError(e, "req-1")
	want := `{"error":{"code":429,"message":"slow \"down\"","status":"RESOURCE_EXHAUSTED","details":[` +
		`{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMITED","domain":"yallmproxy","metadata":{"source":"proxy"}},` +
		`{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"model","description":"slow \"down\""}]},` +
		`{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"},` +
		`{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"req-1"}]}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	for _, kind := range []llm.Kind{
		llm.KindInvalid, llm.KindAuth, llm.KindPermission, llm.KindNotFound, llm.KindRateLimit, llm.KindOverloaded, llm.KindServer, llm.KindTimeout, llm.KindConflict,
	} {
		event := gemini.Codec{}.EncodeErrorEvent(&llm.Error{Kind: kind, Status: 599, Message: "m", Source: llm.FromProxy})
		for chunk, err := range chunks(event) {
			var o llm.Observation
			if s := (gemini.Codec{}).ObserveFrame(chunk, &o); err != nil || s.Err == nil || s.Err.Kind != kind {
				t.Errorf("%s came back as %v, %v", kind, s.Err, err)
			}
		}
	}
}

func TestObserve(t *testing.T) {
	tests := []struct {
		name, chunk string
		content     bool
		want        llm.Observation
	}{
		{"empty text", `{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":4}}`, false, llm.Observation{Usage: llm.Usage{Input: 4}}},
		{"text", `{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`, true, llm.Observation{Content: true, Deltas: 1}},
		{"thought", `{"candidates":[{"content":{"parts":[{"text":"a","thought":true}]}}]}`, true, llm.Observation{Content: true, Deltas: 1}},
		{"two calls", `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"function_call":{"name":"g"}}]}}]}`, true, llm.Observation{Content: true, Deltas: 1, ToolCalls: 2}},
		{"end", `{"candidates":[{"finishReason":"MAX_TOKENS"}]}`, true, llm.Observation{Content: true, Deltas: 1, Done: true, StopReason: "MAX_TOKENS"}},
		{"one of two ends", `{"candidates":[{"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"a"}]}}]}`, true, llm.Observation{Content: true, Deltas: 1, StopReason: "STOP"}},
		{"blocked", `{"promptFeedback":{"blockReason":"SAFETY"}}`, true, llm.Observation{Content: true, Deltas: 1, Done: true, StopReason: "SAFETY"}},
		{"nonsense", `nonsense`, false, llm.Observation{}},
	}
	for _, tt := range tests {
		var o llm.Observation
		s := gemini.Codec{}.ObserveFrame([]byte(tt.chunk), &o)
		if s.Content != tt.content {
			t.Errorf("%s: content %v", tt.name, s.Content)
		}
		if diff := cmp.Diff(tt.want, o, cmpopts.IgnoreUnexported(llm.Observation{})); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	var o llm.Observation
	gemini.Codec{}.ObserveBody([]byte(`[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":3,"thoughtsTokenCount":2}}]`), &o)
	if !o.Done || o.Usage.Output != 5 || o.StopReason != "STOP" {
		t.Errorf("%+v", o)
	}
}

// TestStreamOfAnotherProvider has tool calls whose arguments overlap, citations
// and a refusal, in the events of other dialects.
func TestStreamOfAnotherProvider(t *testing.T) {
	events := []llm.Event{
		llm.Start{ID: "chatcmpl-1", Created: time.Unix(1700000000, 0)},
		llm.PartStart{Index: 0, Part: &llm.Text{}},
		llm.PartDelta{Index: 0, Text: "Über"},
		llm.PartCitation{Index: 0, Citation: llm.Citation{URL: "https://a", Title: "A", Start: 1, End: 4}},
		llm.PartEnd{Index: 0},
		llm.PartStart{Index: 1, Part: &llm.ToolCall{ID: "call_a", Name: "f"}},
		llm.PartStart{Index: 2, Part: &llm.ToolCall{Name: "g"}},
		llm.PartDelta{Index: 2, Text: "{\"b\":\n"},
		llm.PartDelta{Index: 1, Text: `{"a":`},
		llm.Ping{},
		llm.PartDelta{Index: 2, Text: "2}"},
		llm.PartDelta{Index: 1, Text: `1}`},
		llm.PartEnd{Index: 1},
		llm.PartEnd{Index: 2},
		llm.PartStart{Index: 3, Part: &llm.Refusal{}},
		llm.PartDelta{Index: 3, Text: "no"},
		llm.PartEnd{Index: 3},
		llm.Finish{Reason: llm.StopTools},
		llm.Spent{Usage: llm.Usage{Input: 1, CacheRead: 2, CacheWrite: 3, Output: 9, Reasoning: 4}},
	}
	source := func(yield func(llm.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
	var got []string
	for frame, err := range (gemini.Codec{}).EncodeStream(llm.Generate, source, &llm.Request{Model: "fast"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(frame))
	}
	tail := `"modelVersion":"fast","createTime":"2023-11-14T22:13:20Z","responseId":"chatcmpl-1"}` + "\r\n\r\n"
	one := func(part string) string {
		return `data: {"candidates":[{"content":{"parts":[` + part + `],"role":"model"},"index":0}],` + tail
	}
	want := []string{
		one(`{"text":"Über"}`),
		one(`{"functionCall":{"id":"call_a","name":"f","args":{"a":1}}}`),
		one(`{"functionCall":{"id":"call_chatcmpl-1_1","name":"g","args":{"b":2}}}`),
		one(`{"text":"no"}`),
		`data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0,` +
			`"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"A"}}],"groundingSupports":[{"segment":{"startIndex":2,"endIndex":5,"text":"ber"},"groundingChunkIndices":[0]}]}}],` +
			`"usageMetadata":{"promptTokenCount":6,"candidatesTokenCount":5,"totalTokenCount":15,"cachedContentTokenCount":2,"thoughtsTokenCount":4},` + tail,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSealedThinkingInAStream keeps a signature beside words: Google's library
// for Go forgets a part that has none.
func TestSealedThinkingInAStream(t *testing.T) {
	seal := func(v string) llm.Seal { return llm.Seal{Origin: llm.Anthropic, Value: v} }
	want := []llm.Part{
		&llm.Reasoning{Text: "one two", Seal: seal("a")}, &llm.Reasoning{Seal: seal("b")}, &llm.Reasoning{Redacted: true, Seal: seal("c")}, &llm.Text{Text: "hello"},
	}
	events := []llm.Event{
		llm.Start{ID: "msg_1", Model: "m"},
		llm.PartStart{Part: &llm.Reasoning{}},
		llm.PartDelta{Text: "one "},
		llm.PartDelta{Text: "two"},
		llm.PartSeal{Seal: seal("a")},
		llm.PartEnd{},
		llm.PartStart{Index: 1, Part: &llm.Reasoning{}},
		llm.PartSeal{Index: 1, Seal: seal("b")},
		llm.PartEnd{Index: 1},
		llm.PartStart{Index: 2, Part: want[2]},
		llm.PartEnd{Index: 2},
		llm.PartStart{Index: 3, Part: &llm.Text{}},
		llm.PartDelta{Index: 3, Text: "hello"},
		llm.PartEnd{Index: 3},
		llm.Finish{Reason: llm.StopEnd},
	}
	source := func(yield func(llm.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
	// The client keeps each chunk as a turn of its own, and leaves out those
	// without words.
	var turns []string
	for frame, err := range (gemini.Codec{}).EncodeStream(llm.Generate, source, &llm.Request{}) {
		var chunk struct {
			Candidates []struct{ Content json.RawMessage }
		}
		data, _ := strings.CutPrefix(string(frame), "data: ")
		if err = errors.Join(err, json.Unmarshal([]byte(data), &chunk)); err != nil {
			t.Fatal(err)
		}
		if turn := string(chunk.Candidates[0].Content); !strings.Contains(turn, `"text":""`) {
			turns = append(turns, turn)
		}
	}
	r, err := gemini.Codec{}.DecodeRequest(llm.Generate, []byte(`{"contents":[`+strings.Join(turns, ",")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r.Messages[0].Parts); diff != "" || len(r.Messages) != 1 {
		t.Error(diff, turns)
	}
}

// TestToolOutputs reads what functions gave in the shapes that clients use.
func TestToolOutputs(t *testing.T) {
	for response, want := range map[string]string{
		`{"output":"a"}`: "a", `{"output":{"x": 1}}`: `{"x": 1}`, `{"error":"e"}`: "e", `{"name":"f","content":"c"}`: "c", `{"name":"g","content":"c"}`: `{"name":"g","content":"c"}`,
		`{"a":1,"output":2}`: `{"a":1,"output":2}`, `{}`: "", `"text"`: "text", `null`: "",
	} {
		r, err := gemini.Codec{}.DecodeRequest(llm.Generate, []byte(`{"contents":[{"parts":[{"functionResponse":{"id":"1","name":"f","response":`+response+`}}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		result, ok := r.Messages[0].Parts[0].(*llm.ToolResult)
		if !ok || result.Error != (want == "e") {
			t.Fatalf("%s: %+v", response, r.Messages[0].Parts[0])
		}
		got := ""
		for _, p := range result.Parts {
			if text, ok := p.(*llm.Text); ok {
				got += text.Text
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", response, got, want)
		}
	}
}

func TestBrokenStreams(t *testing.T) {
	broken := errors.New("connection reset")
	source := func(yield func([]byte, error) bool) {
		if yield([]byte(`{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`), nil) {
			yield(nil, broken)
		}
	}
	_, err := llm.Collect(gemini.Codec{}.DecodeStream(source))
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	for text, code := range map[string]string{
		"": "stream_interrupted", "data: {\"candidates\":[]}\n\n": "stream_interrupted", "data: {\n\n": "stream_malformed",
	} {
		_, err := llm.Collect(gemini.Codec{}.DecodeStream(chunks([]byte(text))))
		if e := llm.AsError(err); err == nil || e.Code != code || e.Kind != llm.KindStream || e.Status != 502 {
			t.Errorf("%q: got %v", text, err)
		}
	}
	for _, err := range (gemini.Codec{}).DecodeStream(source) {
		if err != nil {
			t.Error(err)
		}
		break // nobody listens: nothing more is yielded
	}
}

func TestArrayFrames(t *testing.T) {
	failed := &llm.Error{Kind: llm.KindServer, Status: 500, Message: "m", Source: llm.FromUpstream}
	one, two := []byte("data: {\"a\":1}\r\n\r\n"), []byte("data: {\"b\":\ndata: 2}\n\n")
	tests := []struct {
		name   string
		frames [][]byte
		err    error
		want   string
	}{
		{"nothing", nil, nil, "[]\n"},
		{"two", [][]byte{one, []byte(": comment\n\n"), two}, nil, "[{\"a\":1},\r\n{\"b\":2}]\n"},
		{"error frame", [][]byte{one, gemini.Codec{}.EncodeErrorEvent(failed)}, failed, "[{\"a\":1},\r\n" + string(gemini.Codec{}.EncodeError(failed, "")) + "]\n"},
		{"error alone", [][]byte{nil}, failed, "[" + string(gemini.Codec{}.EncodeError(failed, "")) + "]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var frames iter.Seq2[[]byte, error] = func(yield func([]byte, error) bool) {
				for i, f := range tt.frames {
					var err error
					if i == len(tt.frames)-1 {
						err = tt.err
					}
					if !yield(f, err) {
						return
					}
				}
			}
			var got []byte
			var last error
			for piece, err := range gemini.ArrayFrames(frames) {
				got = append(got, piece...)
				last = err
			}
			if string(got) != tt.want || !json.Valid(got) || !errors.Is(last, tt.err) {
				t.Errorf("got %q, %v; want %q", got, last, tt.want)
			}
		})
	}
}

func TestModels(t *testing.T) {
	got := gemini.Codec{}.EncodeModels([]llm.Model{
		{ID: "fast", ContextLength: 1048576, MaxOutput: 65536, Capabilities: []llm.Capability{llm.CanReason}}, {ID: "vec", Capabilities: []llm.Capability{llm.CanEmbed}}, {ID: "x"},
	})
	want := `{"models":[{"name":"models/fast","version":"fast","displayName":"fast","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","countTokens"],"thinking":true},` +
		`{"name":"models/vec","version":"vec","displayName":"vec","supportedGenerationMethods":["embedContent","batchEmbedContents","countTokens"],"thinking":false},` +
		`{"name":"models/x","version":"x","displayName":"x","supportedGenerationMethods":["generateContent","countTokens"]}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkTranslateChunk(b *testing.B) {
	chunk := []byte(`{"candidates": [{"content": {"parts": [{"text": "a few words of text"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 4,"candidatesTokenCount": 3,"totalTokenCount": 7,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 4}]},"modelVersion": "gemini-2.5-flash","responseId": "s1"}`)
	frames := slices.Repeat([][]byte{chunk}, 1000)
	data := func(yield func([]byte, error) bool) {
		for _, f := range frames {
			if !yield(f, nil) {
				return
			}
		}
	}
	c := gemini.Codec{}
	b.ReportAllocs()
	for i := 0; i < b.N; i += len(frames) {
		for _, err := range c.EncodeStream(llm.Generate, c.DecodeStream(data), &llm.Request{}) {
			if err != nil && !strings.Contains(err.Error(), "ended before") {
				b.Fatal(err)
			}
		}
	}
}

func TestTypesOfPictures(t *testing.T) {
	r := &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{&llm.Media{Kind: llm.Image, MIME: "image/jpg", Data: "/9j/4A=="}}}}}
	text, _, err := gemini.Codec{}.EncodeRequest(r)
	if err != nil || !strings.Contains(string(text), `"mimeType":"image/jpeg"`) {
		t.Errorf("%v %s", err, text)
	}
}

// Gemini gives up a call that it cannot finish, and says nothing else. Agents
// would take an empty answer for the end.
func TestCallThatMakesNoSense(t *testing.T) {
	const bare = `{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","index":0}],"usageMetadata":{"promptTokenCount":3}}`
	const after = `{"candidates":[{"content":{"role":"model","parts":[{"text":"I will."}]},"finishReason":"MALFORMED_FUNCTION_CALL","index":0}]}`
	for text, fails := range map[string]bool{bare: true, after: false} {
		_, whole := gemini.Codec{}.DecodeResponse([]byte(text))
		_, streamed := llm.Collect(gemini.Codec{}.DecodeStream(func(yield func([]byte, error) bool) { yield([]byte(text), nil) }))
		for _, err := range []error{whole, streamed} {
			if fails != (err != nil) || fails && llm.AsError(err).Kind != llm.KindServer {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
