package proxytest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/server"
	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/store"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Proxy is a whole proxy on a port of its own. What it records is kept in
// memory.
type Proxy struct {
	URL    string
	Relay  *relay.Relay
	Server *server.Server
	Log    *Log

	// Changes receives a value when the health of a backend or the queue has
	// changed.
	Changes chan struct{}

	t       testing.TB
	source  config.Source
	mu      sync.Mutex
	entries []usage.Entry
	sink    usage.Sink // nil for entries
	arrived chan struct{}
}

// NewProxy starts a proxy that is configured by yaml and ends with the test.
func NewProxy(t testing.TB, yaml string, options ...Option) *Proxy {
	t.Helper()
	return NewLimitedProxy(t, upstream.DefaultLimits(), yaml, options...)
}

// Remember gives the proxies that are made afterwards a place for the state of
// Responses conversations.
func Remember(t testing.TB) Option {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "yallm.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	sessions := session.New(session.Options{Store: db})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		if err := errors.Join(sessions.Close(ctx), db.Close()); err != nil {
			t.Errorf("close the sessions: %v", err)
		}
	})
	return func(o *server.Options) { o.Sessions = sessions }
}

// Option changes how a proxy is made.
type Option func(*server.Options)

// NewLimitedProxy is NewProxy with other bounds on the waits for providers.
func NewLimitedProxy(t testing.TB, limits upstream.Limits, yaml string, options ...Option) *Proxy {
	t.Helper()
	p := &Proxy{t: t, Log: &Log{}, arrived: make(chan struct{}, 1), Changes: make(chan struct{}, 1)}
	p.source = config.Source{
		Default: configs.Default, DefaultEnv: configs.DefaultEnv,
		Path:   filepath.Join(t.TempDir(), "config_added.yaml"),
		Getenv: func(string) (string, bool) { return "", false },
	}
	log := slog.New(slog.NewTextHandler(p.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.Relay = relay.New(relay.Options{Tracker: usage.NewTracker(p, nil), Log: log, Limits: &limits, Changed: func() { tell(p.Changes) }})
	p.Configure(yaml)
	o := server.Options{Relay: p.Relay, Log: log}
	for _, option := range options {
		option(&o)
	}
	p.Server = server.New(o)
	if err := p.Server.Start("127.0.0.1", 0); err != nil {
		t.Fatal(err)
	}
	p.URL = "http://" + p.Server.Addr()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		if err := p.Server.Stop(ctx); err != nil {
			t.Errorf("stop the proxy: %v", err)
		}
	})
	return p
}

// Configure swaps in another configuration.
func (p *Proxy) Configure(yaml string) {
	p.t.Helper()
	if err := os.WriteFile(p.source.Path, []byte(yaml), 0o600); err != nil {
		p.t.Fatal(err)
	}
	cfg, err := config.Load(p.source)
	if err != nil {
		p.t.Fatal(err)
	}
	snap, err := p.Relay.Compile(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Relay.Swap(snap)
}

// RecordTo sends what is recorded from now on elsewhere instead of keeping it.
func (p *Proxy) RecordTo(sink usage.Sink) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sink = sink
}

// Record keeps an entry; the Proxy is its own usage.Sink.
func (p *Proxy) Record(e usage.Entry) {
	p.mu.Lock()
	if p.sink != nil {
		defer p.mu.Unlock()
		p.sink.Record(e)
		return
	}
	p.entries = append(p.entries, e)
	p.mu.Unlock()
	tell(p.arrived)
}

// tell wakes up whoever waits for news, once.
func tell(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

// Until waits for a change after which something holds.
func (p *Proxy) Until(holds func() bool) {
	p.t.Helper()
	timeout := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-p.Changes:
		case <-timeout:
			p.t.Fatal("what was waited for has not happened")
		}
	}
}

// Entries waits until n requests have been recorded and returns them all.
func (p *Proxy) Entries(n int) []usage.Entry {
	p.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		entries := append([]usage.Entry(nil), p.entries...)
		p.mu.Unlock()
		if len(entries) >= n {
			return entries
		}
		select {
		case <-p.arrived:
		case <-timeout:
			p.t.Fatalf("%d records, want %d", len(entries), n)
		}
	}
}

// Entry waits for the only record.
func (p *Proxy) Entry() usage.Entry {
	p.t.Helper()
	all := p.Entries(1)
	if len(all) != 1 {
		p.t.Fatalf("%d records, want 1", len(all))
	}
	return all[0]
}

// Reply is an answer as a client got it.
type Reply struct {
	Status int
	Header http.Header
	Body   string
	Err    error // reading the body failed
}

// Post sends a JSON body to a path. Headers are name, value pairs.
func (p *Proxy) Post(path, body string, headers ...string) Reply {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return p.Do(req, headers...)
}

// Get asks for a path.
func (p *Proxy) Get(path string, headers ...string) Reply {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.URL+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.Do(req, headers...)
}

// Do sends a request and reads the whole answer.
func (p *Proxy) Do(req *http.Request, headers ...string) Reply {
	p.t.Helper()
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return Reply{Status: res.StatusCode, Header: res.Header, Body: string(text), Err: err}
}

// Log collects what is logged.
type Log struct {
	mu      sync.Mutex
	text    strings.Builder
	stopped bool
}

// Stop makes it collect no more.
func (l *Log) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// Write appends.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return len(p), nil
	}
	return l.text.Write(p)
}

// String returns everything so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
