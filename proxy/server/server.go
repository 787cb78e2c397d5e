// Package server is the door of the model API: it listens on a local address,
// lets in who may come in, and hands each call to the relay.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/session"
)

const (
	headerTimeout  = 10 * time.Second
	bodyTimeout    = 2 * time.Minute
	idleTimeout    = 3 * time.Minute
	maxHeaderBytes = 64 << 10
)

// Options are what a Server works with.
type Options struct {
	Relay *relay.Relay
	Log   *slog.Logger
	// Sessions keeps the state of Responses conversations; nil for none.
	Sessions *session.Session
	// Web answers every path that is not of a model API. It guards itself.
	Web http.Handler
	// Holder names the program that listens on an address; it may be nil.
	Holder func(addr string) string
}

// Server listens when it is started, and not when it is stopped. Both may
// happen any number of times.
type Server struct {
	relay    *relay.Relay
	sessions *session.Session
	log      *slog.Logger
	holder   func(string) string
	handler  http.Handler

	mu    sync.Mutex
	http  *http.Server
	addr  string
	own   []string // every address listened on
	ended chan struct{}
	// deaf is closed once the address is no longer listened on.
	deaf chan struct{}
	// sockets are the connections that net/http has handed over. They end by
	// themselves once stopping is closed, or at once when cut is called.
	sockets  sync.WaitGroup
	stopping chan struct{}
	living   context.Context //nolint:containedctx // it is that of the listener's life
	cut      context.CancelFunc
}

// PortTakenError is an address that another program listens on.
type PortTakenError struct {
	Addr   string
	Holder string // name and pid of that program, or ""
	Free   int    // a port that is free, or 0
	Err    error
}

// Error says who is in the way and what to do.
func (e *PortTakenError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another program"
	}
	text := fmt.Sprintf("%s is in use by %s", e.Addr, holder)
	if e.Free > 0 {
		text += fmt.Sprintf("; port %d is free", e.Free)
	}
	return text
}

// Unwrap returns the system's own error.
func (e *PortTakenError) Unwrap() error { return e.Err }

// New returns a stopped server.
func New(o Options) *Server {
	s := &Server{relay: o.Relay, sessions: o.Sessions, log: o.Log, holder: o.Holder}
	s.handler = s.routes(o.Web)
	return s
}

// Handler is the model API without a listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Start listens on host:port. It returns once connections are accepted, or
// with the reason why they are not; a *PortTakenError names who is in the way.
func (s *Server) Start(host string, port int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return errors.New("the proxy is listening already")
	}
	listeners, err := s.listen(host, port)
	if err != nil {
		return err
	}
	s.http = &http.Server{
		Handler:           s.handler,
		ConnContext:       greet,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.addr = listeners[0].Addr().String()
	for _, l := range listeners {
		s.own = append(s.own, l.Addr().String())
		s.relay.Own(l.Addr().String(), true)
	}
	s.ended, s.stopping = make(chan struct{}), make(chan struct{})
	deaf := make(chan struct{})
	s.deaf = deaf
	s.http.RegisterOnShutdown(sync.OnceFunc(func() { close(deaf) })) // which follows the closing of listeners
	s.living, s.cut = context.WithCancel(context.Background())
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() {
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				s.log.Error("the model listener ended", "error", err)
			}
		})
	}
	go func() {
		serving.Wait()
		close(s.ended)
	}()
	return nil
}

// listen opens host:port. For the IPv4 loopback it opens the IPv6 one as well
// when it can: to some clients "localhost" is ::1 first.
func (s *Server) listen(host string, port int) ([]net.Listener, error) {
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	config := net.ListenConfig{}
	first, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		if addressInUse(err) {
			return nil, s.taken(host, addr, port, err)
		}
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	listeners := []net.Listener{first}
	if host == "127.0.0.1" || host == "localhost" {
		actual := first.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener has no other
		if second, err := config.Listen(context.Background(), "tcp6", net.JoinHostPort("::1", strconv.Itoa(actual))); err == nil {
			listeners = append(listeners, second)
		}
	}
	return listeners, nil
}

