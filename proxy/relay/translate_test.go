package relay_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// face is how a client of a dialect asks model "m", and how it is answered.
type face struct {
	operation   llm.Operation
	path        func(stream bool) string
	served      func(stream bool) string // the path at the provider, below the base
	contentType string
}

func faces() map[llm.Dialect]face {
	fixed := func(path string) func(bool) string { return func(bool) string { return path } }
	gemini := func(model string) func(bool) string {
		return func(stream bool) string {
			if stream {
				return "/v1beta/models/" + model + ":streamGenerateContent"
			}
			return "/v1beta/models/" + model + ":generateContent"
		}
	}
	return map[llm.Dialect]face{
		llm.OpenAI:    {llm.Chat, fixed("/v1/chat/completions"), fixed("/v1/chat/completions"), "text/event-stream"},
		llm.Responses: {llm.Respond, fixed("/v1/responses"), fixed("/v1/responses"), "text/event-stream"},
		llm.Anthropic: {llm.Messages, fixed("/v1/messages"), fixed("/v1/messages"), "text/event-stream"},
		llm.Gemini:    {llm.Generate, gemini("m0"), func(s bool) string { return strings.Replace(gemini("up")(s), "/v1beta", "/v1", 1) }, "text/event-stream"},
		llm.Ollama:    {llm.OllamaChat, fixed("/api/chat"), fixed("/v1/api/chat"), "application/x-ndjson"},
	}
}

func answer() *llm.Response {
	return &llm.Response{
		ID: "a1", Model: "up", Created: time.Unix(1700000000, 0), Usage: llm.Usage{Input: 10, Output: 5},
		Choices: []llm.Choice{{Reason: llm.StopTools, Parts: []llm.Part{
			&llm.Text{Text: "let me see"}, &llm.ToolCall{ID: "call_1", Name: "weather", Arguments: `{"city":"Paris"}`},
		}}},
	}
}

func wire(t *testing.T, frames iter.Seq2[[]byte, error]) []string {
	t.Helper()
	var out []string
	for f, err := range frames {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(f))
	}
	return out
}

// Every client speaks to every provider through the whole proxy.
func TestEveryDialectToEveryDialect(t *testing.T) {
	asked := &llm.Request{
		Model: "m0", Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{Text: "hi"}}}},
		Tools: []llm.Tool{{Kind: llm.ToolFunction, Name: "weather", Schema: []byte(`{"type":"object","properties":{"city":{"type":"string"}}}`)}},
	}
	for provider, there := range faces() {
		for client, here := range faces() {
			for _, stream := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s to %s, stream %v", client, provider, stream), func(t *testing.T) {
					up := NewUpstream(t, answerOf(t, provider, there, stream))
					p := NewProxy(t, models(string(provider), up))
					got := ask(t, p, client, here, asked, stream)
					check(t, client, here, stream, got)
					if sent := up.Last(t); sent.Path != there.served(stream) {
						t.Errorf("the provider was asked for %s", sent.Path)
					}
					r := p.Entry().Record
					if r.Dialect != client || r.TargetDialect != provider || r.Outcome != usage.Success || r.Usage.Prompt() != 10 || r.Usage.Output != 5 || r.ToolCalls != 1 {
						t.Errorf("record %+v", r)
					}
				})
			}
		}
	}
}

// answerOf is a provider that answers in its dialect.
func answerOf(t *testing.T, d llm.Dialect, f face, stream bool) Answer {
	t.Helper()
	codec, asked := protocol.For(d), &llm.Request{Model: "up", Stream: stream, StreamUsage: true}
	if stream {
		return Typed(f.contentType, wire(t, codec.EncodeStream(f.operation, answer().Events(), asked))...)
	}
	text, err := codec.EncodeResponse(f.operation, answer(), asked)
	if err != nil {
		t.Fatal(err)
	}
	return JSON(http.StatusOK, string(text))
}

