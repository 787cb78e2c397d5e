package relay_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// chaosCase is one request to a provider that has a fault.
type chaosCase struct {
	fault  Fault
	speech Speech // of the client, and of the fallback
	target Speech // of the faulty provider
	stream bool
	backed bool // a healthy provider is the fallback
}

func (c chaosCase) String() string {
	name := c.speech.Name
	if c.stream {
		name += " stream"
	}
	switch {
	case c.across():
		return name + " to " + c.target.Name + " with fallback"
	case c.backed:
		return name + " with fallback"
	}
	return name + " alone"
}

// across reports whether the faulty provider's answers have to be translated.
func (c chaosCase) across() bool { return c.speech.Dialect != c.target.Dialect }

func chaosCases(f Fault) []chaosCase {
	var out []chaosCase
	all := Speeches()
	for i, speech := range all {
		for _, stream := range []bool{false, true} {
			if f.StreamOnly && !stream {
				continue
			}
			out = append(out, chaosCase{f, speech, speech, stream, true})
			// A long line takes the race detector seconds; half of the cases show
			// all that could go wrong between goroutines.
			few := racing && f.Name == longLine
			if !few {
				out = append(out, chaosCase{f, speech, speech, stream, false})
			}
			if !few || stream {
				out = append(out, chaosCase{f, speech, all[(i+1)%len(all)], stream, true})
			}
		}
	}
	return out
}

// TestChaos meets every fault in every dialect, as a stream and in one piece,
// alone and with somebody to fall back to. What each case must come to stands
// in chaos_expect_test.go. After each fault nothing of it may be left: no
// goroutine, no connection.
func TestChaos(t *testing.T) {
	for _, f := range Faults() {
		t.Run(f.Name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			var cases sync.WaitGroup
			for _, c := range chaosCases(f) {
				// All at once: most of the time goes by in waiting, of which
				// t.Parallel would do no more at once than there are cores.
				cases.Go(func() { t.Run(c.String(), func(t *testing.T) { c.run(t) }) })
			}
			cases.Wait()
			if err := goleak.Find(before); err != nil {
				t.Error(err)
			}
		})
	}
}

