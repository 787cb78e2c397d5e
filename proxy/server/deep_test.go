package server_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// One request, or one answer, of nothing but brackets must not end the process.
func TestBottomlessJSON(t *testing.T) {
	deep := strings.Repeat("[", 16<<20)
	up := NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"choices":`+deep)
		_ = z.Close()
	})
	p := NewProxy(t, one(up))
	for path, body := range map[string]string{
		"/v1/messages": `{"model":"a/b","max_tokens":5,"messages":[{"role":"user","content":"hi"},` +
			`{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"` + deep + `"}]},` +
			`{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}]}`,
		"/v1/chat/completions": chat,
	} {
		if got := p.Post(path, body); got.Status < 400 || len(got.Body) > 1000 {
			t.Errorf("%s: %d %.100s", path, got.Status, got.Body)
		}
	}
}
