package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/server"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const chat = `{"model":"a/b","messages":[{"role":"user","content":"hi"}]}`

func one(up *Upstream) string {
	return fmt.Sprintf("model_list:\n  - model_name: a/b\n    model_params: {api_base: %s}\n", up.Base())
}

func TestWhatIsTurnedAway(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, one(up)+`proxy_settings:
  server: {max_body_bytes: 1000, allowed_hosts: [proxy.lan], allowed_origins: ["https://ok.example", "vscode-webview://*"]}
`)
	port := p.URL[strings.LastIndex(p.URL, ":"):]
	tests := []struct {
		name, path, body string
		headers          []string
		status           int
		code             string
	}{
		{"plain call", "/v1/chat/completions", chat, nil, 200, ""},
		{"localhost", "/v1/chat/completions", chat, []string{"Host", "localhost" + port}, 200, ""},
		{"IPv6 loopback", "/v1/chat/completions", chat, []string{"Host", "[::1]" + port}, 200, ""},
		{"allowed host", "/v1/chat/completions", chat, []string{"Host", "proxy.lan" + port}, 200, ""},
		{"rebinding host", "/v1/chat/completions", chat, []string{"Host", "evil.example" + port}, 403, "host_not_allowed"},
		{"rebinding host that looks local", "/v1/chat/completions", chat, []string{"Host", "localhost.evil.example"}, 403, "host_not_allowed"},
		{"foreign page", "/v1/chat/completions", chat, []string{"Origin", "https://evil.example"}, 403, "origin_not_allowed"},
		{"sandboxed page", "/v1/chat/completions", chat, []string{"Origin", "null"}, 403, "origin_not_allowed"},
		{"navigation from a foreign page", "/v1/chat/completions", chat, []string{"Sec-Fetch-Site", "cross-site"}, 403, "origin_not_allowed"},
		{"allowed page", "/v1/chat/completions", chat, []string{"Origin", "https://ok.example"}, 200, ""},
		{"allowed scheme", "/v1/chat/completions", chat, []string{"Origin", "vscode-webview://abc"}, 200, ""},
		{"own page", "/v1/chat/completions", chat, []string{"Origin", p.URL}, 200, ""},
		{"form", "/v1/chat/completions", chat, []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type"},
		{"odd parameter", "/v1/chat/completions", chat, []string{"Content-Type", "application/json; charset"}, 200, ""},
		{"packed by nobody knows what", "/v1/chat/completions", chat, []string{"Content-Encoding", "br"}, 415, "unsupported_media_type"},
		{"not packed at all", "/v1/chat/completions", chat, []string{"Content-Encoding", "zstd"}, 400, "incomplete_body"},
		{"too large", "/v1/chat/completions", `{"model":"` + strings.Repeat("x", 2000) + `"}`, nil, 413, "request_too_large"},
		{"no JSON", "/v1/chat/completions", `{"model":`, nil, 400, "invalid_json"},
		{"no object", "/v1/chat/completions", `[1]`, nil, 400, "invalid_json_shape"},
		{"empty", "/v1/chat/completions", ``, nil, 400, "missing_parameter"},
		{"no model", "/v1/chat/completions", `{"messages":[1]}`, nil, 400, "missing_parameter"},
		{"no messages", "/v1/chat/completions", `{"model":"a/b","messages":[ ]}`, nil, 400, "missing_parameter"},
		{"unknown model", "/v1/chat/completions", `{"model":"zzz","messages":[1]}`, nil, 404, "model_not_found"},
		{"no input", "/v1/embeddings", `{"model":"a/b","input":null}`, nil, 400, "missing_parameter"},
		{"odd input", "/v1/embeddings", `{"model":"a/b","input":7}`, nil, 400, "invalid_parameter"},
		{"unknown path", "/v1/nothing", `{}`, nil, 404, "unknown_path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.Post(tt.path, tt.body, tt.headers...)
			if got.Status != tt.status || gjson.Get(got.Body, "error.code").Str != tt.code {
				t.Errorf("got %d %s", got.Status, got.Body)
			}
			if got.Header.Get("X-Request-Id") == "" {
				t.Error("no request id")
			}
			if tt.code != "" && gjson.Get(got.Body, "error.source").Str != "proxy" {
				t.Errorf("no source: %s", got.Body)
			}
		})
	}
}