func ask(t *testing.T, p *Proxy, d llm.Dialect, f face, asked *llm.Request, stream bool) Reply {
	t.Helper()
	say := *asked
	say.Stream = stream
	text, _, err := protocol.For(d).EncodeRequest(&say)
	if err != nil {
		t.Fatal(err)
	}
	path := f.path(stream)
	if d == llm.Gemini && stream {
		path += "?alt=sse"
	}
	return p.Post(path, string(text))
}

func check(t *testing.T, d llm.Dialect, f face, stream bool, got Reply) {
	t.Helper()
	if got.Status != http.StatusOK || got.Err != nil {
		t.Fatalf("%d %v %s", got.Status, got.Err, got.Body)
	}
	var r *llm.Response
	var err error
	if stream {
		if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, f.contentType) {
			t.Errorf("content type %q", kind)
		}
		r, err = llm.Collect(protocol.For(d).DecodeStream(events(d, got.Body)))
	} else {
		r, err = protocol.For(d).DecodeResponse([]byte(got.Body))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, got.Body)
	}
	call, ok := r.Choices[0].Parts[len(r.Choices[0].Parts)-1].(*llm.ToolCall)
	if !ok || call.Name != "weather" || call.Arguments != `{"city":"Paris"}` || r.Choices[0].Reason != llm.StopTools {
		t.Errorf("got %s", Dump(r))
	}
	if text, ok := r.Choices[0].Parts[0].(*llm.Text); !ok || text.Text != "let me see" {
		t.Errorf("got %s", Dump(r))
	}
}

// events is the data of a stream's events.
func events(d llm.Dialect, text string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reader := sse.NewReader(strings.NewReader(text), nil)
		if d == llm.Ollama {
			reader = sse.NewLineReader(strings.NewReader(text), nil)
		}
		for {
			f, err := reader.Next()
			if err != nil {
				return
			}
			if p := f.Data(); len(p) > 0 && !yield(p, nil) {
				return
			}
		}
	}
}

// A provider's refusal reaches a client of another dialect in the client's own
// shape, with status, words and the time to wait.
func TestTranslatedRefusal(t *testing.T) {
	up := NewUpstream(t, With("Retry-After", "7", JSON(429, `{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}`)))
	p := NewProxy(t, models("openai", up))
	got := p.Post("/v1/messages", message)
	want := `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"`
	if got.Status != 429 || !strings.HasPrefix(got.Body, want) || !strings.Contains(got.Body, `"source":"upstream"`) || got.Header.Get("Retry-After") != "7" {
		t.Errorf("%d %s %v", got.Status, got.Body, got.Header)
	}
}

