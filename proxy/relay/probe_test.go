package relay_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// probing runs the probes of a proxy until the test ends.
func probing(t *testing.T, p *Proxy) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Relay.Probe(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// notify answers and tells that it did.
func notify(told chan<- struct{}, a Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		a(w, r)
		select {
		case told <- struct{}{}:
		default:
		}
	}
}

// eventually waits for what a probe has found.
func eventually(t *testing.T, p *Proxy, told <-chan struct{}, so func(health.State) bool) health.State {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		for _, s := range p.Relay.Health().List() {
			if so(s) {
				return s
			}
		}
		select {
		case <-told:
		case <-timeout:
			t.Fatalf("not so: %+v", p.Relay.Health().List())
		}
	}
}

func TestProbeAsksEveryKeyInTheTargetsOwnDialect(t *testing.T) {
	told := make(chan struct{}, 1)
	up := NewUpstream(t, notify(told, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") == "k-two" {
			JSON(401, `{"type":"error","error":{"type":"authentication_error","message":"no"}}`)(w, r)
			return
		}
		JSON(200, `{"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`)(w, r)
	}))
	p := NewProxy(t, `
model_list:
  - model_name: claude
    model_params:
      api_type: anthropic
      api_base: `+up.Base()+`
      api_keys: [k-one, k-two]
      model: claude-9
      probe_interval: 20ms
  - model_name: quiet
    model_params: {api_base: "`+up.Base()+`"}
`)
	probing(t, p)
	good := eventually(t, p, told, func(s health.State) bool { return s.Succeeded > 1 })
	bad := eventually(t, p, told, func(s health.State) bool { return s.Status == health.StatusKeyRefused })
	if good.Key == bad.Key || good.Backend != "claude" || bad.Failed != 1 {
		t.Errorf("good %+v, bad %+v", good, bad)
	}
	asked := up.Last(t)
	body := gjson.Parse(asked.Body)
	if asked.Path != "/v1/messages" || body.Get("model").Str != "claude-9" || body.Get("max_tokens").Int() != 16 || body.Get("stream").Bool() {
		t.Errorf("asked %s %s", asked.Path, asked.Body)
	}
	if !strings.Contains(p.Log.String(), "probe failed") {
		t.Error("the log does not say what the probe found")
	}
	if n := len(p.Entries(0)); n > 0 {
		t.Errorf("%d records of probes", n)
	}
	for _, s := range p.Relay.Health().List() {
		if s.Backend != "claude" {
			t.Errorf("asked, and nobody wanted that: %+v", s)
		}
	}
}

func TestProbeWakesUpForANewConfiguration(t *testing.T) {
	told := make(chan struct{}, 1)
	up := NewUpstream(t, JSON(503, `{"error":{"message":"down"}}`))
	const entry = "model_list:\n  - model_name: wide\n    targets: [{weight: 2}, {target_model: other}]\n    model_params: {model: shared, api_base: "
	p := NewProxy(t, entry+up.Base()+"}\n")
	p.Relay.Health().OnChange(func() {
		select {
		case told <- struct{}{}:
		default:
		}
	})
	probing(t, p)
	if len(up.Received()) > 0 {
		t.Error("asked without being told to")
	}
	p.Configure("router_settings: {health: {failures: 2, open_for: 1h, max_open: 1h}}\n" + entry + up.Base() + ", probe_interval: 10ms}\n")
	for _, backend := range []string{"wide#1", "wide#2"} {
		s := eventually(t, p, told, func(s health.State) bool { return s.Backend == backend && s.Status == health.StatusOpen })
		if s.Failed != 2 {
			t.Errorf("%+v: an open circuit was asked all the same", s)
		}
	}
	for _, r := range up.Received() {
		if m := gjson.Get(r.Body, "model").Str; m != "shared" && m != "other" {
			t.Errorf("asked for %q", m)
		}
	}
}

// TestProbeIsNotNeededWhileOthersAsk: while requests find out how a model does,
// it is not asked beside them.
func TestProbeIsNotNeededWhileOthersAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProbed(t, time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		go p.Probe(ctx)
		id := health.ID{Backend: "local"}
		for range 10 {
			time.Sleep(40 * time.Second) // the bubble's time
			try, ok := p.Health().Begin(id)
			if !ok {
				t.Fatal("left alone")
			}
			try.Done("", 0)
		}
		synctest.Wait()
		if s := p.Health().List(); len(s) != 1 || s[0].Requests != 10 {
			t.Errorf("%+v", s)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s := p.Health().List(); s[0].Requests != 12 {
			t.Errorf("after two silent minutes: %+v", s)
		}
		cancel()
		synctest.Wait()
	})
}

// newProbed is a relay for one model that nobody listens for.
func newProbed(t *testing.T, every time.Duration) *relay.Relay {
	t.Helper()
	r := relay.New(relay.Options{Log: slog.New(slog.DiscardHandler)})
	snapshot, err := r.Compile(&config.Config{Models: []config.Model{{
		Name: "local", Probe: every, Endpoints: []config.Endpoint{{Dialect: llm.OpenAI, Base: "http://127.0.0.1:1/v1"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	r.Swap(snapshot)
	return r
}
