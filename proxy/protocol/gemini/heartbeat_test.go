package gemini_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/genai"

	"github.com/yallmproxy/yallmproxy/proxy/protocol/gemini"
)

// A sign of life would be an error to Google's client for Go: it takes a comment
// for a broken chunk, and a blank line too unless all lines end alike, which a
// provider's need not; Google's older client for JavaScript takes no blank line
// at all. That is why the dialect has none. When this fails, it can have one.
func TestGoogleTakesNoSignOfLife(t *testing.T) {
	if (gemini.Codec{}).Heartbeat() != nil {
		t.Error("there is a heartbeat")
	}
	const chunk = `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]}}]}`
	for name, c := range map[string]struct {
		text   string
		breaks bool
	}{
		"nothing":                 {chunk + "\r\n\r\n" + chunk + "\r\n\r\n", false},
		"a comment":               {chunk + "\r\n\r\n: heartbeat\r\n\r\n" + chunk + "\r\n\r\n", true},
		"a blank line like these": {chunk + "\r\n\r\n\r\n\r\n" + chunk + "\r\n\r\n", false},
		"a blank line after Unix": {chunk + "\n\n\r\n\r\n" + chunk + "\n\n", true},
	} {
		up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, c.text)
		}))
		client, err := genai.NewClient(t.Context(), &genai.ClientConfig{APIKey: "k", HTTPOptions: genai.HTTPOptions{BaseURL: up.URL}, Backend: genai.BackendGeminiAPI})
		if err != nil {
			t.Fatal(err)
		}
		chunks, failed := 0, false
		for _, err := range client.Models.GenerateContentStream(t.Context(), "m", genai.Text("hi"), nil) {
			if failed = err != nil; failed {
				break
			}
			chunks++
		}
		up.Close()
		if failed != c.breaks || !failed && chunks != 2 {
			t.Errorf("%s: %d chunks, failed %v", name, chunks, failed)
		}
	}
}
