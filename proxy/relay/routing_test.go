package relay_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// entry is one line of model_list; more are further model_params.
func entry(name string, u *Upstream, more string) string {
	return fmt.Sprintf("  - {model_name: %q, model_params: {api_base: %s, api_key: %s-%s, model: up%s}}\n", name, u.Base(), secret, strings.Trim(name, "*-"), more)
}

// path tells how a request was answered: each attempt's backend, status or
// reason for passing it over, and why it was next.
func path(r usage.Record) []string {
	var out []string
	for _, a := range r.Attempts {
		what := fmt.Sprint(a.Status)
		if a.Skipped != "" {
			what = "passed over"
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", a.Backend, what, a.Why)))
	}
	return out
}

// noted tells that a provider has been asked.
func noted(asked chan<- struct{}, a Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		a(w, r)
	}
}

func askFor(model string) string {
	return fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hi"}]}`, model)
}

const tooLong = `{"error":{"message":"This model's maximum context length is 8 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}`

func TestRefusedContextGoesToItsOwnFallbacks(t *testing.T) {
	small, other, big := NewUpstream(t, JSON(400, tooLong)), NewUpstream(t, JSON(200, Chat("other"))), NewUpstream(t, JSON(200, Chat("big")))
	config := "model_list:\n" + entry("small", small, "") + entry("other", other, "") + entry("big", big, "") + "router_settings:\n  fallbacks: [{small: [other]}]\n"
	t.Run("configured", func(t *testing.T) {
		p := NewProxy(t, config+"  context_fallbacks: [{small: [big]}]\n")
		if got := p.Post("/v1/chat/completions", askFor("small")); got.Status != 200 || !strings.Contains(got.Body, `"big"`) {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
		if diff := cmp.Diff([]string{"small 400", "big 200 context_fallback"}, path(p.Entry().Record)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("not configured", func(t *testing.T) {
		p := NewProxy(t, config)
		if got := p.Post("/v1/chat/completions", askFor("small")); got.Status != 400 || got.Body != tooLong {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	})
}

func TestKeysAreUsedInTurn(t *testing.T) {
	limited := With("Retry-After", "60", JSON(429, `{"error":{"message":"slow down"}}`))
	up := NewUpstream(t, limited, JSON(200, Chat("a")), JSON(200, Chat("b")), JSON(401, `{"error":{"message":"bad key"}}`), JSON(200, Chat("c")))
	p := NewProxy(t, "providers:\n  p: {api_base: "+up.Base()+", api_keys: [sk-first-0123456789, sk-second-0123456789]}\nmodel_list:\n  - {model_name: m, provider: p}\n")
	for i := range 3 {
		if got := p.Post("/v1/chat/completions", askFor("m")); got.Status != 200 {
			t.Fatalf("request %d: %d %s", i, got.Status, got.Body)
		}
	}
	var keys []string
	for _, r := range up.Received() {
		keys = append(keys, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer sk-"))
	}
	// The second key is limited by nothing until it is refused; then the first is
	// all there is, although it had better rest.
	want := []string{"first-0123456789", "second-0123456789", "second-0123456789", "second-0123456789", "first-0123456789"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
	all := p.Entries(3)
	if diff := cmp.Diff([]string{"m 429", "m 200 next_key"}, path(all[0].Record)); diff != "" {
		t.Error(diff)
	}
	if r := all[1].Record; r.Key != "key 2" || r.Attempts[0].Key != "key 2" {
		t.Errorf("the second request was recorded with the key %q", r.Key)
	}
}

func TestRestingTargetIsAskedWhenNobodyElseAnswers(t *testing.T) {
	down := JSON(500, `{"error":{"message":"down"}}`)
	first, second := NewUpstream(t, down, JSON(200, Chat("back"))), NewUpstream(t, JSON(200, Chat("spare")), down)
	p := NewProxy(t, models("openai", first, second)+"  health: {failures: 1, open_for: 1h}\n")
	for _, want := range [][]string{
		{"m0 500", "m1 200 fallback"},
		{"m0 passed over", "m1 500 fallback", "m0 200 last_resort"},
	} {
		if got := p.Post("/v1/chat/completions", chat); got.Status != 200 {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
		entries := p.Entries(1)
		if diff := cmp.Diff(want, path(entries[len(entries)-1].Record)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNamesThatAreNoEntries(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, "providers:\n  near: {api_base: "+up.Base()+", api_key: sk-near-0123456789}\nmodel_list:\n"+entry("gpt-*", up, "")+entry("plain", up, "")+
		"router_settings:\n  aliases: {nick: plain}\n")
	for _, tt := range []struct{ model, backend, upstream string }{
		{"near/some/model", "near/some/model", "some/model"},
		{"gpt-9", "gpt-*", "up"},
		{"nick", "plain", "up"},
	} {
		before := len(p.Entries(0))
		if got := p.Post("/v1/chat/completions", askFor(tt.model)); got.Status != 200 {
			t.Fatalf("%s: %d %s", tt.model, got.Status, got.Body)
		}
		r := p.Entries(before + 1)[before].Record
		if r.Backend != tt.backend || r.TargetModel != tt.upstream || r.Model != tt.model {
			t.Errorf("%s was answered by %s as %s", tt.model, r.Backend, r.TargetModel)
		}
		if sent := up.Last(t).Body; !strings.Contains(sent, fmt.Sprintf(`"model":%q`, tt.upstream)) {
			t.Errorf("%s: the provider got %s", tt.model, sent)
		}
	}
}

func TestConversationStaysWhereItWas(t *testing.T) {
	a, b := NewUpstream(t, JSON(200, Chat("a"))), NewUpstream(t, JSON(200, Chat("b")))
	p := NewProxy(t, "model_list:\n"+entry("a", a, "")+entry("b", b, "")+"router_settings:\n  groups: [{name: g, targets: [a, b]}]\n")
	say := func(who string, turns int) string {
		messages := []string{fmt.Sprintf(`{"role":"user","content":"I am %s"}`, who)}
		for i := range turns {
			messages = append(messages, `{"role":"assistant","content":"?"}`, fmt.Sprintf(`{"role":"user","content":"%d"}`, i))
		}
		return `{"model":"g","messages":[` + strings.Join(messages, ",") + `]}`
	}
	const people, turns = 8, 4
	for turn := range turns {
		for who := range people {
			if got := p.Post("/v1/chat/completions", say(fmt.Sprint(who), turn)); got.Status != 200 {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
		}
	}
	all := p.Entries(people * turns)
	for who := range people {
		for turn := range turns {
			if at, first := all[turn*people+who].Record.Backend, all[who].Record.Backend; at != first {
				t.Errorf("conversation %d went from %s to %s", who, first, at)
			}
		}
	}
	if len(a.Received()) == 0 || len(b.Received()) == 0 {
		t.Error("one member has had everything")
	}
}

func TestSlotsAreWaitedForAndLeft(t *testing.T) {
	gate, asked := make(chan struct{}), make(chan struct{}, 4)
	words := ChatStream(false, "a")
	up := NewUpstream(t, noted(asked, Gated(gate, words...)))
	p := NewProxy(t, beating+"model_list:\n"+entry("m0", up, ", concurrency_limit: 1"))
	first := make(chan Reply)
	go func() { first <- p.Post("/v1/chat/completions", chatStream) }()
	<-asked
	beats := make(chan struct{})
	second := make(chan string)
	go func() {
		_, text := watched(t, p, "/v1/chat/completions", chatStream, ": heartbeat\n\n", beats)
		second <- text
	}()
	<-beats // it waits, and is told so
	waiting := p.Relay.Queue().Waiting()
	if len(waiting) != 1 || waiting[0].Model != "m0" {
		t.Fatalf("waiting: %+v", waiting)
	}
	third := make(chan string)
	go func() {
		_, text := watched(t, p, "/v1/chat/completions", chatStream, ": heartbeat\n\n", make(chan struct{}))
		third <- text
	}()
	p.Until(func() bool { return len(p.Relay.Queue().Waiting()) == 2 })
	if !p.Relay.Queue().Remove(p.Relay.Queue().Waiting()[1].ID) {
		t.Error("the third cannot be removed")
	}
	if text := <-third; !strings.Contains(text, "queue_removed") {
		t.Errorf("the third got %q", text)
	}
	close(gate)
	if got := <-first; got.Status != 200 {
		t.Errorf("the first got %d %s", got.Status, got.Body)
	}
	if text := <-second; strings.ReplaceAll(text, ": heartbeat\n\n", "") != Join(words) {
		t.Errorf("the second got %q", text)
	}
	waited := 0
	for _, e := range p.Entries(3) {
		if e.Record.Timing.Queue > 0 {
			waited++
		}
	}
	if waited != 2 {
		t.Errorf("%d have waited", waited)
	}
	if uses := p.Relay.Queue().Uses(); len(uses) != 0 {
		t.Errorf("slots are still taken: %+v", uses)
	}
}

func TestFullTargetIsPassedOver(t *testing.T) {
	gate, asked := make(chan struct{}), make(chan struct{}, 4)
	slow, free := NewUpstream(t, noted(asked, Gated(gate, ChatStream(false, "slow")...))), NewUpstream(t, JSON(200, Chat("free")))
	p := NewProxy(t, "providers:\n  one: {api_base: "+slow.Base()+", concurrency_limit: 1}\nmodel_list:\n  - {model_name: m0, provider: one}\n"+entry("m1", free, "")+
		"router_settings:\n  fallbacks: [{m0: [m1]}]\n")
	first := make(chan Reply)
	go func() { first <- p.Post("/v1/chat/completions", chatStream) }()
	<-asked
	if got := p.Post("/v1/chat/completions", chat); !strings.Contains(got.Body, "free") {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if diff := cmp.Diff([]string{"m0 passed over", "m1 200 fallback"}, path(p.Entry().Record)); diff != "" {
		t.Error(diff)
	}
	close(gate)
	<-first
}

func TestLimitsDegradeAndRefuse(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	p := NewProxy(t, "model_list:\n"+entry("cheap", up, "")+
		strings.Replace(entry("dear", up, ""), "}}\n", "}, limits: {requests_per_minute: 3, soft_percent: 50, degrade_to: cheap}}\n", 1))
	for i, want := range []string{"dear", "cheap", "cheap"} {
		got := p.Post("/v1/chat/completions", askFor("dear"))
		if got.Status != 200 || got.Header.Get("X-Yallmp-Backend") != want || (got.Header.Get("X-Yallmp-Degraded") != "") != (want == "cheap") {
			t.Errorf("request %d: %d by %s, degraded to %q", i, got.Status, got.Header.Get("X-Yallmp-Backend"), got.Header.Get("X-Yallmp-Degraded"))
		}
	}
	for _, tt := range []struct{ path, body, shape string }{
		{"/v1/chat/completions", askFor("dear"), `{"error":{"message":`},
		{"/v1/messages", strings.Replace(message, "m0", "dear", 1), `{"type":"error","error":{"type":"rate_limit_error"`},
		{"/v1/responses", `{"model":"dear","input":"hi"}`, `{"error":{"message":`},
		{"/v1beta/models/dear:generateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`, `{"error":{"code":429`},
		{"/api/chat", askFor("dear"), `{"error":`},
	} {
		got := p.Post(tt.path, tt.body)
		wait, err := time.ParseDuration(got.Header.Get("Retry-After") + "s")
		if got.Status != http.StatusTooManyRequests || !strings.HasPrefix(got.Body, tt.shape) || err != nil || wait <= 0 || wait > time.Minute+time.Second {
			t.Errorf("%s: %d, Retry-After %q, %s", tt.path, got.Status, got.Header.Get("Retry-After"), got.Body)
		}
	}
}

func TestLimitOfAModelHoldsByAnyName(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("x")))
	limited := strings.Replace(entry("dear", up, ""), "}}\n", "}, limits: {requests_per_minute: 1}}\n", 1)
	p := NewProxy(t, "model_list:\n"+limited+entry("cheap", up, "")+"router_settings:\n  groups: [{name: g, targets: [dear]}]\n  fallbacks: [{f: [dear, cheap]}]\n")
	for i, want := range []string{"dear", "cheap"} {
		if got := p.Post("/v1/chat/completions", askFor("f")); got.Header.Get("X-Yallmp-Backend") != want {
			t.Errorf("request %d was answered by %s, not by %s", i, got.Header.Get("X-Yallmp-Backend"), want)
		}
	}
	if got := p.Post("/v1/chat/completions", askFor("g")); got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
		t.Errorf("a group of nobody else: %d %s", got.Status, got.Body)
	}
	if diff := cmp.Diff([]string{"dear passed over", "cheap 200 fallback"}, path(p.Entries(3)[1].Record)); diff != "" {
		t.Error(diff)
	}
}
