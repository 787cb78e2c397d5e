package upstream

import (
	"context"
	"crypto/sha256"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// way is what of the way to a backend its connections depend on.
type way struct {
	proxy        string // as config.Way has it
	trust        [sha256.Size]byte
	connect, tls time.Duration
}

// reach finds the connections to a place. The files that the way names are read
// anew each time, so that a configuration that is compiled after they changed
// has connections of its own. What is wrong with them is the backend's trouble
// alone, and is told when it is asked.
func (p *Pool) reach(base *url.URL, w config.Way, t config.Timeouts) (poolKey, *http.Transport, error) {
	key := poolKey{base.Scheme, base.Host, way{proxy: w.Proxy.Reveal(), connect: t.Connect, tls: t.TLS}}
	m, err := readMaterial(w)
	if err != nil {
		return key, nil, err
	}
	key.way.trust = m.sum()
	transport, err := p.transport(base, key, m)
	return key, transport, err
}

// dialer opens connections, within a time (0 for any) and to any place but this
// process's own listeners.
func (p *Pool) dialer(limit time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		guard := &guard{own: p.own.Load()}
		dialer := &net.Dialer{Timeout: limit, KeepAlive: 30 * time.Second, ControlContext: guard.control}
		conn, err := dialer.DialContext(ctx, network, addr)
		if err != nil && guard.met.Load() {
			// A name may have several addresses, and the dialler tells only of one.
			return nil, errLoop
		}
		return conn, err
	}
}
