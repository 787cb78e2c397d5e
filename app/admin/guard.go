package admin

import (
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// contentPolicy lets pages load from here alone. The component library sets
// its colours through style elements, hence unsafe-inline for styles only.
const contentPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// webDoor guards what a browser can reach: any page that a person visits can
// send requests to a loopback port, so loopback alone protects nothing.
//
//   - Host must be a name of this computer, or a page that lets its own name
//     point here (DNS rebinding) would be of the same origin as the UI.
//   - Requests made by other origins are refused, other ports included: a
//     cookie does not know ports.
//   - Bodies must be JSON, which no form can send.
//   - Everything below /api needs a session or the admin token.
type webDoor struct {
	next   http.Handler
	login  *Login
	server func() config.Server
}

// ServeHTTP lets r pass, or answers why not.
func (d *webDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	switch {
	case !hostAllowed(r.Host, d.server()):
		refuseHTTP(w, http.StatusForbidden, "This address is not one of this computer. "+
			"If it is meant to be, add the host name to proxy_settings.server.allowed_hosts.")
	case !sameOrigin(r):
		refuseHTTP(w, http.StatusForbidden, "Requests from other web pages are refused.")
	case !jsonBody(r):
		refuseHTTP(w, http.StatusUnsupportedMediaType, "Send the body as application/json.")
	case isAPI(r.URL.Path) && !d.login.allows(r):
		d.unauthorized(w, r)
	default:
		d.next.ServeHTTP(w, r)
	}
}

func (d *webDoor) unauthorized(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" && !d.login.failures.Allow() { // so many wrong ones are no mistake
		w.Header().Set("Retry-After", "60")
		refuseHTTP(w, http.StatusTooManyRequests, "Too many wrong tokens; wait a minute.")
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="yallmproxy"`)
	refuseHTTP(w, http.StatusUnauthorized, "Log in first: choose \"Open in browser\" in the tray menu, or run: yallmproxy open --browser")
}

func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }

// hostAllowed reports whether a Host header names this computer. An address
// cannot be rebound, so where the proxy listens beyond loopback any address
// is as good as the loopback one.
func hostAllowed(host string, s config.Server) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if name == "localhost" || strings.EqualFold(name, s.Host) {
		return name != ""
	}
	if addr, err := netip.ParseAddr(name); err == nil && (addr.IsLoopback() || !loopbackOnly(s.Host)) {
		return true
	}
	return slices.ContainsFunc(s.AllowedHosts, func(allowed string) bool {
		return strings.EqualFold(allowed, name) || strings.EqualFold(allowed, host)
	})
}

func loopbackOnly(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// sameOrigin reports whether r comes from our own pages, from a person who
// typed the address, or from no browser at all.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		// A link on another page may open ours; that is all it may do.
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && !isAPI(r.URL.Path)
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// jsonBody reports whether r has no body, or one that says it is JSON.
func jsonBody(r *http.Request) bool {
	if r.ContentLength == 0 && len(r.TransferEncoding) == 0 {
		return true
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// refuseHTTP answers with problem details outside of any operation.
func refuseHTTP(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{
		Title:  http.StatusText(status),
		Status: status,
		Detail: detail,
	})
}
