package relay_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const secret = "sk-test-0123456789abcdef"

// models configures one model for each upstream: m0, m1, … each falling back
// to the next.
func models(dialect string, ups ...*Upstream) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i, u := range ups {
		fmt.Fprintf(&b, "  - model_name: m%d\n    model_params: {api_base: %s, api_key: %s-%d, model: up, api_type: %s, request_timeout: 2}\n", i, u.Base(), secret, i, dialect)
	}
	if len(ups) > 1 {
		b.WriteString("router_settings:\n  fallbacks:\n")
		for i := range len(ups) - 1 {
			fmt.Fprintf(&b, "    - m%d: [m%d]\n", i, i+1)
		}
	}
	return b.String()
}

const (
	chat       = `{"model":"m0","messages":[{"role":"user","content":"hi"}]}`
	chatStream = `{"model":"m0","messages":[{"role":"user","content":"hi"}],"stream":true}`
	askedUsage = `{"model":"m0","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`
	message    = `{"model":"m0","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`
)

func TestPassThroughIsByteExact(t *testing.T) {
	up := NewUpstream(t, JSON(200, "{ \"weird\" :\t1,\n\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":3}},\"choices\":[{\"finish_reason\":\"stop\"}] }\n"))
	p := NewProxy(t, strings.Replace(models("openai", up), "model: up, ", "model: m0, ", 1))
	const body = " {\"messages\" : [ {\"role\":\"user\",\"content\":\"h\\u00e9\"} ],\n \"unknown\":{\"b\":1,\"a\":[ ]}, \"model\" :\"m0\"} "
	got := p.Post("/v1/chat/completions?api-version=1", body)
	if got.Status != 200 || got.Body != "{ \"weird\" :\t1,\n\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":3}},\"choices\":[{\"finish_reason\":\"stop\"}] }\n" {
		t.Errorf("the client got %d %q", got.Status, got.Body)
	}
	sent := up.Last(t)
	if sent.Body != body {
		t.Errorf("the provider got %q", sent.Body)
	}
	if sent.Path != "/v1/chat/completions" || sent.Query != "api-version=1" {
		t.Errorf("the provider was asked for %s?%s", sent.Path, sent.Query)
	}
	r := p.Entry().Record
	want := llm.Usage{Input: 4, CacheRead: 3, Output: 2}
	if diff := cmp.Diff(want, r.Usage); diff != "" {
		t.Error(diff)
	}
	if r.StopReason != "stop" || r.Outcome != usage.Success || r.Backend != "m0" || r.Status != 200 {
		t.Errorf("record: %+v", r)
	}
}

func TestHeaders(t *testing.T) {
	up := NewUpstream(t, With("X-Request-Id", "theirs", With("Set-Cookie", "a=b", With("X-Ratelimit-Remaining", "9", JSON(200, Chat("x"))))))
	p := NewProxy(t, models("openai", up))
	got := p.Post("/v1/chat/completions", chat,
		"Authorization", "Bearer client-secret", "X-Api-Key", "client-secret", "Cookie", "c=client-secret",
		"X-Request-Id", "mine-1", "X-Custom", "kept", "Connection", "X-Hop", "X-Hop", "1", "Accept-Encoding", "br, gzip")
	sent := up.Last(t).Header
	if got := sent.Get("Authorization"); got != "Bearer "+secret+"-0" {
		t.Errorf("authorization %q", got)
	}
	for _, name := range []string{"X-Api-Key", "Cookie", "X-Hop"} {
		if sent.Get(name) != "" {
			t.Errorf("%s travelled on: %q", name, sent.Get(name))
		}
	}
	if sent.Get("X-Custom") != "kept" || sent.Get("Accept-Encoding") != "gzip" {
		t.Errorf("sent %v", sent)
	}
	want := map[string]string{"X-Request-Id": "mine-1", "X-Yallmp-Upstream-Request-Id": "theirs", "Set-Cookie": "", "X-Ratelimit-Remaining": "9", "X-Yallmp-Backend": "m0"}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), value)
		}
	}
	e := p.Entry()
	if e.Record.RequestID != "mine-1" {
		t.Errorf("request id %q", e.Record.RequestID)
	}
	if all := fmt.Sprint(e.Bodies.RequestHeader, e.Bodies.ResponseHeader); strings.Contains(all, "client-secret") || strings.Contains(all, "a=b") {
		t.Errorf("a credential was recorded: %s", all)
	}
}

