// Package upstream makes one attempt at one backend: it builds the URL and the
// headers, adds the key, and waits within limits. It never tries twice.
package upstream

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Limits bound every wait on an upstream that does not depend on the model.
type Limits struct {
	Connect    time.Duration // TCP connection
	TLS        time.Duration // TLS handshake
	StreamIdle time.Duration // silence within a stream
}

// DefaultLimits are generous enough for a slow provider and short enough that
// a dead one is noticed.
func DefaultLimits() Limits {
	return Limits{Connect: 10 * time.Second, TLS: 10 * time.Second, StreamIdle: 2 * time.Minute}
}

// Pool keeps one tuned transport for each backend address, across
// configurations, so that a reload does not cost anybody a connection.
type Pool struct {
	limits Limits

	mu         sync.Mutex
	transports map[poolKey]*http.Transport
}

// poolKey is what two backends must have in common to share connections.
type poolKey struct {
	scheme, host string
}

// NewPool returns an empty pool.
func NewPool(l Limits) *Pool {
	return &Pool{limits: l, transports: map[poolKey]*http.Transport{}}
}

// transport returns the transport for a base URL, making it at first use.
func (p *Pool) transport(base *url.URL) *http.Transport {
	key := poolKey{base.Scheme, base.Host}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.transports[key]
	if t == nil {
		t = p.newTransport()
		p.transports[key] = t
	}
	return t
}

func (p *Pool) newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: p.limits.Connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: p.limits.TLS,
		// Many streams at once to one provider are the normal case; none of
		// them may wait for another's connection.
		MaxConnsPerHost:     0,
		MaxIdleConns:        0,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
		HTTP2: &http.HTTP2Config{
			// A connection that died in silence is found out before the
			// client gives up.
			SendPingTimeout: 30 * time.Second,
			PingTimeout:     15 * time.Second,
		},
		// Bodies travel as they come; what must be read is decoded aside.
		DisableCompression: true,
		WriteBufferSize:    32 << 10,
		ReadBufferSize:     16 << 10,
		// A header block is never a place to put a megabyte.
		MaxResponseHeaderBytes: 256 << 10,
	}
}

// Retain closes the idle connections of every backend that is not among the
// given base URLs, and forgets it. Requests under way are not disturbed.
func (p *Pool) Retain(bases []*url.URL) {
	keep := make(map[poolKey]bool, len(bases))
	for _, b := range bases {
		keep[poolKey{b.Scheme, b.Host}] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, t := range p.transports {
		if !keep[key] {
			t.CloseIdleConnections()
			delete(p.transports, key)
		}
	}
}

// Close closes every idle connection.
func (p *Pool) Close() { p.Retain(nil) }
