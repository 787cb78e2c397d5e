package relay_test

import (
	"net/http"
	"strings"
	"testing"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// Two models that fall back to each other, each with one request that has its
// only slot: neither may wait for the other's with its own in hand.
func TestFallbacksDoNotWaitForEachOther(t *testing.T) {
	asked, gate := make(chan struct{}, 2), make(chan struct{})
	broken := func(name string) Answer {
		first := true
		return func(w http.ResponseWriter, r *http.Request) {
			if !first {
				JSON(200, Chat(name))(w, r)
				return
			}
			first = false
			asked <- struct{}{}
			<-gate
			JSON(500, `{"error":{"message":"down"}}`)(w, r)
		}
	}
	p := NewProxy(t, "model_list:\n"+entry("a", NewUpstream(t, broken("a")), ", concurrency_limit: 1")+entry("b", NewUpstream(t, broken("b")), ", concurrency_limit: 1")+
		"router_settings:\n  fallbacks: [{a: [b]}, {b: [a]}]\n  queue: {timeout: 5}\n")
	answers := make(chan Reply)
	for _, model := range []string{"a", "b"} {
		go func() { answers <- p.Post("/v1/chat/completions", askFor(model)) }()
		<-asked
	}
	close(gate)
	for range 2 {
		if got := <-answers; got.Status != 200 {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
	if uses := p.Relay.Queue().Uses(); len(uses) != 0 {
		t.Errorf("slots are still taken: %+v", uses)
	}
}

// A model's limits hold by whatever name it is asked for.
func TestOtherNamesOfAModelHaveItsLimits(t *testing.T) {
	for _, name := range []string{"nick", "openai/dear", " dear"} {
		p := NewProxy(t, "model_list:\n"+strings.Replace(entry("dear", NewUpstream(t, JSON(200, Chat("x"))), ""), "}}\n", "}, limits: {requests_per_minute: 1}}\n", 1)+
			"router_settings:\n  aliases: {nick: dear}\n")
		if got := p.Post("/v1/chat/completions", askFor("dear")); got.Status != 200 {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
		if got := p.Post("/v1/chat/completions", askFor(name)); got.Status != http.StatusTooManyRequests {
			t.Errorf("%q: got %d %s", name, got.Status, got.Body)
		}
	}
}

// What a stream has cost is told at its end. One that ends before has cost
// something too.
func TestTokensOfAStreamThatBreaks(t *testing.T) {
	words := ChatStream(true, "one", "two", "three")
	p := NewProxy(t, "model_list:\n"+strings.Replace(entry("m0", NewUpstream(t, Stream(words[:3]...)), ""), "}}\n", "}, limits: {tokens_per_minute: 1000}}\n", 1))
	p.Post("/v1/chat/completions", chatStream)
	p.Entry()
	if all := p.Relay.Rates().List(); len(all) != 1 || all[0].TokensPerMinute.Used < 3 {
		t.Errorf("used: %+v", all)
	}
}
