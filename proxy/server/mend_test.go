package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/server"
)

// A base URL with a part too many or too few is the commonest mistake of all.
func TestMistakenBases(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	web := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) })
	p := NewProxy(t, one(up), func(o *server.Options) { o.Web = web })
	const message, gemini = `{"model":"a/b","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`, `{"contents":[{"parts":[{"text":"hi"}]}]}`
	for path, body := range map[string]string{
		"/v1/v1/chat/completions": chat, "/chat/completions": chat, "/v1/chat/completions/": chat, "/v1//chat/completions": chat,
		"//v1/chat/completions": chat, "/openai/v1/chat/completions": chat, "/api/v1/chat/completions": chat, "/api/v0/chat/completions": chat,
		"/v1beta/openai/chat/completions": chat, "/openai/deployments/d/chat/completions?api-version=1": chat,
		"/completions": `{"model":"a/b","prompt":"x"}`, "/embeddings": `{"model":"a/b","input":"x"}`, "/responses": `{"model":"a/b","input":"x"}`,
		"/v1/v1/messages?beta=true": message, "/messages": message, "/anthropic/v1/messages": message,
		"/v1/v1beta/models/a%2Fb:generateContent": gemini, "/v1/models/a%2Fb:generateContent": gemini, "/models/a%2Fb:generateContent": gemini,
		"/v1beta1/projects/p/locations/l/publishers/google/models/a%2Fb:generateContent": gemini,
		"/v1/api/chat": chat, "/api/api/chat": chat,
	} {
		asked := len(up.Received())
		if got := p.Post(path, body); got.Status != 200 || len(up.Received()) != asked+1 {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	for path, field := range map[string]string{
		"/models": "data.0.id", "/v1/v1/models": "data.0.id", "/v1/models/": "data.0.id", "/openai/v1/models": "data.0.id",
		"/v1/v1/models/a/b": "id", "/v1/v1beta/models": "models.0.name", "/v1/api/tags": "models.0.name",
		"/api/v0/models": "data.0.id", "/api/v0/models/a/b": "id",
	} {
		if got := p.Get(path); got.Status != 200 || !strings.HasSuffix(gjson.Get(got.Body, field).Str, "a/b") {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	preflight := func(path, origin string) Reply {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, p.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return p.Do(req, "Origin", origin, "Access-Control-Request-Method", "POST")
	}
	for _, path := range []string{"/chat/completions", "/v1/v1/messages", "/v1/models/a%2Fb:generateContent", "/v1/api/chat", "/api/show", "/v1/models", "/v1/responses/resp_1", "/p1/a/b"} {
		if got := preflight(path, p.URL); got.Status != 204 || got.Header.Get("Access-Control-Allow-Origin") != p.URL {
			t.Errorf("a browser that asks for %s first: %d %s", path, got.Status, got.Body)
		}
		if got := preflight(path, "http://evil.example"); got.Status != 403 {
			t.Errorf("a strange page that asks for %s first: %d %s", path, got.Status, got.Body)
		}
	}
	if got := p.Post("//p1/a%2Fb/chat/completions", chat); got.Status != 200 || got.Header.Get("X-Yallmp-Backend") == "" || up.Last(t).Path != "/v1/chat/completions" {
		t.Errorf("a raw call with a slash too many: %d %s", got.Status, got.Body)
	}
	if got := p.Get("/models", "Accept", "text/html,*/*"); got.Body != "page" {
		t.Errorf("a browser got %s", got.Body)
	}
	if got := p.Get("/v1/v1/models", "Host", "evil.example"); got.Status != 403 {
		t.Errorf("a page that calls this machine by a name of its own got %d", got.Status)
	}
	if got := p.Post("/v1/nothing", `{}`); !strings.Contains(gjson.Get(got.Body, "error.message").Str, p.URL+"/v1 for OpenAI's clients") {
		t.Errorf("no way is shown: %s", got.Body)
	}
	for _, path := range []string{"/foo", "/", "/requests"} {
		got := p.Post(path, `{}`)
		if said := gjson.Get(got.Body, "error.message").Str; got.Status != 404 || !strings.Contains(said, p.URL+"/v1 for OpenAI's clients") || got.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	if got := p.Post("/foo", `{}`, "Anthropic-Version", "2023-06-01"); gjson.Get(got.Body, "type").Str != "error" {
		t.Errorf("in Anthropic's words: %s", got.Body)
	}
	if got := p.Post("/foo", `{}`, "Origin", "https://evil.example"); got.Status != 403 {
		t.Errorf("a page of another's: %d %s", got.Status, got.Body)
	}
	for _, path := range []string{"/api", "/api/state", "/api/no/such"} { // these are the pages' own
		if got := p.Post(path, `{}`); got.Body != "page" {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	for _, base := range []string{"/v1", "/v1/", "/v1beta/"} {
		if got := p.Get(base); got.Status != 404 || !strings.Contains(got.Body, "The base URL is") {
			t.Errorf("%s: %d %s", base, got.Status, got.Body)
		}
	}
	if got := p.Get("/v1/chat/completions"); !strings.Contains(got.Body, "with GET but with POST") {
		t.Errorf("got %s", got.Body)
	}
}

// What Ollama's clients ask of a server beside answers.
func TestOllamaClientsFindTheirModels(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, strings.ReplaceAll(one(up), "a/b", "plain")+strings.Replace(strings.TrimPrefix(one(up), "model_list:\n"), "a/b", "tagged:latest", 1))
	for _, name := range []string{"plain", "plain:latest", "tagged", "tagged:latest"} {
		for _, path := range []string{"/api/show", "/api/pull", "/api/chat"} {
			if got := p.Post(path, `{"model":"`+name+`","messages":[{"role":"user","content":"hi"}]}`); got.Status != 200 {
				t.Errorf("%s %s: %d %s", path, name, got.Status, got.Body)
			}
		}
	}
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"HEAD", "/api/version", 200},
		{"HEAD", "/api/tags", 200},
		{"POST", "/api/pull", 404},
		{"POST", "/api/create", 501},
		{"DELETE", "/api/delete", 501},
		{"HEAD", "/api/blobs/sha256:x", 501},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, p.URL+tt.path, strings.NewReader(`{"model":"none"}`))
		if err != nil {
			t.Fatal(err)
		}
		got := p.Do(req)
		if got.Status != tt.status || tt.method == "POST" && gjson.Get(got.Body, "error").Type != gjson.String {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, got.Status, got.Body)
		}
	}
}

// The name of a model may have the separators of Gemini's paths in it.
func TestGeminiNames(t *testing.T) {
	const whole = `{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]},"finishReason":"STOP"}]}`
	for _, name := range []string{"accounts/f/models/x", "x:7b"} {
		up := NewUpstream(t, JSON(200, whole))
		p := NewProxy(t, strings.Replace(strings.ReplaceAll(one(up), "a/b", name), "model_params: {", "model_params: {api_type: gemini, model: up, ", 1))
		for _, base := range []string{"/v1beta/models/", "/v1/models/", "/models/", "/v1/v1beta/models/", "/v1beta1/projects/p/locations/l/publishers/google/models/"} {
			got := p.Post(base+name+":generateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`)
			if got.Status != 200 || up.Last(t).Path != "/v1/models/up:generateContent" {
				t.Errorf("%s%s: %d %s", base, name, got.Status, got.Body)
			}
		}
	}
}
