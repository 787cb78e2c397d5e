package upstream

import (
	"net/http"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Where each kind of provider is asked, and where it looks for the key.
func TestAddressAndKey(t *testing.T) {
	const azure = "azure"
	for _, tt := range []struct {
		kind, base, path, query string
		url, header, value      string
	}{
		{"openai", "https://a.example/v1", "/chat/completions", "", "https://a.example/v1/chat/completions", "Authorization", "Bearer KEY"},
		{azure, "https://r.openai.azure.com", "/chat/completions", "x=1", "https://r.openai.azure.com/openai/deployments/up/chat/completions?api-version=2024-10-21&x=1", "Api-Key", "KEY"},
		{azure, "https://r.openai.azure.com/openai/v1", "/chat/completions", "", "https://r.openai.azure.com/openai/v1/chat/completions", "Api-Key", "KEY"},
		{"gemini", "https://generativelanguage.googleapis.com/v1beta", "/models/up:generateContent", "", "https://generativelanguage.googleapis.com/v1beta/models/up:generateContent", "X-Goog-Api-Key", "KEY"},
		{"gemini", "https://x-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google", "/models/up:streamGenerateContent", "alt=sse", "https://x-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/up:streamGenerateContent?alt=sse", "Authorization", "Bearer KEY"},
		{"anthropic", "https://api.anthropic.com/v1", "/messages", "", "https://api.anthropic.com/v1/messages", "X-Api-Key", "KEY"},
		{"ollama", "http://127.0.0.1:11434", "/api/chat", "", "http://127.0.0.1:11434/api/chat", "Authorization", "Bearer KEY"},
	} {
		m := &config.Model{Name: "m", Key: config.Key{Value: config.NewSecret("KEY")}, AzureVersion: "2024-10-21"}
		pool := NewPool(DefaultLimits())
		b, err := pool.NewBackend(m, config.NewEndpoint(tt.kind, tt.base))
		if err != nil {
			t.Fatal(err)
		}
		r := &Request{Path: tt.path, Query: tt.query, Model: "up", Foreign: true, Key: b.Key(), Header: http.Header{"Anthropic-Beta": {"x"}, "User-Agent": {"u"}}}
		if got := b.url(r).String(); got != tt.url {
			t.Errorf("%s: %s", tt.kind, got)
		}
		h := b.header(r)
		if got := h.Get(tt.header); got != tt.value {
			t.Errorf("%s: %s is %q", tt.kind, tt.header, got)
		}
		if h.Get("Anthropic-Beta") != "" || h.Get("User-Agent") != "u" {
			t.Errorf("%s: a header of another dialect travelled on: %v", tt.kind, h)
		}
		pool.Close()
	}
}