func TestAnthropicErrorsHaveTheirOwnShape(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, one(up))
	for body, want := range map[string]string{
		`{"model":"zzz","messages":[1]}`: "not_found_error",
		`{"model":"a/b","messages":[1]}`: "invalid_request_error", // the model speaks openai only
		`nonsense`:                       "invalid_request_error",
	} {
		got := p.Post("/v1/messages", body)
		if gjson.Get(got.Body, "type").Str != "error" || gjson.Get(got.Body, "error.type").Str != want || gjson.Get(got.Body, "request_id").Str != got.Header.Get("Request-Id") || got.Header.Get("Request-Id") == "" {
			t.Errorf("%s: got %d %s", body, got.Status, got.Body)
		}
	}
}

func TestWrongMethod(t *testing.T) {
	p := NewProxy(t, "")
	got := p.Get("/v1/chat/completions")
	if got.Status != 405 || got.Header.Get("Allow") != "POST" {
		t.Errorf("got %d %v", got.Status, got.Header)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodHead, p.URL+"/v1/models", http.NoBody)
	if got := p.Do(req); got.Status != 200 {
		t.Errorf("HEAD got %d", got.Status)
	}
}

func TestDamagedUpload(t *testing.T) {
	p := NewProxy(t, "")
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n")
	text, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 400") || !strings.Contains(string(text), "incomplete_body") {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestPreflight(t *testing.T) {
	p := NewProxy(t, "proxy_settings: {server: {allowed_origins: [\"https://ok.example\"]}}\n")
	for origin, status := range map[string]int{"https://ok.example": 204, "https://evil.example": 403} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, p.URL+"/v1/chat/completions", http.NoBody)
		got := p.Do(req, "Origin", origin, "Access-Control-Request-Headers", "authorization,content-type")
		if got.Status != status {
			t.Errorf("%s: %d", origin, got.Status)
		}
		if allowed := got.Header.Get("Access-Control-Allow-Origin"); (allowed == origin) != (status == 204) {
			t.Errorf("%s: allowed %q", origin, allowed)
		}
	}
}

func TestModels(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, one(up)+"router_settings: {fallbacks: [{virtual: [a/b]}]}\n")
	list := p.Get("/v1/models")
	if got := gjson.Get(list.Body, "data.#.id").String(); list.Status != 200 || got != `["a/b","virtual"]` {
		t.Errorf("got %d %s", list.Status, list.Body)
	}
	for _, path := range []string{"/v1/models/a/b", "/v1/models/a%2Fb"} {
		if got := p.Get(path); got.Status != 200 || gjson.Get(got.Body, "id").Str != "a/b" {
			t.Errorf("%s: got %d %s", path, got.Status, got.Body)
		}
	}
	if got := p.Get("/v1/models/none"); got.Status != 404 || gjson.Get(got.Body, "error.code").Str != "model_not_found" {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	anthropic := p.Get("/v1/models", "Anthropic-Version", "2023-06-01")
	if gjson.Get(anthropic.Body, "data.0.type").Str != "model" || gjson.Get(anthropic.Body, "first_id").Str != "a/b" {
		t.Errorf("got %s", anthropic.Body)
	}
}

