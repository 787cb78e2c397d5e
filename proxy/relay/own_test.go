package relay_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// A model that is this proxy itself is refused at once, whatever it calls it,
// and the next target answers in its place.
func TestModelThatIsThisProxy(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat("saved")))
	p := NewProxy(t, models("openai", up))
	_, port, _ := strings.Cut(p.Server.Addr(), ":")
	names := []string{"127.0.0.1", "localhost", "0.0.0.0"}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		l.Close()
		names = append(names, "[::1]")
	}
	loops := func(base string, more string) string {
		return fmt.Sprintf("model_list:\n  - model_name: m0\n    model_params: {api_base: 'http://%s:%s/v1', model: m0, request_timeout: 5}\n", base, port) + more
	}
	for i, name := range names {
		p.Configure(loops(name, "router_settings: {num_retries: 3}\n"))
		start := time.Now()
		got := p.Post("/v1/chat/completions", chat)
		if got.Status != 508 || !strings.Contains(got.Body, "loop_detected") || !strings.Contains(got.Body, "is this proxy itself") {
			t.Errorf("%s: got %d %s", name, got.Status, got.Body)
		}
		if got.Header.Get("X-Should-Retry") != "false" {
			t.Errorf("%s: an SDK would ask again: %v", name, got.Header)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
		if r := p.Entries(i + 1)[i].Record; len(r.Attempts) != 1 {
			t.Errorf("%s: %d attempts", name, len(r.Attempts))
		}
	}
	p.Configure(loops("127.0.0.1", fmt.Sprintf("  - model_name: m1\n    model_params: {api_base: %s}\nrouter_settings:\n  num_retries: 3\n  fallbacks:\n    - m0: [m1]\n", up.Base())))
	if got := p.Post("/v1/chat/completions", chat); got.Status != 200 || !strings.Contains(got.Body, "saved") {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}

// What is no longer listened on may be somebody else's.
func TestAddressIsGivenBack(t *testing.T) {
	p := NewProxy(t, models("openai", NewUpstream(t, JSON(200, Chat("ok")))))
	addr := p.Server.Addr()
	target := upstream.TestTarget{}
	target.Endpoint.Base = "http://" + addr
	say := func() string { return fmt.Sprint(p.Relay.Test(t.Context(), target).Steps) }
	if got := say(); !strings.Contains(got, "is this proxy itself") {
		t.Errorf("the connection test says %s", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := p.Server.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if got := say(); !strings.Contains(got, "refuses the connection") {
		t.Errorf("the connection test says %s", got)
	}
}

// Two listeners of one address are two, however they end.
func TestOwnCounts(t *testing.T) {
	p := NewProxy(t, models("openai", NewUpstream(t, JSON(200, Chat("ok")))))
	addr := p.Server.Addr()
	p.Relay.Own(addr, true)
	p.Relay.Own(addr, false)
	target := upstream.TestTarget{}
	target.Endpoint.Base = "http://" + addr
	if got := fmt.Sprint(p.Relay.Test(t.Context(), target).Steps); !strings.Contains(got, "is this proxy itself") {
		t.Errorf("the connection test says %s", got)
	}
}
