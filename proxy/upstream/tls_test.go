package upstream_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// TestMain makes this process trust one test server, the way an administrator
// adds a root to the system: Go reads the roots once, at the first handshake.
func TestMain(m *testing.M) {
	os.Exit(run(m))
}

var secure *httptest.Server

func run(m *testing.M) int {
	secure = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Protocol", r.Proto)
		_, _ = w.Write(body)
	}))
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()
	dir, err := os.MkdirTemp("", "roots-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "root.pem")
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(file, root, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for name, value := range map[string]string{"SSL_CERT_FILE": file, "SSL_CERT_DIR": dir} {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	secure.Close()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestHTTP2WhereOffered(t *testing.T) {
	pool := upstream.NewPool(upstream.DefaultLimits())
	defer pool.Close()
	b, err := pool.NewBackend(
		&config.Model{Name: "m", RequestTimeout: upstream.DefaultLimits().Connect},
		config.Endpoint{Dialect: llm.OpenAI, Base: secure.URL + "/v1"},
	)
	if err != nil {
		t.Fatal(err)
	}
	var reused []bool
	for range 2 {
		res, err := b.Do(t.Context(), &upstream.Request{Path: "/v1/chat/completions", Header: http.Header{}, Body: [][]byte{[]byte(`{"a"`), []byte(`:1}`)}})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != `{"a":1}` {
			t.Errorf("got %q, %v", body, err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if got := res.Header.Get("X-Protocol"); got != "HTTP/2.0" {
			t.Errorf("spoke %s", got)
		}
		reused = append(reused, res.Reused)
	}
	if reused[0] || !reused[1] {
		t.Errorf("reused: %v, want the second request on the first one's connection", reused)
	}
}

func TestConnectionTestNamesTLS(t *testing.T) {
	r := upstream.Test(t.Context(), upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: secure.URL + "/v1"}})
	if len(r.Steps) < 3 || r.Steps[2].Name != "tls" || !r.Steps[2].OK || r.Steps[2].Detail != "TLS 1.3" {
		t.Errorf("got %+v", r.Steps)
	}
}