func TestAppKeys(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, one(up)+`
  - model_name: closed
    model_params: {api_base: `+up.Base()+`}
    access_control: {allowed_keys: [second]}
app_keys:
  enabled: true
  keys:
    - {key_id: first, secret: s-first}
    - {key_id: second, secret: s-second}
    - {key_id: off, secret: s-off, enabled: false}
`)
	closed := strings.Replace(chat, "a/b", "closed", 1)
	for _, tt := range []struct {
		body, header, value string
		status              int
		code                string
	}{
		{chat, "X-Api-Key", "s-first", 200, ""},
		{chat, "Authorization", "Bearer s-first", 200, ""},
		{chat, "X-None", "", 401, "missing_api_key"},
		{chat, "X-Api-Key", "wrong", 401, "invalid_api_key"},
		{chat, "X-Api-Key", "s-off", 401, "disabled_api_key"},
		{closed, "X-Api-Key", "s-first", 403, "model_access_denied"},
		{closed, "X-Api-Key", "s-second", 200, ""},
	} {
		got := p.Post("/v1/chat/completions", tt.body, tt.header, tt.value)
		if got.Status != tt.status || gjson.Get(got.Body, "error.code").Str != tt.code {
			t.Errorf("%s %q: got %d %s", tt.header, tt.value, got.Status, got.Body)
		}
	}
	if n := len(up.Received()); n != 3 {
		t.Errorf("the provider was asked %d times, want 3", n)
	}
	if got := p.Get("/v1/models", "X-Api-Key", "s-first"); strings.Contains(got.Body, "closed") {
		t.Errorf("a model that may not be used is listed: %s", got.Body)
	}
	for _, e := range p.Entries(7) {
		if e.Record.Status == 401 && e.Record.Outcome != usage.Failed {
			t.Errorf("refusal recorded as %s", e.Record.Outcome)
		}
	}
}

func TestStopLetsRequestsEnd(t *testing.T) {
	gate := make(chan struct{})
	up := NewUpstream(t, Gated(gate, ChatFrame(`{"content":"a"}`), Join(ChatStream(false, "b"))))
	p := NewProxy(t, one(up))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/v1/chat/completions", strings.NewReader(strings.Replace(chat, "{", `{"stream":true,`, 1)))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	stopped := make(chan error, 1)
	go func() { stopped <- p.Server.Stop(t.Context()) }()
	refused := func() bool {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.URL, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}
	for deadline := time.Now().Add(5 * time.Second); !refused(); {
		if time.Now().After(deadline) {
			t.Fatal("the listener is still open")
		}
		time.Sleep(5 * time.Millisecond)
	}
	close(gate)
	text, err := io.ReadAll(res.Body)
	if err != nil || !strings.HasSuffix(string(text), "[DONE]\n\n") {
		t.Errorf("the stream was cut: %q, %v", text, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if p.Server.Addr() != "" {
		t.Errorf("still at %s", p.Server.Addr())
	}
}

func TestStopIsBounded(t *testing.T) {
	up := NewUpstream(t, Hang())
	p := NewProxy(t, one(up))
	done := make(chan struct{})
	go func() {
		defer close(done)
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/v1/chat/completions", strings.NewReader(chat))
		req.Header.Set("Content-Type", "application/json")
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
		}
	}()
	for deadline := time.Now().Add(5 * time.Second); len(up.Received()) == 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Server.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	<-done
	if r := p.Entry().Record; r.Outcome != usage.Cancelled {
		t.Errorf("recorded %s", r.Outcome)
	}
}

func TestPortTaken(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener has no other
	s := server.New(server.Options{
		Relay: relay.New(relay.Options{Log: slog.New(slog.DiscardHandler)}), Log: slog.New(slog.DiscardHandler),
		Holder: func(string) string { return "nginx (pid 7)" },
	})
	var taken *server.PortTakenError
	if err := s.Start("127.0.0.1", port); !errors.As(err, &taken) {
		t.Fatalf("got %v", err)
	}
	if taken.Free == 0 || taken.Free == port || !strings.Contains(taken.Error(), "nginx (pid 7)") || !strings.Contains(taken.Error(), strconv.Itoa(port)) {
		t.Errorf("got %v", taken)
	}
	if err := s.Start("127.0.0.1", taken.Free); err != nil {
		t.Errorf("the offered port: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
