package upstream

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// plainPool speaks HTTP/1.1 to one server without TLS: the models on one's own
// machine. net/http has two goroutines for each connection, and a request goes
// from the caller to one of them and back from the other; here the caller
// writes and reads itself, which is a third of what a plain request costs.
// Whatever is not this one case stays with net/http.
type plainPool struct {
	// limits are the transport's that would otherwise serve the address.
	limits *http.Transport
	addr   string

	mu     sync.Mutex
	idle   []*plainConn // the one that was used last comes last
	tidy   *time.Timer  // runs while there are idle connections
	closed bool
}

// newPlainPool returns nil where net/http has to do it: with TLS, where a proxy
// may stand in the way (never before this machine itself), for a host that must be spelled differently on the wire, and on
// systems that cannot tell whether an idle connection is still good.
func newPlainPool(t *http.Transport, base *url.URL) *plainPool {
	if base.Scheme != "http" || base.Hostname() == "" || !canTell || !ascii(base.Host) || t.Proxy != nil {
		return nil
	}
	port := base.Port()
	if port == "" {
		port = "80"
	}
	return &plainPool{limits: t, addr: net.JoinHostPort(base.Hostname(), port)}
}

func ascii(host string) bool {
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || c == '%' {
			return false
		}
	}
	return true
}

// roundTrip sends a request and reads the head of its answer. The moments of
// both go into res.
//
// A server closes idle connections when it likes, also while a request is on
// its way to it. A request that met such a connection, and of whose answer
// nothing has come, goes out once more, on a connection of its own.
func (p *plainPool) roundTrip(ctx context.Context, q *question, res *Response) (*http.Response, error) {
	if c := p.take(); c != nil {
		res.Reused, res.Connected = true, time.Now()
		answer, err := c.ask(ctx, q, res)
		if err == nil && !tooLate(answer) {
			return answer, nil
		}
		c.drop()
		if err != nil && (c.heard || ctx.Err() != nil) {
			return nil, err
		}
		// Who has closed this one has likely closed the others too.
		p.closeIdle()
		res.Reused, res.FirstByte = false, time.Time{}
	}
	c, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	res.Connected = time.Now()
	answer, err := c.ask(ctx, q, res)
	if err != nil {
		c.drop()
	}
	return answer, err
}

// tooLate recognises what some servers say when they close a connection on
// which nothing was asked for too long. It answers no question.
func tooLate(answer *http.Response) bool {
	return answer.StatusCode == http.StatusRequestTimeout && answer.Close
}

func (p *plainPool) dial(ctx context.Context) (*plainConn, error) {
	conn, err := p.limits.DialContext(ctx, "tcp", p.addr)
	if err != nil {
		return nil, err
	}
	return newPlainConn(p, conn)
}

// take returns an idle connection that is still good, or nil.
func (p *plainPool) take() *plainConn {
	for {
		p.mu.Lock()
		n := len(p.idle) - 1
		if n < 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.idle[n]
		p.idle[n] = nil
		p.idle = p.idle[:n]
		p.mu.Unlock()
		if c.quiet() {
			return c
		}
		c.drop()
	}
}

// put keeps a connection whose last answer is complete.
func (p *plainPool) put(c *plainConn) {
	c.since = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.limits.MaxIdleConnsPerHost {
		c.drop()
		return
	}
	p.idle = append(p.idle, c)
	if p.tidy == nil {
		p.tidy = time.AfterFunc(p.limits.IdleConnTimeout, p.closeOld)
	}
}

// closeOld closes what has been idle for too long, and comes again while there
// is something left to wait for.
func (p *plainPool) closeOld() {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := 0
	for old < len(p.idle) && time.Since(p.idle[old].since) >= p.limits.IdleConnTimeout {
		p.idle[old].drop()
		old++
	}
	rest := copy(p.idle, p.idle[old:])
	clear(p.idle[rest:])
	p.idle = p.idle[:rest]
	if rest == 0 {
		p.tidy = nil
		return
	}
	p.tidy.Reset(max(p.limits.IdleConnTimeout-time.Since(p.idle[0].since), time.Millisecond))
}

// closeIdle closes every idle connection.
func (p *plainPool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.drop()
	}
	clear(p.idle)
	p.idle = p.idle[:0]
	if p.tidy != nil {
		p.tidy.Stop()
		p.tidy = nil
	}
}

// close is closeIdle for good: a request that is still under way does not
// leave its connection behind.
func (p *plainPool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.closeIdle()
}
