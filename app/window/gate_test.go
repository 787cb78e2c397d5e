package window

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// core answers like a core: a page for every address of the user interface.
func core(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/assets/") {
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = io.WriteString(w, "<html><head><title>UI</title></head></html>")
}

func newGate(running bool) *gate {
	l := &link{asked: make(chan struct{}, 1)}
	l.running.Store(running)
	return &gate{core: http.HandlerFunc(core), link: l}
}

func ask(t *testing.T, g *gate, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
	return w
}

func TestGatePassesToTheCore(t *testing.T) {
	g := newGate(true)
	for _, path := range []string{"/api/state", "/assets/index-a1.js"} {
		if got := ask(t, g, http.MethodGet, path).Body.String(); got != "GET "+path {
			t.Errorf("%s answered %q", path, got)
		}
	}
	if got := ask(t, g, http.MethodDelete, "/api/models/a.b").Body.String(); got != "DELETE /api/models/a.b" {
		t.Errorf("answered %q", got)
	}
}

func TestGateAddsTheRuntimeWhereWailsDoesNot(t *testing.T) {
	g := newGate(true)
	start := ask(t, g, http.MethodGet, "/").Body.String()
	if strings.Contains(start, "/wails/runtime.js") {
		t.Error("Wails would add its runtime to the start page a second time")
	}
	deep := ask(t, g, http.MethodGet, "/requests?model=a")
	if !strings.Contains(deep.Body.String(), `<script src="/wails/runtime.js"></script><title>UI</title>`) {
		t.Errorf("a page that is reloaded has no runtime: %s", deep.Body)
	}
	if got := deep.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("header lost: %q", got)
	}
	if g.link.stale.Load() {
		t.Error("the page of the core counts as the waiting page")
	}
}

func TestGateIsHonestWithoutACore(t *testing.T) {
	g := newGate(false)
	page := ask(t, g, http.MethodGet, "/")
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), scriptPath) {
		t.Errorf("waiting page: %d %s", page.Code, page.Body)
	}
	if !g.link.stale.Load() {
		t.Error("the waiting page would never be replaced")
	}
	api := ask(t, g, http.MethodPut, "/api/settings")
	if api.Code != http.StatusServiceUnavailable || api.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("API: %d %v", api.Code, api.Header())
	}
	script := ask(t, g, http.MethodGet, scriptPath)
	if !strings.Contains(script.Body.String(), "yallmCore") {
		t.Error("the waiting page has no script")
	}
}

func TestGateTakesTheWishForACore(t *testing.T) {
	g := newGate(false)
	for range 3 { // impatient clicks
		if code := ask(t, g, http.MethodPost, startPath).Code; code != http.StatusNoContent {
			t.Errorf("status %d", code)
		}
	}
	select {
	case <-g.link.asked:
	default:
		t.Error("nobody was asked")
	}
}
