package upstream

import (
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Backend is one model entry's endpoint, ready to be called.
type Backend struct {
	pool      *Pool
	transport *http.Transport
	plain     *plainPool // instead of transport, where it can be
	base      *url.URL
	key       config.Key
	keys      []config.Key
	name      string
	bounds    bounds
	place     poolKey
	// broken is why the backend cannot be asked at all: a file of its way that
	// cannot be used.
	broken  error
	headers map[string]string
	dialect llm.Dialect
	version string // anthropic-version to send when the client sent none
	// azure: the key goes into a header of its own.
	azure        bool
	azureVersion string
	// noStreamOptions is learned: the server refuses the field.
	otherLimit      atomic.Bool
	noStreamOptions atomic.Bool
}

// NewBackend prepares a model's endpoint.
func (p *Pool) NewBackend(m *config.Model, e config.Endpoint) (*Backend, error) {
	base, err := url.Parse(e.Base)
	if err != nil {
		return nil, fmt.Errorf("model %s: base URL: %w", m.Name, err)
	}
	timeouts := p.timeouts(m)
	b := &Backend{
		pool: p, base: base,
		name: m.Name, bounds: newBounds(timeouts),
		headers: m.Headers, dialect: e.Dialect, version: m.AnthropicVersion,
		azure: e.Azure, azureVersion: m.AzureVersion,
	}
	b.key, b.keys = usableKeys(m)
	b.place, b.transport, b.broken = p.reach(base, m.Way, timeouts)
	if b.broken == nil {
		b.plain = p.plain(base, b.place, b.transport)
	}
	if b.version == "" {
		b.version = anthropicVersion
	}
	return b, nil
}

// OtherLimit reports that the server wants the bound of an answer by the other
// name than its model's leads to expect: max_tokens or max_completion_tokens.
func (b *Backend) OtherLimit() bool { return b.otherLimit.Load() }

// SetOtherLimit remembers it, until the configuration changes.
func (b *Backend) SetOtherLimit(other bool) { b.otherLimit.Store(other) }

// NoStreamOptions reports that the server is known to refuse stream_options.
func (b *Backend) NoStreamOptions() bool { return b.noStreamOptions.Load() }

// SetNoStreamOptions remembers it, until the configuration changes.
func (b *Backend) SetNoStreamOptions() { b.noStreamOptions.Store(true) }

// Base returns the URL requests are made relative to.
func (b *Backend) Base() *url.URL { return b.base }

// Key returns the first credential that can be used; when none can, the first
// there is, whose Problem says why.
func (b *Backend) Key() config.Key { return b.key }

// Keys returns the credentials that can be used, in the order of the
// configuration: none when those it names do not resolve, and one empty key
// when it names none. Nobody changes the slice.
func (b *Backend) Keys() []config.Key { return b.keys }

func usableKeys(m *config.Model) (first config.Key, all []config.Key) {
	configured := m.Keys
	if len(configured) == 0 {
		configured = []config.Key{m.Key}
	}
	for _, k := range configured {
		if k.Set() {
			all = append(all, k)
		}
	}
	switch {
	case len(all) > 0:
		return all[0], all
	case configured[0].Configured():
		return configured[0], nil
	}
	return configured[0], configured[:1:1]
}

// url appends a request's path to the base. Azure's deployments stand in the
// path, unless the base is of the v1 kind.
func (b *Backend) url(r *Request) *url.URL {
	if !b.azure || strings.HasSuffix(b.base.Path, "/openai/v1") {
		return join(b.base, r.Path, r.Query)
	}
	query := "api-version=" + url.QueryEscape(b.azureVersion)
	if r.Query != "" {
		query += "&" + r.Query
	}
	return join(b.base, "/openai/deployments/"+r.Model+r.Path, query)
}

// join appends a path and a query to a base. Escapes in the base stay.
func join(base *url.URL, path, query string) *url.URL {
	u := *base
	if u.RawPath != "" {
		u.RawPath = strings.TrimSuffix(u.RawPath, "/") + path
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + path
	switch {
	case u.RawQuery == "":
		u.RawQuery = query
	case query != "":
		u.RawQuery += "&" + query
	}
	return &u
}

// notForwarded lists the headers that are about the connection to the proxy,
// say who the caller is, or would make the proxy look like a browser.
func notForwarded(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade", "Expect",
		"Host", "Content-Length", "Accept-Encoding",
		"Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Cookie",
		"Origin", "Referer", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip":
		return true
	}
	return strings.HasPrefix(name, "Sec-")
}

// ofDialect lists the headers that mean something in the client's dialect only.
func ofDialect(name string) bool {
	for _, prefix := range []string{"Anthropic-", "Openai-", "X-Goog-", "X-Stainless-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// header makes the upstream's headers from the client's.
func (b *Backend) header(r *Request) http.Header {
	in, stream := r.Header, r.Stream
	out := make(http.Header, len(in)+4)
	named := connectionNamed(in)
	for name, values := range in {
		if len(values) == 0 || notForwarded(name) || name == r.CallerHeader || named[name] || r.Foreign && ofDialect(name) {
			continue
		}
		out[name] = values
	}
	// Gzip is the one coding every reader of the answer understands; streams
	// are not worth compressing.
	out["Accept-Encoding"] = []string{"identity"}
	if !stream && acceptsGzip(in) {
		out["Accept-Encoding"] = []string{"gzip"}
	}
	if out["Content-Type"] == nil {
		out["Content-Type"] = []string{"application/json"}
	}
	if out["Idempotency-Key"] == nil {
		// Not sent, and read by the transport alone: a request that met a
		// connection which the provider had just closed goes out on another.
		out["Idempotency-Key"] = []string{}
	}
	for name, value := range b.headers {
		out.Set(name, value)
	}
	b.pool.mark(out)
	authorize(out, b.base, config.Endpoint{Dialect: b.dialect, Azure: b.azure}, r.Key, b.version)
	return out
}

// anthropicVersion is the version of the Messages API whose shapes the proxy
// knows; it is the only one there has been since 2023.
const anthropicVersion = "2023-06-01"

// authorize places a key where servers of a dialect look for it. Anthropic
// itself wants x-api-key; of those who speak its dialect some want a bearer
// token instead, and none minds both. Google wants its own kind of key in
// x-goog-api-key, and a Vertex AI access token as a bearer token.
func authorize(h http.Header, base *url.URL, e config.Endpoint, key config.Key, version string) {
	if e.Dialect == llm.Anthropic && h["Anthropic-Version"] == nil {
		h["Anthropic-Version"] = []string{version}
	}
	if !key.Set() {
		return
	}
	secret := []string{key.Value.Reveal()}
	switch {
	case e.Azure:
		h["Api-Key"] = secret
		return
	case e.Dialect == llm.Gemini && (base.Hostname() == "generativelanguage.googleapis.com" || strings.HasPrefix(secret[0], "AIza")):
		h["X-Goog-Api-Key"] = secret
		return
	case e.Dialect == llm.Anthropic:
		h["X-Api-Key"] = secret
		if base.Hostname() == "api.anthropic.com" {
			return
		}
	}
	h["Authorization"] = []string{"Bearer " + secret[0]}
}

func acceptsGzip(h http.Header) bool {
	for _, v := range h["Accept-Encoding"] {
		if strings.Contains(v, "gzip") && !strings.Contains(v, "gzip;q=0") {
			return true
		}
	}
	return false
}

// connectionNamed returns the headers that Connection declares to be for this
// hop only (RFC 9110, 7.6.1).
func connectionNamed(h http.Header) map[string]bool {
	var out map[string]bool
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
			if name == "" || name == "Keep-Alive" || name == "Close" {
				continue
			}
			if out == nil {
				out = map[string]bool{}
			}
			out[name] = true
		}
	}
	return out
}
