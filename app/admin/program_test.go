package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/server"
	"github.com/yallmproxy/yallmproxy/proxy/store"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program is everything but the desktop, composed as the real one is.
type program struct {
	t       *testing.T
	dir     string
	path    string // of the configuration file
	ctl     *controller.Controller
	client  *Client
	login   *Login
	vault   *memoryVault
	records *store.DB
	tracker *usage.Tracker
	relay   *relay.Relay
	log     *lockedBuffer
	env     map[string]string
	hooks   *hooks
	// defaults replace the built-in layer.
	defaults []byte
}

// hooks notes what the desktop was asked for.
type hooks struct {
	mu     sync.Mutex
	called []string
	fail   error
}

func (h *hooks) call(name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.called = append(h.called, name)
	return h.fail
}

func (h *hooks) failWith(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = err
}

func (h *hooks) calls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.called)
}

func testUI() fs.FS {
	return fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html><title>UI</title>")},
		"favicon.svg":          {Data: []byte("<svg/>")},
		"assets/main-abc12.js": {Data: []byte("console.log(1)")},
	}
}

// start runs a program with the given configuration file until the test ends.
func start(t *testing.T, yaml string, adapt ...func(*program)) *program {
	t.Helper()
	dir, err := os.MkdirTemp("", "yallm") // short, for the socket's sake
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &program{
		t: t, dir: dir, path: filepath.Join(dir, "config", "config_added.yaml"),
		vault: &memoryVault{keys: map[string]string{}}, log: &lockedBuffer{}, env: map[string]string{"YALLMP_PORT": "0"},
		hooks: &hooks{}, defaults: configs.Default,
	}
	for _, f := range adapt {
		f(p)
	}
	p.write(yaml)
	p.run()
	return p
}

func (p *program) source() config.Source {
	return config.Source{
		Default: p.defaults, DefaultEnv: configs.DefaultEnv, Path: p.path,
		Catalogue: func(id string) ([]config.Endpoint, bool) {
			for _, e := range configs.Catalogue() {
				if e.ID == id {
					var out []config.Endpoint
					for _, ep := range e.Endpoints {
						out = append(out, config.Endpoint{Dialect: llm.Dialect(ep.Dialect), Base: ep.Base})
					}
					return out, true
				}
			}
			return nil, false
		},
		Getenv:  func(name string) (string, bool) { v, ok := p.env[name]; return v, ok },
		Keyring: p.vault.Get,
	}
}