// A translated stream that breaks before it has said anything is another
// backend's to answer; one that breaks later ends in the client's own words.
func TestTranslatedStreamThatBreaks(t *testing.T) {
	t.Run("before content", func(t *testing.T) {
		bad := NewUpstream(t, Cut(ChatFrame(`{"role":"assistant","content":""}`)))
		good := NewUpstream(t, Stream(MessageStream("hello")...))
		p := NewProxy(t, strings.Replace(models("openai", bad, good), "api_type: openai, request_timeout: 2}\nrouter", "api_type: anthropic, request_timeout: 2}\nrouter", 1))
		got := p.Post("/v1/responses", `{"model":"m0","input":"hi","stream":true}`)
		if got.Status != 200 || !strings.Contains(got.Body, `"delta":"hello"`) || strings.Count(got.Body, "event: response.created") != 1 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
	t.Run("after content", func(t *testing.T) {
		up := NewUpstream(t, Cut(ChatStream(false, "hel")[:2]...))
		p := NewProxy(t, models("openai", up))
		got := p.Post("/v1/messages", strings.Replace(message, "{", `{"stream":true,`, 1))
		if got.Status != 200 || !strings.Contains(got.Body, `"text":"hel"`) || !strings.Contains(got.Body, "event: error") {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if r := p.Entry().Record; r.Outcome != usage.Failed || r.ErrorKind == "" {
			t.Errorf("record %+v", r)
		}
	})
}

// What a backend's dialect cannot say is named, in a header and in the record.
func TestDroppedFieldsAreNamed(t *testing.T) {
	up := NewUpstream(t, JSON(200, Message("hi")))
	p := NewProxy(t, models("anthropic", up))
	got := p.Post("/v1/chat/completions", `{"model":"m0","seed":7,"logit_bias":{"1":2},"messages":[{"role":"user","content":"hi"}]}`)
	if got.Status != 200 || got.Header.Get("X-Yallmp-Dropped") != "logit_bias, seed" {
		t.Errorf("%d %v %s", got.Status, got.Header, got.Body)
	}
	if a := p.Entry().Record.Attempts; len(a) != 1 || a[0].Dropped != "logit_bias, seed" {
		t.Errorf("attempts %+v", a)
	}
}

// What no target can say is the client's to change.
func TestUnsayableIsRefused(t *testing.T) {
	up := NewUpstream(t, JSON(200, Message("hi")))
	p := NewProxy(t, models("anthropic", up))
	got := p.Post("/v1/chat/completions", `{"model":"m0","n":2,"messages":[{"role":"user","content":"hi"}]}`)
	if got.Status != 400 || !strings.Contains(got.Body, `"source":"proxy"`) || len(up.Received()) != 0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// A picture is not sent to a model that is known to be blind.
func TestBlindModel(t *testing.T) {
	blind, sees := NewUpstream(t, JSON(200, Message("hi"))), NewUpstream(t, JSON(200, Message("I see")))
	yaml := strings.Replace(models("anthropic", blind, sees), "request_timeout: 2}", "request_timeout: 2, input_modalities: [text]}", 1)
	const picture = `{"model":"m0","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}`
	p := NewProxy(t, yaml)
	if got := p.Post("/v1/chat/completions", picture); got.Status != 200 || !strings.Contains(got.Body, "I see") || len(blind.Received()) != 0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	p = NewProxy(t, strings.Replace(yaml, "- m0: [m1]", "- x: [m1]", 1))
	if got := p.Post("/v1/chat/completions", picture); got.Status != 400 || !strings.Contains(got.Body, "takes text and no image") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// Speech is heard while it is made.
func TestOpaqueAnswersDoNotWait(t *testing.T) {
	gate := make(chan struct{})
	up := NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "audio/mpeg")
		_, _ = io.WriteString(w, "first")
		_ = http.NewResponseController(w).Flush()
		<-gate
		_, _ = io.WriteString(w, "last")
	})
	p := NewProxy(t, models("openai", up))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/v1/audio/speech", strings.NewReader(`{"model":"m0","input":"x","voice":"v"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	first := make([]byte, len("first"))
	if _, err := io.ReadFull(res.Body, first); err != nil {
		t.Fatal(err)
	}
	close(gate)
	rest, err := io.ReadAll(res.Body)
	if err != nil || string(first)+string(rest) != "firstlast" || res.Header.Get("Content-Type") != "audio/mpeg" {
		t.Errorf("%v %s%s", err, first, rest)
	}
}

// Same dialect, byte for byte: for each one the provider gets the client's
// bytes but for the model, and the client the provider's.
func TestByteExactInEveryDialect(t *testing.T) {
	const odd = "{ \"unknown\" :\t[1, 2.50,\"\\u00e9\"] ,\n"
	tests := []struct {
		dialect          llm.Dialect
		path, body, sent string
		stream           []string
	}{
		{llm.OpenAI, "/v1/chat/completions", odd + `"stream":true,"stream_options":{"include_usage":true},"model": "m0","messages":[ {"role":"user","content":"hi","x":1}]}`, `"up"`, []string{
			": hello\n\n", "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"odd\":[ ]}]}\r\n\r\n", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n",
		}},
		{llm.OpenAI, "/v1/completions", odd + `"stream":true,"stream_options":{"include_usage":true},"model": "m0","prompt":"x","suffix":"y"}`, `"up"`, []string{
			"data: {\"choices\":[{\"text\":\"a\",\"index\":0,\"odd\":{}}]}\n\n", "data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n",
		}},
		{llm.Responses, "/v1/responses", odd + `"stream":true,"store":false,"model": "m0","input":[ {"role":"user","content":"hi"}]}`, `"up"`, []string{
			"event: response.created\ndata: {\"type\":\"response.created\",\"odd\":1,\"response\":{}}\n\n",
			"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\", \"delta\":\"a\"}\n\n",
			"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n",
		}},
		{llm.Anthropic, "/v1/messages", odd + `"stream":true,"max_tokens":9,"model": "m0","messages":[ {"role":"user","content":"hi"}]}`, `"up"`, MessageStream("a")},
		{llm.Gemini, "/v1beta/models/m0:streamGenerateContent?alt=sse&key=client", odd + `"contents":[ {"parts":[{"text":"hi"}],"x":1}]}`, "", []string{
			"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"odd\":[ ]}]}\r\n\r\n", "data: {\"candidates\":[{\"content\":{\"parts\":[]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}\r\n\r\n",
		}},
		{llm.Ollama, "/api/chat", odd + `"model": "m0","messages":[ {"role":"user","content":"hi"}]}`, `"up"`, []string{
			"{\"message\":{\"role\":\"assistant\",\"content\":\"a\"}, \"odd\":1,\"done\":false}\n", "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n",
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.dialect)+tt.path, func(t *testing.T) {
			up := NewUpstream(t, Typed(tt.dialect.StreamType(), tt.stream...))
			p := NewProxy(t, models(string(tt.dialect), up))
			got := p.Post(tt.path, tt.body)
			if diff := cmp.Diff(strings.Join(tt.stream, ""), got.Body); got.Status != 200 || diff != "" {
				t.Errorf("%d %s", got.Status, diff)
			}
			sent := up.Last(t)
			if want := strings.Replace(tt.body, `"m0"`, tt.sent, 1); sent.Body != want {
				t.Errorf("the provider got\n%s\nwant\n%s", sent.Body, want)
			}
			if strings.Contains(sent.Query, "client") {
				t.Errorf("the client's key travelled on: %s", sent.Query)
			}
		})
	}
}

// A Gemini client that does not ask for events gets one JSON array.
func TestGeminiArray(t *testing.T) {
	up := NewUpstream(t, Stream(ChatStream(true, "a", "b")...))
	p := NewProxy(t, models("openai", up))
	got := p.Post("/v1beta/models/m0:streamGenerateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`)
	body := bytes.TrimSpace([]byte(got.Body))
	if got.Status != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") || body[0] != '[' || body[len(body)-1] != ']' {
		t.Errorf("%d %v %s", got.Status, got.Header, got.Body)
	}
}

// Files and calls that nobody understands travel as they came.
func TestFormsAndRawCalls(t *testing.T) {
	up := NewUpstream(t, JSON(200, `{"text":"hello"}`))
	p := NewProxy(t, models("openai", up))
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n\x00\xff\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm0\r\n--b--\r\n"
	got := p.Post("/v1/audio/transcriptions", form, "Content-Type", "multipart/form-data; boundary=b")
	if sent := up.Last(t); got.Status != 200 || sent.Path != "/v1/audio/transcriptions" || sent.Body != strings.Replace(form, "\r\nm0\r\n", "\r\nup\r\n", 1) {
		t.Errorf("%d %s, the provider got %q", got.Status, got.Body, sent.Body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, p.URL+"/p1/m0/files/abc%20d?x=1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	sent := up.Last(t)
	if err != nil || string(text) != `{"text":"hello"}` || sent.Method != http.MethodDelete || sent.Path != "/v1/files/abc d" || sent.Query != "x=1" || sent.Header.Get("Authorization") == "" {
		t.Errorf("%v %s, the provider got %+v", err, text, sent)
	}
	out, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/p1/m0/%2e%2e/admin", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if res, err = http.DefaultClient.Do(out); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest || len(up.Received()) != 2 {
		t.Errorf("a path beside the base URL: %d", res.StatusCode)
	}
	if all := p.Entries(2); all[1].Record.Model != "m0" || all[1].Record.Outcome != usage.Success {
		t.Errorf("record %+v", all[1].Record)
	}
}

// A silent stream shows its client a sign of life.
func TestHeartbeat(t *testing.T) {
	for _, tt := range []struct{ dialect, path, body, beat string }{
		{"openai", "/v1/chat/completions", chatStream, ": "},
		{"anthropic", "/v1/messages", strings.Replace(message, "{", `{"stream":true,`, 1), "event: ping"},
	} {
		gate := make(chan struct{})
		frames := ChatStream(true, "a", "b")
		if tt.dialect == "anthropic" {
			frames = MessageStream("a", "b")
		}
		up := NewUpstream(t, Gated(gate, strings.Join(frames[:len(frames)-3], ""), strings.Join(frames[len(frames)-3:], "")))
		p := NewProxy(t, "proxy_settings: {server: {stream_heartbeat: 20ms}}\n"+models(tt.dialect, up))
		time.AfterFunc(300*time.Millisecond, func() { close(gate) })
		got := p.Post(tt.path, tt.body)
		if !strings.Contains(strings.Replace(got.Body, "event: ping", "", strings.Count(strings.Join(frames, ""), "event: ping")), tt.beat) {
			t.Errorf("%s: no sign of life in %s", tt.dialect, got.Body)
		}
		if strings.Contains(string(p.Entry().Bodies.ResponseBody), ": keep-alive") {
			t.Error("heartbeats are recorded")
		}
	}
}

// A part of the prompt that another provider keeps is not left out in silence.
func TestWhatOnlyAnotherProviderKnows(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, models("openai", up))
	for _, tt := range []struct{ path, body, param string }{
		{"/v1/responses", `{"model":"m0","input":"x","prompt":{"id":"pmpt_1"}}`, "prompt"},
		{"/v1/responses", `{"model":"m0","input":[{"type":"compaction","encrypted_content":"e"},{"role":"user","content":"x"}]}`, "input"},
		{"/v1/responses", `{"model":"m0","input":[{"type":"compaction_summary","encrypted_content":"e"},{"role":"user","content":"x"}]}`, "input"},
		{"/v1/responses", `{"model":"m0","input":[{"role":"user","content":"x"},{"type":"compaction_trigger"}]}`, "input"},
		{"/v1beta/models/m0:generateContent", `{"contents":[{"parts":[{"text":"x"}]}],"cachedContent":"cachedContents/1"}`, ""},
	} {
		got := p.Post(tt.path, tt.body)
		if got.Status != 400 || gjson.Get(got.Body, "error.param").Str != tt.param || len(up.Received()) > 0 {
			t.Errorf("%s: %d %s", tt.body, got.Status, got.Body)
		}
	}
	if got := p.Post("/v1/responses", `{"model":"m0","input":"x","prompt":null}`); got.Status != 200 {
		t.Errorf("null: %d %s", got.Status, got.Body)
	}
}

// A summary that a provider cannot read goes to the next one that can.
func TestSummaryGoesToWhoCanReadIt(t *testing.T) {
	const summarised = `{"model":"m0","input":[{"type":"compaction","encrypted_content":"e"},{"role":"user","content":"x"}]}`
	chat, home := NewUpstream(t, JSON(200, Chat("lost"))), NewUpstream(t, JSON(200, `{"id":"resp_1","object":"response","status":"completed","output":[]}`))
	p := NewProxy(t, "model_list:\n"+entry("m0", chat, "")+entry("m1", home, ", api_type: responses")+"router_settings:\n  fallbacks: [{m0: [m1]}]\n")
	if got := p.Post("/v1/responses", summarised); got.Status != 200 || len(chat.Received()) > 0 || !strings.Contains(home.Last(t).Body, `"encrypted_content":"e"`) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// A client that does not ask Gemini for events gets its array.
func TestGeminiArrayPassesThrough(t *testing.T) {
	const array = `[{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1}}]`
	up := NewUpstream(t, JSON(200, array))
	p := NewProxy(t, models("gemini", up))
	for path, want := range map[string]string{
		"/v1beta/models/m0:streamGenerateContent?key=k&alt=json": "alt=json",
		"/v1beta/models/m0:streamGenerateContent":                "",
	} {
		got := p.Post(path, `{"contents":[{"parts":[{"text":"x"}]}]}`)
		if query := up.Last(t).Query; query != want || got.Status != 200 || got.Body != array {
			t.Errorf("%s: %q, %d %s", path, query, got.Status, got.Body)
		}
	}
	for _, e := range p.Entries(2) {
		if e.Record.Usage.Input != 3 || e.Record.Outcome != usage.Success {
			t.Errorf("record %+v", e.Record)
		}
	}
	up.Script(JSON(200, " [] \n"))
	if got := p.Post("/v1beta/models/m0:streamGenerateContent", `{"contents":[{"parts":[{"text":"x"}]}]}`); got.Status != 502 {
		t.Errorf("an answer without anything in it: %d %s", got.Status, got.Body)
	}
	up.Script(JSON(429, `[{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}]`))
	p.Post("/v1beta/models/m0:streamGenerateContent", `{"contents":[{"parts":[{"text":"x"}]}]}`)
	if r := p.Entries(4)[3].Record; r.ErrorMessage != "slow down" {
		t.Errorf("record %+v", r)
	}
}

// A client that waits for events gets them, though its provider sends none.
func TestProviderThatDoesNotStream(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("whole")))
	p := NewProxy(t, models("openai", up))
	got := p.Post("/v1/chat/completions", chatStream)
	if kind := got.Header.Get("Content-Type"); got.Status != 200 || !strings.HasPrefix(kind, "text/event-stream") || !strings.Contains(got.Body, `"content":"whole"`) ||
		!strings.HasSuffix(got.Body, "data: [DONE]\n\n") || strings.Contains(got.Body, "prompt_tokens") {
		t.Errorf("%d %s %s", got.Status, kind, got.Body)
	}
	if r := p.Entry().Record; r.Outcome != usage.Success || r.Usage.Total() == 0 {
		t.Errorf("record %+v", r)
	}
}

// An Ollama server answers the wish to load a model with one object, whether the
// client asked for a stream or not.
func TestModelLoadedByItsOwnServer(t *testing.T) {
	const loaded = `{"model":"up","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done_reason":"load","done":true}`
	up := NewUpstream(t, JSON(200, loaded))
	p := NewProxy(t, models("ollama", up))
	if got := p.Post("/api/chat", `{"model":"m0","messages":[]}`); got.Status != 200 || got.Body != loaded {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// A character that comes in two deltas, half by half, is one character. What only
// looks like halves stays.
func TestTornCharacters(t *testing.T) {
	for name, tt := range map[string]struct {
		deltas []string
		want   string
	}{
		"torn":             {[]string{`a\ud83d`, `\ude00b`}, "a😀b"},
		"in capitals":      {[]string{`\uD83D`, `\uDE00`}, "😀"},
		"two in a row":     {[]string{`\ud83d`, `\ude00\ud83d`, `\ude01`}, "😀😁"},
		"whole":            {[]string{`\ud83d\ude00`, `x`}, "😀x"},
		"no escape at all": {[]string{`\\ud83d`, `\\ude00`, `\"\\ude00`}, `\ud83d\ude00"\ude00`},
		"never whole":      {[]string{`a\ud83d`, `b`}, "ab"},
		"second alone":     {[]string{`a`, `\ude00b`}, "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			frames := make([]string, 0, len(tt.deltas)+2)
			for _, d := range tt.deltas {
				frames = append(frames, ChatFrame(`{"content":"`+d+`"}`))
			}
			up := NewUpstream(t, Stream(append(frames, `data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n", "data: [DONE]\n\n")...))
			got := NewProxy(t, models("openai", up)).Post("/v1/messages", strings.Replace(message, "{", `{"stream":true,`, 1))
			said := ""
			for line := range strings.Lines(got.Body) {
				said += gjson.Get(strings.TrimPrefix(line, "data: "), "delta.text").Str
			}
			if said != tt.want {
				t.Errorf("%q, want %q", said, tt.want)
			}
		})
	}
}
