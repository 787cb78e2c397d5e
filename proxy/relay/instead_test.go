package relay_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// asked lists the models that a provider was asked for.
func asked(u *Upstream) []string {
	var out []string
	for _, r := range u.Received() {
		out = append(out, gjson.Get(r.Body, "model").Str)
	}
	return out
}

func TestContextFallbackWithinAnEntryForManyNames(t *testing.T) {
	up := NewUpstream(t, JSON(400, tooLong), JSON(200, Chat("big")))
	p := NewProxy(t, fmt.Sprintf("model_list:\n  - {model_name: 'gpt-*', model_params: {api_base: %s, api_key: %s}}\n", up.Base(), secret)+
		"router_settings:\n  context_fallbacks: [{gpt-small: [gpt-big]}]\n")
	got := p.Post("/v1/chat/completions", askFor("gpt-small"))
	if diff := cmp.Diff([]string{"gpt-small", "gpt-big"}, asked(up)); got.Status != 200 || diff != "" {
		t.Errorf("got %d %s: %s", got.Status, got.Body, diff)
	}
}

// The last of the context fallbacks has refused the prompt too: that is the
// answer, and no other fallback, nor the same one again, is asked.
func TestContextThatNobodyTakes(t *testing.T) {
	small, big, huge := NewUpstream(t, JSON(400, tooLong)), NewUpstream(t, JSON(400, tooLong)), NewUpstream(t, JSON(400, tooLong))
	other := NewUpstream(t, JSON(200, Chat("other")))
	p := NewProxy(t, "model_list:\n"+entry("small", small, "")+entry("big", big, "")+entry("huge", huge, "")+entry("other", other, "")+
		"router_settings:\n  fallbacks: [{small: [big, other]}]\n  context_fallbacks: [{small: [big, huge]}]\n")
	if got := p.Post("/v1/chat/completions", askFor("small")); got.Status != 400 || got.Body != tooLong {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if diff := cmp.Diff([]string{"small 400", "big 400 context_fallback", "huge 400 context_fallback"}, path(p.Entry().Record)); diff != "" {
		t.Error(diff)
	}
}

// However often a fallback is tried, it is one request that fell back.
func TestFallbacksAreCountedByRequest(t *testing.T) {
	down := JSON(500, `{"error":{"message":"down"}}`)
	p := NewProxy(t, models("openai", NewUpstream(t, down), NewUpstream(t, down, JSON(502, "bad gateway"), JSON(200, Chat("up"))))+"  num_retries: 3\n")
	if got := p.Post("/v1/chat/completions", chat); got.Status != 200 {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	p.Entry()
	if diff := cmp.Diff([]health.Pair{{From: "m0", To: "m1", Tried: 1, Saved: 1}}, p.Relay.Health().Pairs()); diff != "" {
		t.Error(diff)
	}
}

// A model that a context fallback has tried in vain is not sent the same again
// because it is a plain fallback too.
func TestFallbackOfBothKindsIsTriedOnce(t *testing.T) {
	down := JSON(500, `{"error":{"message":"down"}}`)
	small, big, other := NewUpstream(t, JSON(400, tooLong)), NewUpstream(t, down), NewUpstream(t, JSON(200, Chat("other")))
	p := NewProxy(t, "model_list:\n"+entry("small", small, "")+entry("big", big, "")+entry("other", other, "")+
		"router_settings:\n  num_retries: 1\n  fallbacks: [{small: [big, other]}]\n  context_fallbacks: [{small: [big]}]\n")
	if got := p.Post("/v1/chat/completions", askFor("small")); got.Status != 200 {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if diff := cmp.Diff([]string{"small 400", "big 500 context_fallback", "other 200 fallback"}, path(p.Entry().Record)); diff != "" {
		t.Error(diff)
	}
}