func (s *Server) taken(host, addr string, port int, cause error) error {
	e := &PortTakenError{Addr: addr, Err: cause, Free: freePort(host, port)}
	if s.holder != nil {
		e.Holder = s.holder(addr)
	}
	return e
}

// freePort finds a port near the wanted one that nobody listens on.
func freePort(host string, port int) int {
	const near = 20
	config := net.ListenConfig{}
	for p := port + 1; p <= min(port+near, 65535); p++ {
		l, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(p)))
		if err == nil {
			_ = l.Close() // it was only asked whether it is free
			return p
		}
	}
	return 0
}

// Addr is the address listened on, or "" when stopped.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Deaf is closed once the address that Start has bound is free again, which is
// long before Stop returns when requests are under way.
func (s *Server) Deaf() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deaf
}

// Stop closes the listener at once, lets requests under way end until ctx is
// over, and then cuts them off.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	h, ended, stopping, cut := s.http, s.ended, s.stopping, s.cut
	s.stopping = nil
	s.mu.Unlock()
	if h == nil {
		return nil
	}
	if stopping != nil {
		close(stopping)
	}
	stop := context.AfterFunc(ctx, cut)
	err := h.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), h.Close())
	}
	s.sockets.Wait()
	stop()
	cut()
	<-ended
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http == h {
		for _, addr := range s.own {
			s.relay.Own(addr, false)
		}
		s.http, s.addr, s.own = nil, "", nil
	}
	return err
}

// enter notes a connection that net/http has handed over. Its context ends when
// it must, and stopping is closed when it should.
func (s *Server) enter() (ctx context.Context, stopping <-chan struct{}, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.living == nil { // a handler without a listener
		s.living, s.cut = context.WithCancel(context.Background())
	}
	s.sockets.Add(1)
	return s.living, s.stopping, s.sockets.Done
}

// routes is the whole public surface.
func (s *Server) routes(web http.Handler) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.unknown
	routes := apiRoutes()
	e.Pre(newMender(routes).mend)
	for _, r := range routes {
		e.POST(r.path, s.handle(r), s.guard)
	}
	api := e.Group("/v1", s.guard)
	api.GET("/responses", s.respondSocket)
	s.stored(api)
	api.GET("/models", s.models)
	api.GET("/models/*", s.model)
	api.HEAD("/models", s.models)
	api.Any("", noRoute)
	api.Any("/*", noRoute)
	beta := e.Group("/v1beta", s.guard)
	beta.GET("/models", s.models)
	beta.GET("/models/*", s.model)
	beta.POST("/models/*", s.gemini)
	beta.Any("", noRoute)
	beta.Any("/*", noRoute)
	e.Any("/p1/*", s.raw, s.guard)
	// What clients of local servers look for, beside the pages' own /api.
	e.GET("/api/version", s.version, s.guard)
	e.HEAD("/api/version", s.version, s.guard)
	e.GET("/api/tags", s.models, s.guard)
	e.HEAD("/api/tags", s.models, s.guard)
	e.GET("/api/ps", s.running, s.guard)
	e.POST("/api/show", s.show, s.guard)
	e.POST("/api/pull", s.pull, s.guard)
	e.POST("/api/push", s.keepsNoModels, s.guard)
	e.POST("/api/create", s.keepsNoModels, s.guard)
	e.POST("/api/copy", s.keepsNoModels, s.guard)
	e.DELETE("/api/delete", s.keepsNoModels, s.guard)
	e.Any("/api/blobs/*", s.keepsNoModels, s.guard)
	e.GET("/api/v0/models", s.lmstudio, s.guard)
	e.GET("/api/v0/models/*", s.lmstudio, s.guard)
	for _, r := range e.Routes() { // to each of which echo has an answer of its own, past the guard
		e.OPTIONS(r.Path, s.preflight, s.guard)
	}
	if web != nil {
		pages := echo.WrapHandler(web)
		e.Any("/api", pages)
		e.Any("/api/*", pages)
		e.Any("/*", pages)
		// Pages are only read. Who sends something means a model.
		e.Match([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, "/*", noRoute, s.guard)
	}
	return e
}