func (c chaosCase) run(t *testing.T) {
	seen := make(chan struct{})
	bad := c.fault.Start(t, Occasion{Speech: c.target, Stream: c.stream, Seen: seen})
	good := NewUpstream(t, Says(Occasion{Speech: c.speech, Stream: c.stream}, "hel", "lo"))
	limits, _ := c.patience()
	p := NewLimitedProxy(t, limits, c.configuration(bad, good))
	reply := c.ask(t, p, sync.OnceFunc(func() { close(seen) }))
	got := outcome{reply: reply, record: p.Entry().Record}
	want := expect(c)
	want.check(t, c, got)
	if !want.falls && len(good.Received()) > 0 {
		t.Error("the fallback was asked")
	}
	if n := bad.Asked(); n >= 0 && n != len(got.record.Attempts)-min(1, len(good.Received())) {
		t.Errorf("asked %d times, recorded %+v", n, got.record.Attempts)
	}
	p.Configure("model_list: []\n") // which closes what is idle
	for name, conns := range map[string]*Conns{"the faulty provider": bad.Conns, "the fallback": good.Conns} {
		if conns == nil {
			continue
		}
		if err := conns.Settle(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// patience is how long the proxy waits for a connection, and in a stream.
func (c chaosCase) patience() (upstream.Limits, string) {
	if !c.fault.Waits {
		return upstream.DefaultLimits(), ""
	}
	return upstream.Limits{Connect: time.Second, TLS: time.Second, StreamIdle: time.Second},
		", connect_timeout: 1s, tls_timeout: 1s, stream_idle_timeout: 1s"
}

// configuration has the faulty model m and, where it is backed, its fallback f.
func (c chaosCase) configuration(bad *Target, good *Upstream) string {
	model := func(name, base string, speaks Speech, rest string) string {
		return fmt.Sprintf("  - model_name: %s\n    model_params: {api_base: %q, api_key: %s, model: up, api_type: %s%s}\n", name, base, secret, speaks.Dialect, rest)
	}
	_, patience := c.patience()
	if c.fault.Waits && (c.stream || c.fault.Name != slowDrip) {
		patience += ", request_timeout: 1s"
	}
	// On a machine that is busy enough, any client would be shown a heartbeat.
	yaml := "proxy_settings: {server: {stream_heartbeat: 0}}\nmodel_list:\n" + model("m", bad.Base, c.target, patience)
	if c.backed {
		yaml += model("f", good.Base(), c.speech, "") + "router_settings: {fallbacks: [{m: [f]}]}\n"
	}
	return yaml
}

// ask sends the request and reads the answer, and says when part of the answer
// has come.
func (c chaosCase) ask(t *testing.T, p *Proxy, seen func()) Reply {
	t.Helper()
	path, body := c.speech.Ask("m", c.stream)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var text strings.Builder
	piece := make([]byte, 32<<10)
	for {
		n, err := res.Body.Read(piece)
		text.Write(piece[:n])
		if text.Len() < 4<<10 && strings.Contains(text.String(), Partial) {
			seen()
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return Reply{Status: res.StatusCode, Header: res.Header, Body: text.String(), Err: err}
		}
	}
}

// outcome is what a case has come to.
type outcome struct {
	reply  Reply
	record usage.Record
}

// check compares an outcome with what was expected of it.
func (w expected) check(t *testing.T, c chaosCase, got outcome) {
	t.Helper()
	if got.reply.Err != nil {
		t.Errorf("the answer breaks off: %v", got.reply.Err)
	}
	if got.reply.Status != w.status {
		t.Errorf("status %d, want %d", got.reply.Status, w.status)
	}
	if w.translated == "" {
		sameBytes(t, w.bytes(c, got), got.reply.Body)
	} else {
		w.saysTheSame(t, c, got)
	}
	if after := got.reply.Header.Get("Retry-After"); after != w.retryAfter {
		t.Errorf("Retry-After %q, want %q", after, w.retryAfter)
	}
	var attempts []string
	for _, a := range got.record.Attempts {
		attempts = append(attempts, strings.TrimSpace(fmt.Sprintf("%s:%d:%s %s", a.Backend, a.Status, a.Kind, a.Why)))
		if a.Key != "key 1" || a.Skipped != "" {
			t.Errorf("an attempt with key %q, skipped because %q", a.Key, a.Skipped)
		}
	}
	if diff := cmp.Diff(w.attempts, attempts); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	r := got.record
	summary := fmt.Sprintf("%s %d %s by %q", r.Outcome, r.Status, r.ErrorKind, r.Backend)
	if want := fmt.Sprintf("%s %d %s by %q", w.outcome, w.status, w.errorKind, w.backend); summary != want {
		t.Errorf("recorded %s, want %s: %s", summary, want, r.ErrorMessage)
	}
	if r.Outcome == usage.Success && r.Usage.Output != 5 {
		t.Errorf("recorded a usage of %+v", r.Usage)
	}
	if strings.Contains(got.reply.Body+fmt.Sprint(got.reply.Header)+r.ErrorMessage, secret) {
		t.Error("the key came out")
	}
}

// bytes is what the client must get.
func (w expected) bytes(c chaosCase, got outcome) string {
	codec, e := protocol.For(c.speech.Dialect), w.err
	if e == nil {
		return w.body
	}
	// A person reads in the record what stands in the client.
	e.Message = got.record.ErrorMessage
	if w.status < http.StatusBadRequest {
		return w.body + string(codec.EncodeErrorEvent(e))
	}
	return string(codec.EncodeError(e, got.reply.Header.Get("X-Request-Id")))
}

// saysTheSame reads an answer that had to be translated. What the words of a
// translation are, the tests of the dialects know.
func (w expected) saysTheSame(t *testing.T, c chaosCase, got outcome) {
	t.Helper()
	said, err := saidIn(c.speech.Dialect, c.stream, got.reply.Body)
	if said != w.translated {
		t.Errorf("the answer says %.200q, want %.200q", said, w.translated)
	}
	if w.outcome == usage.Success != (err == nil) {
		t.Errorf("reading the answer: %v", err)
	}
	if err != nil && !strings.Contains(err.Error(), got.record.ErrorMessage) {
		t.Errorf("the client is told %v, and the record %s", err, got.record.ErrorMessage)
	}
}

// sameBytes compares what a client got with what it should have got. The events
// with which the proxy ends a stream of Responses hold the time; everything
// else is the same to the byte.
func sameBytes(t *testing.T, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	now := regexp.MustCompile(`"(created_at|completed_at)":\d{10}`)
	lines := func(s string) []string {
		out := strings.SplitAfter(s, "\n")
		for i, line := range out {
			if n := len(line); n > 2000 {
				line = fmt.Sprintf("%s <%d bytes> %s", line[:500], n-1000, line[n-500:])
			}
			out[i] = now.ReplaceAllStringFunc(line, func(at string) string {
				if strings.HasSuffix(at, ":1700000000") { // the provider's
					return at
				}
				return "now"
			})
		}
		return out
	}
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		t.Errorf("the client got (-want +got):\n%s", diff)
	}
}
