package window

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Addresses that the window itself answers. The core knows no such paths.
const (
	scriptPath = "/window/core.js"
	startPath  = "/window/start"
)

//go:embed core.js
var coreScript []byte

// waitingPage stands in for the user interface until there is a core to serve
// it. It is empty at first: most cores start before anybody has read a word.
const waitingPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>yaLLMproxy</title>
<style>html { background: #fff } @media (prefers-color-scheme: dark) { html { background: #1b1d20 } }</style>
</head>
<body><script src="` + scriptPath + `"></script></body>
</html>
`

// gate is the way of every request from the page: to the core when there is
// one, and to an honest answer when there is none.
type gate struct {
	core http.Handler
	link *link
	// wait is how long the first page waits for the first answer of a core
	// that runs already, so that no other page flashes up before it.
	wait time.Duration
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == scriptPath:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(coreScript)
	case r.URL.Path == startPath && r.Method == http.MethodPost:
		g.link.Start()
		w.WriteHeader(http.StatusNoContent)
	case isPage(r):
		g.page(w, r)
	case g.link.running.Load():
		g.core.ServeHTTP(w, r)
	default:
		refuse(w)
	}
}

// page serves the user interface, or a page that waits for it.
func (g *gate) page(w http.ResponseWriter, r *http.Request) {
	for until := time.Now().Add(g.wait); !g.link.running.Load() && time.Now().Before(until); {
		if !sleep(r.Context(), 10*time.Millisecond) {
			return
		}
	}
	if !g.link.running.Load() {
		g.link.stale.Store(true)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(waitingPage))
		return
	}
	g.link.stale.Store(false)
	if strings.HasSuffix(r.URL.Path, "/") || strings.HasSuffix(r.URL.Path, "/index.html") {
		g.core.ServeHTTP(w, r) // Wails adds its runtime to these itself
		return
	}
	recorded := &recorder{header: http.Header{}, status: http.StatusOK}
	g.core.ServeHTTP(recorded, r)
	recorded.replay(w)
}

// isPage reports whether the answer will be shown as a page of its own. Pages
// are addresses of the router in the user interface, which have no extension.
func isPage(r *http.Request) bool {
	if r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, "/api/") {
		return false
	}
	last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	return last == "index.html" || !strings.Contains(last, ".")
}

// refuse answers what only a core can answer.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusServiceUnavailable)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"title":  "The core is not running",
		"status": http.StatusServiceUnavailable,
		"detail": "Nothing was changed. Start the core again, then repeat this.",
	})
}

// recorder holds a page back until it is complete. Wails adds its runtime to
// the start page only; a page that is reloaded at another address needs it too.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header            { return r.header }
func (r *recorder) WriteHeader(status int)         { r.status = status }
func (r *recorder) Write(body []byte) (int, error) { return r.body.Write(body) }

func (r *recorder) replay(w http.ResponseWriter) {
	body := r.body.Bytes()
	if strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		const runtime = `<head><script src="/wails/ipc.js"></script><script src="/wails/runtime.js"></script>`
		body = bytes.Replace(body, []byte("<head>"), []byte(runtime), 1)
		r.header.Del("Content-Length")
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body)
}
