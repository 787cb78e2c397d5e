package controller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/server"
)

// proxy is the switch: the model listener and its state.
type proxy struct {
	// turn is held by whoever starts, stops or moves the listener. Whoever
	// needs Controller.changing too takes that first.
	turn sync.Mutex

	mu    sync.Mutex
	state ProxyState
	// listener is the running one, and bound what it was asked to bind.
	listener Listener
	bound    address
	// stopped is closed when a drain ends; nil when none is going on.
	stopped chan struct{}
}

// address is where to listen.
type address struct {
	host string
	port int
}

func addressOf(s config.Server) address { return address{s.Host, s.Port} }

func (p *proxy) set(state ProxyState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
}

// run makes l the running listener and returns the one before.
func (p *proxy) run(l Listener, a address) (before Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before = p.listener
	p.state, p.listener, p.bound = Running, l, a
	return before
}

func (p *proxy) running() (address, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bound, p.state == Running
}

// where is the state, and the address clients are to point at: the bound one
// while there is one, the configured one otherwise.
func (p *proxy) where(configured config.Server) (ProxyState, address) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		return p.state, addressOf(configured)
	}
	host, text, _ := net.SplitHostPort(p.listener.Addr())
	port, err := strconv.Atoi(text)
	if err != nil {
		return p.state, p.bound
	}
	return p.state, address{host, port}
}

// baseURL is the address for a client on this computer.
func (a address) baseURL() string {
	host := a.host
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(a.port))
}

// StartProxy opens the model listener; port 0 is the configured port. It is
// bound when StartProxy returns. Starting what runs changes nothing.
func (c *Controller) StartProxy(ctx context.Context, port int) (State, error) {
	c.proxy.turn.Lock()
	defer c.proxy.turn.Unlock()
	if err := c.drained(ctx); err != nil {
		return c.State(), err
	}
	if _, running := c.proxy.running(); running {
		return c.State(), nil
	}
	a := addressOf(c.Config().Server)
	if port != 0 {
		a.port = port
	}
	c.proxy.set(Starting)
	c.publishState()
	l := c.o.NewListener()
	err := l.Start(a.host, a.port)
	if err != nil {
		c.proxy.set(Stopped)
		err = c.cannotBind(err)
	} else {
		c.proxy.run(l, a)
		c.notices.clear(AboutPort)
		c.o.Log.Info("proxy started", "address", l.Addr())
	}
	c.publishState()
	return c.State(), err
}

// drained waits until no listener is being stopped.
func (c *Controller) drained(ctx context.Context) error {
	c.proxy.mu.Lock()
	stopped := c.proxy.stopped
	c.proxy.mu.Unlock()
	if stopped == nil {
		return nil
	}
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StopProxy closes the model listener and lets requests in flight end, for as
// long as the configuration says; then it cuts them. It returns when that is
// done or when ctx ends, whichever comes first: the stopping goes on.
func (c *Controller) StopProxy(ctx context.Context) (State, error) {
	c.beginStop()
	_ = c.drained(ctx) // the state says how far it came
	return c.State(), nil
}

func (c *Controller) beginStop() {
	c.proxy.turn.Lock()
	defer c.proxy.turn.Unlock()
	if _, running := c.proxy.running(); !running {
		return
	}
	stopped := make(chan struct{})
	c.proxy.mu.Lock()
	l := c.proxy.listener
	c.proxy.state, c.proxy.stopped = Draining, stopped
	c.proxy.mu.Unlock()
	c.publishState()
	c.drains.Go(func() {
		c.stop(l)
		c.proxy.mu.Lock()
		c.proxy.state, c.proxy.listener, c.proxy.stopped = Stopped, nil, nil
		c.proxy.mu.Unlock()
		close(stopped)
		c.o.Log.Info("proxy stopped")
		c.publishState()
	})
}

// stop lets a listener's requests end within the configured time.
func (c *Controller) stop(l Listener) {
	ctx, cancel := context.WithTimeout(context.Background(), c.Config().Server.DrainTimeout)
	defer cancel()
	if err := l.Stop(ctx); err != nil {
		c.o.Log.Warn("requests were cut short", "error", err)
	}
}

// cannotBind turns the reason why an address could not be bound into words,
// and shows it until the proxy starts.
func (c *Controller) cannotBind(err error) error {
	e := bindError(err)
	n := Notice{Kind: AboutPort, Level: LevelError, Message: e.Message}
	if taken, ok := errors.AsType[*server.PortTakenError](err); ok {
		n.Port = taken.Free
		n.Hint = "Stop the other program, or use another port."
	} else {
		n.Hint = "Change the address under Settings."
	}
	c.notices.set(n)
	c.o.Log.Error("the proxy cannot start", "error", err)
	return e
}

func bindError(err error) *Error {
	message := fmt.Sprintf("The proxy cannot listen: %v.", err)
	if taken, ok := errors.AsType[*server.PortTakenError](err); ok {
		return &Error{Reason: PortTaken, Message: message, Free: taken.Free, Err: err}
	}
	return &Error{Reason: Conflict, Message: message, Err: err}
}

// move is a listener that is bound to a new address and takes over once the
// configuration that asks for it is in force.
type move struct {
	c        *Controller
	listener Listener
	to       address
	done     bool
}

// prepareMove binds the address that next asks for, when it differs from what
// is listened on. A nil move is one that need not be made.
func (c *Controller) prepareMove(next config.Server) (*move, error) {
	to := addressOf(next)
	if to == addressOf(c.Config().Server) {
		return nil, nil
	}
	c.proxy.turn.Lock()
	if bound, running := c.proxy.running(); !running || bound == to {
		c.proxy.turn.Unlock()
		return nil, nil
	}
	l := c.o.NewListener()
	if err := l.Start(to.host, to.port); err != nil {
		c.proxy.turn.Unlock()
		return nil, bindError(err)
	}
	return &move{c: c, listener: l, to: to}, nil
}

// finish lets the new listener take over. Requests that the old one has begun
// end there.
func (m *move) finish() {
	if m == nil {
		return
	}
	m.done = true
	before := m.c.proxy.run(m.listener, m.to)
	m.c.proxy.turn.Unlock()
	m.c.o.Log.Info("proxy moved", "address", m.listener.Addr())
	m.c.drains.Go(func() { m.c.stop(before) })
	<-before.Deaf()
}

// undo gives up a move that was not finished.
func (m *move) undo() {
	if m == nil || m.done {
		return
	}
	m.c.proxy.turn.Unlock()
	m.c.drains.Go(func() { m.c.stop(m.listener) })
}

// notMoved says that the old address is still the one listened on.
func notMoved(err error) Notice {
	n := Notice{
		Kind:    AboutPort,
		Level:   LevelWarning,
		Message: err.Error() + " It still listens where it did.",
		Hint:    "Change the address under Settings.",
	}
	if e, ok := errors.AsType[*Error](err); ok {
		n.Port = e.Free
	}
	return n
}
