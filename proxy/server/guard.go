package server

import (
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// guard stands before every model API route: it gives the request an id,
// catches panics, and turns away browsers that were sent by somebody else.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		req, header := c.Request(), c.Response().Header()
		id := requestID(req.Header)
		header["X-Request-Id"] = []string{id}
		if dialectOf(req) == llm.Anthropic {
			header["Request-Id"] = []string{id}
		}
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler { //nolint:errorlint // it is compared as net/http does
					s.log.Error("panic while serving", "request", id, "panic", p, "stack", string(debug.Stack()))
				}
				// Part of an answer may be with the client already; only a
				// broken connection shows that it is not whole.
				panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's own way to break a connection off
			}
		}()
		cfg := s.relay.Snapshot().Config()
		if !hostAllowed(req.Host, cfg.Server) {
			return forbidden("host_not_allowed", "The Host header "+quoted(req.Host)+" is not this proxy's. Add it to proxy_settings.server.allowed_hosts if it should be.")
		}
		if origin := req.Header.Get("Origin"); origin != "" {
			if !originAllowed(origin, req.Host, cfg.Server.AllowedOrigins) {
				return forbidden("origin_not_allowed", "Web pages from "+quoted(origin)+" may not call this proxy. Add it to proxy_settings.server.allowed_origins if they should.")
			}
			header["Access-Control-Allow-Origin"] = []string{origin}
			header["Vary"] = []string{"Origin"}
			header["Access-Control-Expose-Headers"] = []string{"*"}
		} else if req.Header.Get("Sec-Fetch-Site") == "cross-site" {
			return forbidden("origin_not_allowed", "Cross-site requests from a browser may not call this proxy.")
		}
		return next(c)
	}
}

// preflight answers a browser that asks before it calls (Fetch standard, CORS
// protocol). The origin has been checked by guard.
func (s *Server) preflight(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
	if asked := c.Request().Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "600")
	return c.NoContent(http.StatusNoContent)
}

func forbidden(code, message string) *llm.Error {
	return &llm.Error{Kind: llm.KindPermission, Status: http.StatusForbidden, Code: code, Message: message, Source: llm.FromProxy}
}

// hostAllowed guards against DNS rebinding: an attacker's page can give its own
// name this machine's address, but it cannot leave its name out of Host. An
// address in Host is therefore always genuine.
func hostAllowed(host string, cfg config.Server) bool {
	name := strings.ToLower(strings.TrimSuffix(hostname(host), "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.EqualFold(name, cfg.Host) {
		return true
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	return slices.ContainsFunc(cfg.AllowedHosts, func(h string) bool { return strings.EqualFold(h, name) })
}

func hostname(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		return h
	}
	return hostport
}

// originAllowed accepts the proxy's own pages and what the configuration
// names: an origin, a scheme ("vscode-webview://*"), or "*" for all.
func originAllowed(origin, host string, allowed []string) bool {
	if u, err := url.Parse(origin); err == nil && u.Host != "" && u.Host == host && (u.Scheme == "http" || u.Scheme == "https") {
		return true
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		if prefix, ok := strings.CutSuffix(a, "*"); ok {
			return prefix == "" || strings.HasSuffix(prefix, "://") && strings.HasPrefix(origin, prefix)
		}
		return strings.EqualFold(a, origin)
	})
}

// jsonType reports whether a body is declared to be JSON. Browsers can send
// other types to any address without asking first; JSON they cannot.
func jsonType(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	// A parameter that is no parameter says nothing against the type.
	return (err == nil || errors.Is(err, mime.ErrInvalidMediaParameter)) && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// formType reports whether a body is declared to be a form with files. A page
// can send one without asking first, but not without naming its origin.
func formType(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// harmless reports whether a call with a body of any type, or none, can be let
// in: browsers name where a call comes from, and guard has looked at that.
func harmless(req *http.Request) bool {
	return req.Header.Get("Content-Type") != "" || req.ContentLength == 0
}

// quoted repeats a stranger's text within a message.
func quoted(s string) string { return `"` + llm.Clip(s) + `"` }