func (p *program) run() {
	t := p.t
	t.Helper()
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	loaded, err := controller.Load(p.source())
	must(t, err)
	p.records, err = store.Open(t.Context(), store.Options{Path: filepath.Join(p.dir, "yallm.db"), Log: log})
	must(t, err)
	p.tracker = usage.NewTracker(discard{}, func() { p.ctl.Touch() })
	rl := relay.New(relay.Options{
		Tracker: p.tracker, Log: log,
		Changed: func() { p.ctl.Routing.Wake() }, Warn: func(w limit.Warning) { p.ctl.Routing.Warn(w) },
	})
	p.relay = rl
	p.login, err = NewLogin(filepath.Join(p.dir, "admin.token"))
	must(t, err)
	var web http.Handler
	p.ctl, err = controller.New(controller.Options{
		Source: p.source(), Loaded: loaded, Catalogue: configs.Catalogue(), Vault: p.vault,
		Records: p.records, Tracker: p.tracker, Relay: rl,
		NewListener: func() controller.Listener {
			return server.New(server.Options{
				Relay: rl, Log: log,
				Web: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.ServeHTTP(w, r) }),
			})
		},
		Places: []controller.Place{{Name: "config", Path: p.path}, {Name: "data", Path: p.dir}},
		Hooks: controller.Hooks{
			ShowWindow:      func() error { return p.hooks.call("window") },
			OpenPath:        func(path string) error { return p.hooks.call("open " + filepath.Base(path)) },
			SetStartAtLogin: func(on bool) error { return p.hooks.call(map[bool]string{true: "login on", false: "login off"}[on]) },
			Quit:            func() { _ = p.hooks.call("quit") },
		},
		Version: "test", Log: log,
	})
	must(t, err)
	options := Options{Controller: p.ctl, UI: testUI(), Login: p.login, Door: Web, Log: log}
	web = NewHandler(options)
	options.Door = Socket
	socket := filepath.Join(p.dir, "run", "control.sock")
	ln, err := Listen(t.Context(), socket)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { report(t, p.ctl.Run(ctx)) })
	control := &http.Server{Handler: NewHandler(options), ReadHeaderTimeout: time.Second}
	running.Go(func() { _ = control.Serve(ln) })
	p.client = Dial(socket)
	t.Cleanup(func() {
		cancel()
		_ = control.Close()
		running.Wait()
		p.client.Close()
		report(t, p.records.Close())
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func report(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func (p *program) write(yaml string) {
	p.t.Helper()
	must(p.t, os.MkdirAll(filepath.Dir(p.path), 0o700))
	must(p.t, os.WriteFile(p.path, []byte(yaml), 0o600))
}

func (p *program) file() string {
	p.t.Helper()
	data, err := os.ReadFile(p.path)
	must(p.t, err)
	return string(data)
}

// startProxy opens the model listener and returns its base URL.
func (p *program) startProxy() string {
	p.t.Helper()
	s, err := p.client.StartProxy(p.t.Context(), 0)
	must(p.t, err)
	return s.BaseURL
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) problem(t *testing.T) (m struct {
	Type, Detail string
	Status       int
	Errors       []struct{ Message, Location string }
},
) {
	t.Helper()
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q of a problem: %s", ct, a.body)
	}
	must(t, json.Unmarshal([]byte(a.body), &m))
	return m
}

// call speaks to the control socket. Headers are name, value pairs.
func (p *program) call(method, path, body string, headers ...string) answer {
	p.t.Helper()
	return exchange(p.t, p.client.http, "http://yallmproxy", method, path, body, headers...)
}

// knock speaks to the web door.
func (p *program) knock(base, method, path, body string, headers ...string) answer {
	p.t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return exchange(p.t, client, base, method, path, body, headers...)
}

func exchange(t *testing.T, client *http.Client, base, method, path, body string, headers ...string) answer {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, reader)
	must(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func (a answer) expect(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// eventually waits until the state is as wanted, told by events.
func (p *program) eventually(what string, wanted func(controller.State) bool) controller.State {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	var last controller.State
	for e := range p.ctl.Subscribe(ctx) {
		if e.State == nil {
			continue
		}
		if last = *e.State; wanted(last) {
			return last
		}
	}
	p.t.Fatalf("never came: %s; last state %+v", what, last)
	return last
}

func notice(s controller.State, kind string) *controller.Notice {
	for i := range s.Notices {
		if s.Notices[i].Kind == kind {
			return &s.Notices[i]
		}
	}
	return nil
}

// discard is a recorder that forgets.
type discard struct{}

func (discard) Record(usage.Entry) {}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	return string(data)
}

// entry is a stored request, n microseconds after a certain moment.
func entry(n int) usage.Entry {
	at := time.Date(2026, 11, 20, 12, 0, 0, n*1000, time.UTC)
	return usage.Entry{
		Record: usage.Record{
			ID: usage.ID(at.UnixMicro()), Time: at, RequestID: "req-1", Dialect: llm.OpenAI, Path: "/v1/chat/completions",
			Client: "test", Model: "small", Backend: "small", Provider: "local", TargetDialect: llm.OpenAI, TargetModel: "small",
			Stream: true, Outcome: usage.Success, Status: 200, StopReason: "stop", Usage: llm.Usage{Input: 3, Output: 5},
			Timing: usage.Timing{Connect: 1, FirstByte: 2, FirstOut: 3, Total: 1000}, HasBodies: true,
		},
		Bodies: &usage.Bodies{RequestBody: []byte(`{"q":"grüße"}`), ResponseBody: []byte{0xff, 0xfe}},
	}
}
