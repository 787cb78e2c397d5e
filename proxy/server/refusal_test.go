package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// doors lists a call of each dialect and kind, and where the error's kind
// stands in its answer: the field and its words for a missing key and for a
// loop, which is a request that cannot be served.
var doors = []struct {
	method, path, body, header string
	field, auth, invalid       string
	message                    string
}{
	{"POST", "/v1/chat/completions", chat, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1/completions", `{"model":"a/b","prompt":"x"}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1/embeddings", `{"model":"a/b","input":"x"}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1/rerank", `{"model":"a/b"}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/p1/a%2Fb/v1/anything", `{}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1/responses", `{"model":"a/b","input":"x"}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"GET", "/v1/responses/resp_1", "", "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"DELETE", "/v1/responses/resp_1", "", "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"GET", "/v1/conversations/conv_1", "", "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1/messages", `{"model":"a/b","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1/messages/count_tokens", `{"model":"a/b","messages":[{"role":"user","content":"x"}]}`, "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"POST", "/v1beta/models/a%2Fb:generateContent", `{"contents":[]}`, "", "error.status", "UNAUTHENTICATED", "INVALID_ARGUMENT", "error.message"},
	{"POST", "/v1beta/models/a%2Fb:streamGenerateContent?alt=sse", `{"contents":[]}`, "", "error.status", "UNAUTHENTICATED", "INVALID_ARGUMENT", "error.message"},
	{"POST", "/api/chat", chat, "", "source", "proxy", "proxy", "error"},
	{"POST", "/api/embed", `{"model":"a/b","input":"x"}`, "", "source", "proxy", "proxy", "error"},
	{"GET", "/v1/models", "", "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"GET", "/v1/models/a/b", "", "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"GET", "/v1/models", "", "Anthropic-Version", "error.type", "authentication_error", "invalid_request_error", "error.message"},
	{"GET", "/v1beta/models", "", "", "error.status", "UNAUTHENTICATED", "INVALID_ARGUMENT", "error.message"},
	{"GET", "/api/tags", "", "", "source", "proxy", "proxy", "error"},
	{"GET", "/api/ps", "", "", "source", "proxy", "proxy", "error"},
	{"POST", "/api/show", `{"model":"a/b"}`, "", "source", "proxy", "proxy", "error"},
	{"GET", "/api/v0/models", "", "", "error.type", "authentication_error", "invalid_request_error", "error.message"},
}

// TestEveryDoorIsGuarded: without a key, and with a call that has come round in
// a circle, each path answers in its own dialect's shape, and no provider is
// asked.
func TestEveryDoorIsGuarded(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, one(up)+"app_keys:\n  enabled: true\n  keys: [{key_id: k, secret: s-k}]\n", Remember(t))
	records := 0
	for _, d := range doors {
		for _, circle := range []bool{false, true} {
			req, err := http.NewRequestWithContext(t.Context(), d.method, p.URL+d.path, strings.NewReader(d.body))
			if err != nil {
				t.Fatal(err)
			}
			if d.body != "" {
				req.Header.Set("Content-Type", "application/json")
			}
			if d.header != "" {
				req.Header.Set(d.header, "2023-06-01")
			}
			status, kind, words := 401, d.auth, "API key required"
			if circle {
				req.Header.Set("X-Api-Key", "s-k")
				req.Header.Add("X-Yallmp-Hop", "elsewhere")
				req.Header.Add("X-Yallmp-Hop", "another, "+p.Relay.Hop())
				status, kind, words = 508, d.invalid, "leads back to it"
			}
			got := p.Do(req)
			if got.Status != status || gjson.Get(got.Body, d.field).Str != kind || !strings.Contains(gjson.Get(got.Body, d.message).Str, words) {
				t.Errorf("%s %s, circle %v: got %d %s", d.method, d.path, circle, got.Status, got.Body)
			}
			if strings.HasPrefix(d.path, "/v1/messages") && (gjson.Get(got.Body, "type").Str != "error" || gjson.Get(got.Body, "request_id").Str == "") {
				t.Errorf("%s: not Anthropic's shape: %s", d.path, got.Body)
			}
		}
		if d.method == "POST" && d.path != "/api/show" {
			records += 2
		}
	}
	for _, e := range p.Entries(records) {
		if e.Record.Status == 508 && (e.Record.ErrorKind != llm.KindInvalid || e.Record.Caller != "") {
			t.Errorf("recorded as %+v", e.Record)
		}
	}
	if n := len(up.Received()); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// TestHop: each process has a name of its own, and another's does not matter.
func TestHop(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p, other := NewProxy(t, one(up)), NewProxy(t, "")
	if p.Relay.Hop() == other.Relay.Hop() || len(p.Relay.Hop()) < 20 {
		t.Errorf("names are %q and %q", p.Relay.Hop(), other.Relay.Hop())
	}
	if got := p.Post("/v1/chat/completions", chat, "X-Yallmp-Hop", other.Relay.Hop()); got.Status != 200 {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}
