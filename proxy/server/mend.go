package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// mender takes calls whose base URL was entered with a part too many or too few:
// /v1/v1/messages, /chat/completions, /openai/v1/responses, //v1/models. What
// was meant is plain, and a client seldom shows its user what a 404 says.
type mender map[string]struct{} // the paths that need no mending

func newMender(routes []apiRoute) mender {
	m := make(mender, len(routes))
	for _, r := range routes {
		m[r.path] = struct{}{}
	}
	return m
}

// mend leads a call to where it was meant for. Every guard stands behind it.
func (m mender) mend(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		req := c.Request()
		came := req.URL.EscapedPath()
		if m.routed(came) {
			return next(c)
		}
		if path := m.meant(req, came); path != came {
			if plain, err := url.PathUnescape(path); err == nil {
				req.URL.Path, req.URL.RawPath = plain, path
			}
		}
		return next(c)
	}
}

func (m mender) routed(path string) bool {
	_, ok := m[path]
	return ok
}

// meant is the path that a call was meant for, as escaped as it came.
func (m mender) meant(req *http.Request, path string) string {
	for strings.HasPrefix(path, "//") {
		path = path[1:]
	}
	if strings.HasPrefix(path, "/p1/") {
		return path // what follows is the provider's
	}
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	for _, doubled := range []string{"/v1/v1", "/v1/v1beta", "/v1beta/v1", "/v1beta/v1beta", "/v1/api", "/v1beta/api", "/api/api", "/api/v1"} {
		for strings.HasPrefix(path, doubled+"/") {
			path = path[strings.LastIndexByte(doubled, '/'):]
		}
	}
	method := req.Method
	if method == http.MethodOptions { // a browser asks for a call before it makes it
		method = req.Header.Get("Access-Control-Request-Method")
	}
	switch {
	case strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/api/v0/"), m.routed(path):
		return path // the pages' own calls are there, too
	case strings.HasPrefix(path, "/responses/"), strings.HasPrefix(path, "/conversations/"), path == "/conversations":
		return "/v1" + path
	case method == http.MethodPost:
		return m.posted(path)
	case path == "/models" && !strings.Contains(req.Header.Get("Accept"), "text/html"):
		return "/v1/models" // a browser wants the page
	case path == "/responses": // a WebSocket
		return "/v1/responses"
	}
	for _, list := range []string{"/v1/models", "/v1beta/models"} {
		if strings.HasSuffix(path, list) {
			return list
		}
	}
	return path
}

// posted finds the call that a path ends in.
func (m mender) posted(path string) string {
	if i := strings.Index(path, "/models/"); i >= 0 {
		// Vertex has its project in the path, and Gemini a version called v1. The
		// name of a model may have either separator in it.
		if _, known := geminiCall(path[strings.LastIndexByte(path, ':')+1:]); known {
			return "/v1beta" + path[i:]
		}
	}
	best := ""
	for route := range m {
		if end, ok := strings.CutPrefix(route, "/v1/"); ok && strings.HasSuffix(path, "/"+end) && len(route) > len(best) {
			best = route
		}
	}
	if best != "" {
		return best
	}
	return path
}

// basesFor tells where clients find their calls.
func basesFor(host string) string {
	return "The base URL is http://" + llm.Clip(host) + "/v1 for OpenAI's clients, and http://" + llm.Clip(host) + " for those of Anthropic, Gemini and Ollama."
}
