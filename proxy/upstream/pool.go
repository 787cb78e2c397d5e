// Package upstream makes one attempt at one backend: it builds the URL and the
// headers, adds the key, and waits within limits. It never tries twice.
package upstream

import (
	"crypto/tls"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Limits cap waits that models have settings for. Zero caps nothing.
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

// Pool keeps one tuned transport for each backend address and way there,
// across configurations, so that a reload does not cost anybody a connection.
type Pool struct {
	limits      Limits
	system      func(*url.URL) (*url.URL, error)
	environment *environment
	hop         string
	own         atomic.Pointer[func(netip.AddrPort) bool]

	mu         sync.Mutex
	transports map[poolKey]*http.Transport
	plains     map[poolKey]*plainPool // nil for an address that net/http serves
}

// poolKey is what two backends must have in common to share connections.
type poolKey struct {
	scheme, host string
	way          way
}

// Option changes how a Pool is made.
type Option func(*Pool)

// NewPool returns an empty pool. It reads the environment's proxies.
func NewPool(l Limits, options ...Option) *Pool {
	p := &Pool{
		limits: l, environment: readEnvironment(os.Getenv),
		transports: map[poolKey]*http.Transport{}, plains: map[poolKey]*plainPool{},
	}
	for _, o := range options {
		o(p)
	}
	return p
}

// transport returns the transport for a place, making it at first use.
func (p *Pool) transport(base *url.URL, key poolKey, m material) (*http.Transport, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.transports[key]
	if t == nil {
		proxy, err := p.proxy(base, key.way.proxy)
		if err != nil {
			return nil, err
		}
		trust, err := m.config()
		if err != nil {
			return nil, err
		}
		t = p.newTransport(key.way, proxy, trust)
		p.transports[key] = t
	}
	return t, nil
}

// plain returns what serves a place in the transport's stead, or nil.
func (p *Pool) plain(base *url.URL, key poolKey, t *http.Transport) *plainPool {
	p.mu.Lock()
	defer p.mu.Unlock()
	plain, ok := p.plains[key]
	if !ok {
		plain = newPlainPool(t, base)
		p.plains[key] = plain
	}
	return plain
}

func (p *Pool) newTransport(w way, proxy proxyFunc, trust *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: tunnelled,
		DialContext:            p.dialer(w.connect),
		TLSClientConfig:        trust,
		TLSHandshakeTimeout:    w.tls,
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

// Retain closes the idle connections to everywhere but where the given backends
// are, and forgets them. Requests under way are not disturbed.
func (p *Pool) Retain(backends iter.Seq[*Backend]) {
	keep := map[poolKey]bool{}
	for b := range backends {
		keep[b.place] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, t := range p.transports {
		if !keep[key] {
			t.CloseIdleConnections()
			delete(p.transports, key)
			if plain := p.plains[key]; plain != nil {
				plain.close()
			}
			delete(p.plains, key)
		}
	}
}

// Close closes every idle connection.
func (p *Pool) Close() { p.Retain(func(func(*Backend) bool) {}) }
