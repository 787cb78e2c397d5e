package upstream_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// Every request carries the id of this proxy behind those of the proxies that
// it came through.
func TestHopIsSentAndForwarded(t *testing.T) {
	up := NewUpstream(t, JSON(200, "{}"))
	for _, tt := range []struct {
		hop, came, want string
		foreign         bool
	}{
		{"b", "", "b", false},
		{"b", "a", "a, b", false},
		{"c", "a, b", "a, b, c", true},
		{"", "a", "a", false},
	} {
		h := http.Header{}
		if tt.came != "" {
			h.Set(upstream.HopHeader, tt.came)
		}
		b := backend(t, up.Base(), config.Model{}, upstream.WithHop(tt.hop))
		res, err := b.Do(t.Context(), &upstream.Request{Method: http.MethodPost, Path: "/x", Header: h, Foreign: tt.foreign})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := strings.Join(up.Last(t).Header[upstream.HopHeader], "|"); got != tt.want {
			t.Errorf("sent %q, want %q", got, tt.want)
		}
		if got := h.Get(upstream.HopHeader); got != tt.came {
			t.Errorf("the client's own headers now say %q", got)
		}
	}
}

// A connection to an address of this process is refused before it is made, by
// whatever name, and also as the way to somebody else.
func TestOwnAddress(t *testing.T) {
	up := NewUpstream(t, JSON(200, "{}"))
	own := netip.MustParseAddrPort(strings.TrimPrefix(up.URL, "http://"))
	_, port, _ := strings.Cut(up.URL[len("http://"):], ":")
	for _, tt := range []struct {
		base, proxy, want string
	}{
		{up.URL, "", "loop 508 loop_detected: The provider of model m is this proxy itself, and the request would go round for ever: its address must be another one."},
		{"http://localhost:" + port, "", "loop 508 loop_detected: The provider of model m is this proxy itself, and the request would go round for ever: its address must be another one."},
		{"http://[::ffff:127.0.0.1]:" + port, "", "loop 508 loop_detected: The provider of model m is this proxy itself, and the request would go round for ever: its address must be another one."},
		{"https://provider.test", up.URL, "loop 508 loop_detected: The proxy on the way to the provider of model m is this proxy itself, and the request would go round for ever: its address must be another one."},
	} {
		pool := upstream.NewPool(upstream.Limits{})
		t.Cleanup(pool.Close)
		pool.SetOwn(func(at netip.AddrPort) bool { return at == own })
		b, err := pool.NewBackend(&config.Model{Name: "m", Way: config.Way{Proxy: config.NewSecret(tt.proxy)}}, config.Endpoint{Base: tt.base})
		if err != nil {
			t.Fatal(err)
		}
		_, err = ask(t.Context(), b, false)
		if got := complaint(err); got != tt.want {
			t.Errorf("%s: got  %s\nwant %s\n%v", tt.base, got, tt.want, err)
		}
	}
	if n := len(up.Received()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}