func TestStreamPassesThroughAndUsageIsNeverZero(t *testing.T) {
	tests := []struct {
		name, request string
		asks          bool
	}{
		{"client did not ask for usage", chatStream, false},
		{"client asked for usage", askedUsage, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := NewUpstream(t, Stream(ChatStream(true, "Hel", "lo")...))
			p := NewProxy(t, models("openai", up))
			got := p.Post("/v1/chat/completions", tt.request)
			if want := Join(ChatStream(tt.asks, "Hel", "lo")); got.Body != want {
				t.Errorf("the client got\n%s\nwant\n%s", got.Body, want)
			}
			if sent := up.Last(t).Body; !strings.Contains(sent, `"include_usage":true`) {
				t.Errorf("the provider was not asked for usage: %s", sent)
			}
			r := p.Entry().Record
			if r.Usage != (llm.Usage{Input: 10, Output: 5}) || r.StopReason != "stop" || !r.Stream {
				t.Errorf("record: %+v", r)
			}
			if r.Timing.FirstOut == 0 || r.Timing.FirstByte == 0 || r.Timing.Total < r.Timing.FirstOut {
				t.Errorf("timing: %+v", r.Timing)
			}
		})
	}
}

func TestAnthropicPassThrough(t *testing.T) {
	up := NewUpstream(t, JSON(200, Message("hello")), Stream(MessageStream("hel", "lo")...))
	p := NewProxy(t, models("anthropic", up))
	if got := p.Post("/v1/messages", message, "Anthropic-Beta", "b1"); got.Body != Message("hello") {
		t.Errorf("got %s", got.Body)
	}
	sent := up.Last(t).Header
	if sent.Get("X-Api-Key") != secret+"-0" || sent.Get("Anthropic-Version") != "2023-06-01" || sent.Get("Anthropic-Beta") != "b1" || sent.Get("Authorization") != "Bearer "+secret+"-0" {
		t.Errorf("sent %v", sent)
	}
	got := p.Post("/v1/messages", strings.Replace(message, "{", `{"stream":true,`, 1))
	if got.Body != Join(MessageStream("hel", "lo")) {
		t.Errorf("got %s", got.Body)
	}
	for _, e := range p.Entries(2) {
		want := llm.Usage{Input: 10, CacheRead: 4, CacheWrite: 3, Output: 5}
		if e.Record.Usage != want || e.Record.StopReason != "end_turn" {
			t.Errorf("record: %+v", e.Record)
		}
	}
}

