package server_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

func TestPackedRequests(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, strings.Replace(one(up), "model_params: {", "model_params: {model: a/b, ", 1)+"proxy_settings:\n  server: {max_body_bytes: 1000}\n")
	zipped := func(text string) string {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write([]byte(text)) // to memory
		_ = z.Close()
		return out.String()
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	long := `{"model":"a/b","messages":"` + strings.Repeat("x", 5000) + `"}`
	for _, tt := range []struct {
		name, coding, body string
		status             int
	}{
		{"gzip", "gzip", zipped(chat), 200},
		{"zstd", "zstd", string(z.EncodeAll([]byte(chat), nil)), 200},
		{"too long when unpacked", "gzip", zipped(long), 413},
		{"too long when unpacked", "zstd", string(z.EncodeAll([]byte(long), nil)), 413},
		{"cut off", "gzip", zipped(chat)[:30], 400},
	} {
		got := p.Post("/v1/chat/completions", tt.body, "Content-Encoding", tt.coding)
		if got.Status != tt.status {
			t.Errorf("%s, %s: %d %s", tt.name, tt.coding, got.Status, got.Body)
		}
		if sent := up.Last(t); tt.status == 200 && (sent.Body != chat || sent.Header.Get("Content-Encoding") != "") {
			t.Errorf("%s: the provider got %q, %s", tt.coding, sent.Header.Get("Content-Encoding"), sent.Body)
		}
	}
}
