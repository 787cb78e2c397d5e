package relay_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// The only good key is limited for a moment, and the other one was refused: the
// moment is waited for.
func TestGoodKeyIsWaitedForBesideABadOne(t *testing.T) {
	good := 0
	limited, bad := With("Retry-After", "1", JSON(429, `{"error":{"message":"slow down"}}`)), JSON(401, `{"error":{"message":"bad key"}}`)
	up := NewUpstream(t, bad, JSON(200, Chat("a")), limited, JSON(200, Chat("b")))
	p := NewProxy(t, "providers:\n  p: {api_base: "+up.Base()+", api_keys: [sk-bad-0123456789, sk-good-0123456789]}\nmodel_list:\n  - {model_name: m, provider: p}\nrouter_settings: {num_retries: 2}\n")
	for range 2 {
		if got := p.Post("/v1/chat/completions", askFor("m")); got.Status == 200 {
			good++
		}
	}
	var keys []string
	for _, r := range up.Received() {
		keys = append(keys, strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer sk-"), "-0123456789"))
	}
	if diff := cmp.Diff([]string{"bad", "good", "good", "good"}, keys); diff != "" || good != 2 {
		t.Errorf("%d answers: %s", good, diff)
	}
}

// When the limit stays, it is what the client is told, and not that the proxy's
// other key is bad.
func TestLimitIsToldBesideABadKey(t *testing.T) {
	limited, bad := JSON(429, `{"error":{"message":"slow down"}}`), JSON(401, `{"error":{"message":"bad key"}}`)
	up := NewUpstream(t, bad, JSON(200, Chat("a")), limited, With("X-Again", "1", bad))
	p := NewProxy(t, "providers:\n  p: {api_base: "+up.Base()+", api_keys: [sk-bad-0123456789, sk-good-0123456789]}\nmodel_list:\n  - {model_name: m, provider: p}\nrouter_settings: {num_retries: 1}\n")
	p.Post("/v1/chat/completions", askFor("m"))
	if got := p.Post("/v1/chat/completions", askFor("m")); got.Status != 429 || len(up.Received()) != 4 {
		t.Errorf("got %d %s after %d requests", got.Status, got.Body, len(up.Received()))
	}
}