// TestFailures is the table of what goes wrong upstream, what the client gets
// and what is written down.
func TestFailures(t *testing.T) {
	good := ChatStream(true, "ok")
	errorEvent := "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\"}}\n\n"
	type want struct {
		status   int
		contains string
		attempts []string // backend:status:kind
		outcome  usage.Outcome
	}
	tests := []struct {
		name     string
		request  string
		first    Answer
		fallback Answer // nil: no fallback
		want     want
	}{
		{
			"429 falls back", chat, With("Retry-After", "120", JSON(429, `{"error":{"message":"slow down"}}`)), JSON(200, Chat("b")),
			want{200, `"b"`, []string{"m0:429:rate_limit", "m1:200:"}, usage.Success},
		},
		{
			"429 alone is the client's", chat, With("Retry-After", "120", JSON(429, `{"error":{"message":"slow down"}}`)), nil,
			want{429, "slow down", []string{"m0:429:rate_limit"}, usage.Failed},
		},
		{
			"500 falls back", chatStream, JSON(500, `oops`), Stream(good...),
			want{200, "[DONE]", []string{"m0:500:server", "m1:200:"}, usage.Success},
		},
		{
			"500 without JSON becomes the dialect's error", chat, JSON(500, `<html>oops</html>`), nil,
			want{500, `"source":"upstream"`, []string{"m0:500:server"}, usage.Failed},
		},
		{
			"400 does not fall back", chat, JSON(400, `{"error":{"message":"bad tool"}}`), JSON(200, Chat("b")),
			want{400, "bad tool", []string{"m0:400:invalid_request"}, usage.Failed},
		},
		{
			"the last answer wins over a dead backend", chat, JSON(503, `{"error":{"message":"busy"}}`), Cut(),
			want{503, "busy", []string{"m0:503:overloaded", "m1:0:connect"}, usage.Failed},
		},
		{
			"reset before headers falls back", chat, Cut(), JSON(200, Chat("b")),
			want{200, `"b"`, []string{"m0:0:connect", "m1:200:"}, usage.Success},
		},
		{
			"reset inside a plain answer falls back", chat, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"id":`)
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}, JSON(200, Chat("b")),
			want{200, `"b"`, []string{"m0:200:connect", "m1:200:"}, usage.Success},
		},
		{
			"hanging falls back", chat, Hang(), JSON(200, Chat("b")),
			want{200, `"b"`, []string{"m0:0:timeout", "m1:200:"}, usage.Success},
		},
		{
			"error event first falls back", chatStream, Stream(errorEvent), Stream(good...),
			want{200, `"ok"`, []string{"m0:200:stream", "m1:200:"}, usage.Success},
		},
		{
			"error event after a role-only delta falls back", chatStream, Stream(ChatFrame(`{"role":"assistant","content":""}`), ": wait\n\n", errorEvent), Stream(good...),
			want{200, `"ok"`, []string{"m0:200:stream", "m1:200:"}, usage.Success},
		},
		{
			"error event alone is a 502", chatStream, Stream(errorEvent), nil,
			want{502, "boom", []string{"m0:200:stream"}, usage.Failed},
		},
		{
			"empty stream falls back", chatStream, Stream(": hello\n\n"), Stream(good...),
			want{200, `"ok"`, []string{"m0:200:stream", "m1:200:"}, usage.Success},
		},
		{
			"error event after content reaches the client", chatStream, Drip(100*time.Millisecond, ChatFrame(`{"content":"par"}`), errorEvent), Stream(good...),
			want{200, "boom", []string{"m0:200:stream"}, usage.Failed},
		},
		{
			"stream cut after content ends with an error event", chatStream, Cut(ChatFrame(`{"content":"par"}`), `data: {"id":"ha`), Stream(good...),
			want{200, "closed the connection", []string{"m0:200:stream"}, usage.Failed},
		},
		{
			"stream cut before content is a connection that failed", chatStream, Cut(ChatFrame(`{"role":"assistant","content":""}`)), Stream(good...),
			want{200, `"ok"`, []string{"m0:200:connect", "m1:200:"}, usage.Success},
		},
		{
			"stream that just ends says so", chatStream, Stream(ChatFrame(`{"content":"par"}`)), Stream(good...),
			want{200, "stream_interrupted", []string{"m0:200:stream"}, usage.Failed},
		},
		{
			"no [DONE] is no failure", chatStream, Stream(good[:len(good)-1]...), nil,
			want{200, `"finish_reason":"stop"`, []string{"m0:200:"}, usage.Success},
		},
		{
			"redirect is not followed", chat, With("Location", "http://127.0.0.1:1/", JSON(302, "")), JSON(200, Chat("b")),
			want{200, `"b"`, []string{"m0:302:connect", "m1:200:"}, usage.Success},
		},
		{
			"plain answer to a streaming request passes", chatStream, JSON(200, Chat("plain")), nil,
			want{200, "plain", []string{"m0:200:"}, usage.Success},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ups := []*Upstream{NewUpstream(t, tt.first)}
			if tt.fallback != nil {
				ups = append(ups, NewUpstream(t, tt.fallback))
			}
			p := NewProxy(t, models("openai", ups...))
			got := p.Post("/v1/chat/completions", tt.request)
			if got.Status != tt.want.status || !strings.Contains(got.Body, tt.want.contains) {
				t.Errorf("the client got %d %s", got.Status, got.Body)
			}
			e := p.Entry()
			var attempts []string
			for _, a := range e.Record.Attempts {
				attempts = append(attempts, fmt.Sprintf("%s:%d:%s", a.Backend, a.Status, a.Kind))
			}
			if diff := cmp.Diff(tt.want.attempts, attempts); diff != "" {
				t.Error(diff)
			}
			if e.Record.Outcome != tt.want.outcome || e.Record.Status != tt.want.status {
				t.Errorf("recorded %s with status %d: %s", e.Record.Outcome, e.Record.Status, e.Record.ErrorMessage)
			}
			if all := got.Body + fmt.Sprint(got.Header) + p.Log.String() + string(e.Bodies.ResponseBody); strings.Contains(all, secret) {
				t.Error("the key came out")
			}
			for _, u := range ups {
				if strings.Contains(got.Body, strings.TrimPrefix(u.URL, "http://")) {
					t.Errorf("the provider's address came out: %s", got.Body)
				}
			}
		})
	}
}

