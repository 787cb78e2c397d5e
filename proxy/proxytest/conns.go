package proxytest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// Conns is a listener that knows its open connections, so that a test can tell
// whether the proxy has let go of them.
type Conns struct {
	net.Listener

	mu      sync.Mutex
	open    map[*tracked]struct{}
	total   int
	changed chan struct{} // closed when a connection ends
}

// tracked is a connection that says when it is closed.
type tracked struct {
	*net.TCPConn

	of *Conns
}

// track listens on a loopback port.
func track(t testing.TB) *Conns {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &Conns{Listener: l, open: map[*tracked]struct{}{}, changed: make(chan struct{})}
}

// Accept waits for a connection.
func (c *Conns) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of type %T", conn), conn.Close())
	}
	out := &tracked{TCPConn: tcp, of: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[out] = struct{}{}
	c.total++
	return out, nil
}

// Close ends the connection.
func (t *tracked) Close() error {
	err := t.TCPConn.Close()
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	if _, ok := t.of.open[t]; ok {
		delete(t.of.open, t)
		close(t.of.changed)
		t.of.changed = make(chan struct{})
	}
	return err
}

// closeAll ends what is still open.
func (c *Conns) closeAll() {
	c.mu.Lock()
	var all []*tracked
	for conn := range c.open {
		all = append(all, conn)
	}
	c.mu.Unlock()
	for _, conn := range all {
		_ = conn.Close() // the other side may have been quicker
	}
}

// Total is the number of connections there have been.
func (c *Conns) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Settle waits until no connection is open.
func (c *Conns) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		c.mu.Lock()
		n, changed := len(c.open), c.changed
		c.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d connections are still open", n)
		}
	}
}