func TestRetriesAtTheSameBackend(t *testing.T) {
	up := NewUpstream(t, JSON(500, `{"error":{"message":"once"}}`), JSON(200, Chat("twice")))
	p := NewProxy(t, models("openai", up)+"router_settings: {num_retries: 2}\n")
	if got := p.Post("/v1/chat/completions", chat); got.Status != 200 || !strings.Contains(got.Body, "twice") {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if n := len(p.Entry().Record.Attempts); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

func TestStrangeStreamsTravelUnchanged(t *testing.T) {
	tests := map[string][]string{
		"CRLF":          {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n", "data: [DONE]\r\n\r\n"},
		"split UTF-8":   {"data: {\"choices\":[{\"delta\":{\"content\":\"\xe6\x97", "\xa5\xf0\x9f", "\x8e\x89\"}}]}\n", "\ndata: [DONE]\n\n"},
		"unknown field": {"id: 7\nretry: 5\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"zzz\":1}],\"x\":null}\n\n: note\n\n", "data: [DONE]\n\n"},
		"one packet":    {Join(ChatStream(false, "a", "b"))},
		"10 MB line":    {"data: {\"choices\":[{\"delta\":{\"content\":\"" + strings.Repeat("x", 10<<20) + "\"}}]}\n\n", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n"},
		"no last blank": {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "data: [DONE]"},
	}
	for name, pieces := range tests {
		t.Run(name, func(t *testing.T) {
			up := NewUpstream(t, Stream(pieces...))
			p := NewProxy(t, models("openai", up))
			got := p.Post("/v1/chat/completions", chatStream)
			if want := Join(pieces); got.Body != want {
				t.Errorf("got %d bytes, want %d: %.200q", len(got.Body), len(want), got.Body)
			}
			if r := p.Entry().Record; r.Outcome != usage.Success {
				t.Errorf("recorded %s: %s", r.Outcome, r.ErrorMessage)
			}
		})
	}
}

func TestGzip(t *testing.T) {
	up := NewUpstream(t, Gzip("application/json", Chat("packed")), Gzip("text/event-stream", Join(ChatStream(true, "packed"))))
	p := NewProxy(t, models("openai", up))
	plain := p.Post("/v1/chat/completions", chat, "Accept-Encoding", "gzip")
	if plain.Header.Get("Content-Encoding") != "gzip" || strings.Contains(plain.Body, "packed") {
		t.Errorf("the plain answer was unpacked: %v", plain.Header)
	}
	stream := p.Post("/v1/chat/completions", chatStream)
	if stream.Header.Get("Content-Encoding") != "" || stream.Body != Join(ChatStream(false, "packed")) {
		t.Errorf("the stream came as %s", stream.Body)
	}
	for _, e := range p.Entries(2) {
		if !e.Record.Usage.Known() {
			t.Errorf("no usage: %+v", e.Record)
		}
	}
}

func TestSlowStreamIsNotHeldBack(t *testing.T) {
	gate := make(chan struct{})
	up := NewUpstream(t, Gated(gate, ChatFrame(`{"role":"assistant","content":""}`), ChatFrame(`{"content":"first"}`), "data: [DONE]\n\n"))
	p := NewProxy(t, models("openai", up))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/v1/chat/completions", strings.NewReader(chatStream))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	want := ChatFrame(`{"role":"assistant","content":""}`) + ChatFrame(`{"content":"first"}`)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != want {
		t.Fatalf("before the provider had finished: %q, %v", got, err)
	}
	close(gate)
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
}

func TestClientThatLeavesCancelsTheProvider(t *testing.T) {
	for name, tt := range map[string]struct {
		request string
		answer  Answer
	}{
		"stream": {chatStream, Drip(20*time.Millisecond, append(repeat(ChatFrame(`{"content":"x"}`), 500), "data: [DONE]\n\n")...)},
		"plain":  {chat, Hang()},
	} {
		t.Run(name, func(t *testing.T) {
			up := NewUpstream(t, tt.answer)
			p := NewProxy(t, models("openai", up))
			ctx, cancel := context.WithCancel(t.Context())
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"/v1/chat/completions", strings.NewReader(tt.request))
			req.Header.Set("Content-Type", "application/json")
			time.AfterFunc(100*time.Millisecond, cancel)
			if res, err := http.DefaultClient.Do(req); err == nil {
				_, _ = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			select {
			case <-up.Gone():
			case <-time.After(5 * time.Second):
				t.Fatal("the provider works on for nobody")
			}
			if r := p.Entry().Record; r.Outcome != usage.Cancelled || r.Status != 499 {
				t.Errorf("recorded %s, status %d", r.Outcome, r.Status)
			}
		})
	}
}

func repeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestMissingKeyIsNeverSent(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, fmt.Sprintf("model_list:\n  - model_name: m0\n    model_params: {api_base: %s, api_key: $NOT_SET_ANYWHERE}\n", up.Base()))
	got := p.Post("/v1/chat/completions", chat)
	if got.Status != 401 || !strings.Contains(got.Body, "NOT_SET_ANYWHERE") {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if n := len(up.Received()); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

func TestProviderThatRepeatsTheKeyIsSilenced(t *testing.T) {
	key := secret + "-0"
	up := NewUpstream(t, JSON(400, `{"error":{"message":"Incorrect API key provided: `+key+`"}}`))
	p := NewProxy(t, models("openai", up))
	got := p.Post("/v1/chat/completions", chat)
	e := p.Entry()
	if all := got.Body + e.Record.ErrorMessage + fmt.Sprint(e.Record.Attempts) + string(e.Bodies.ResponseBody) + p.Log.String(); strings.Contains(all, key) {
		t.Errorf("the key came out: %s", all)
	}
	if got.Status != 400 || !strings.Contains(got.Body, "•••") {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}

// TestProviderThatRepeatsTheWayIsSilenced: a proxy's password stands in texts
// as it is, or as it is written in a URL.
func TestProviderThatRepeatsTheWayIsSilenced(t *testing.T) {
	up := NewUpstream(t, JSON(400, `{"error":{"message":"No way through ann:p%40ss%20word-word-1@gate, p@ss word-word-1"}}`))
	p := NewProxy(t, fmt.Sprintf("model_list:\n  - model_name: m0\n    model_params: {api_base: %s}\n"+
		"proxy_settings: {network: {proxy: 'http://ann:p%%40ss%%20word-word-1@gate:3128'}}\n", up.Base()))
	got := p.Post("/v1/chat/completions", chat)
	e := p.Entry()
	all := got.Body + e.Record.ErrorMessage + fmt.Sprint(e.Record.Attempts) + string(e.Bodies.ResponseBody) + p.Log.String()
	if strings.Contains(all, "word-1") || got.Status != 400 {
		t.Errorf("got %d %s", got.Status, all)
	}
}

func TestConfiguredFields(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, fmt.Sprintf(`model_list:
  - model_name: m0
    model_params: {api_base: %s, model: openai/real-name, supports_reasoning: true}
    parameters:
      temperature: {default: 0.5}
      top_p: {default: 0.9, allow_override: false}
      thinking.budget: {default: 7}
`, up.Base()))
	p.Post("/v1/chat/completions", `{"model":"openai/m0","messages":[{"role":"user","content":"hi"}],"temperature":1,"top_p":1}`)
	want := `{"model":"real-name","messages":[{"role":"user","content":"hi"}],"temperature":1,"top_p":0.9,"thinking":{"type":"enabled","budget":7}}`
	if got := up.Last(t).Body; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEmbeddings(t *testing.T) {
	const answer = `{"object":"list","data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}`
	up := NewUpstream(t, JSON(200, answer))
	p := NewProxy(t, models("openai", up))
	if got := p.Post("/v1/embeddings", `{"model":"m0","input":["a"]}`); got.Body != answer {
		t.Errorf("got %s", got.Body)
	}
	if diff := cmp.Diff(llm.Usage{Input: 8}, p.Entry().Record.Usage); diff != "" {
		t.Error(diff)
	}
	if got := up.Last(t); got.Path != "/v1/embeddings" || got.Body != `{"model":"up","input":["a"]}` {
		t.Errorf("the provider got %s %s", got.Path, got.Body)
	}
}

func TestLongAnswerIsNotHeld(t *testing.T) {
	answer := `{"data":"` + strings.Repeat("y", 20<<20) + `","usage":{"prompt_tokens":8,"total_tokens":8}}`
	up := NewUpstream(t, JSON(200, answer))
	p := NewProxy(t, strings.Replace(models("openai", up), "request_timeout: 2", "request_timeout: 60", 1))
	if got := p.Post("/v1/embeddings", `{"model":"m0","input":"a"}`); got.Body != answer {
		t.Errorf("got %d bytes", len(got.Body))
	}
	e := p.Entry()
	if e.Record.Usage.Input != 8 || e.Record.ResponseBytes != int64(len(answer)) || !e.Bodies.ResponseCut {
		t.Errorf("record: %+v, kept %d", e.Record, len(e.Bodies.ResponseBody))
	}
}

func TestRecordHoldsTheConversation(t *testing.T) {
	up := NewUpstream(t, Stream(ChatStream(true, "a", "b")...))
	p := NewProxy(t, models("openai", up))
	got := p.Post("/v1/chat/completions", chatStream, "User-Agent", "claude-cli/2.1 (external)")
	e := p.Entry()
	if string(e.Bodies.RequestBody) != chatStream || string(e.Bodies.ResponseBody) != got.Body {
		t.Errorf("kept %q and %q", e.Bodies.RequestBody, e.Bodies.ResponseBody)
	}
	want := usage.Record{
		Dialect: llm.OpenAI, TargetDialect: llm.OpenAI, Path: "/v1/chat/completions", Client: "claude-cli", Model: "m0",
		Backend: "m0", TargetModel: "up", Key: "key 1", Stream: true, Outcome: usage.Success, Status: 200, StopReason: "stop",
		Usage: llm.Usage{Input: 10, Output: 5}, RequestBytes: int64(len(chatStream)), ResponseBytes: int64(len(got.Body)), HasBodies: true,
	}
	if diff := cmp.Diff(want, e.Record, cmpopts.IgnoreFields(usage.Record{}, "ID", "Time", "RequestID", "Timing", "Attempts", "ConfigVersion")); diff != "" {
		t.Error(diff)
	}
}
