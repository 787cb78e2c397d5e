package relay

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// planned makes the request for a target that speaks the client's dialect, of
// a prompt of about size bytes.
func planned(tb testing.TB, size int) func() {
	tb.Helper()
	text := append([]byte(`{"model":"m","stream":true,"messages":[{"role":"user","content":"`), bytes.Repeat([]byte("words and "), size/10)...)
	text = append(text, `"}]}`...)
	m := &config.Model{Name: "m", Target: "up", Endpoints: []config.Endpoint{{Dialect: llm.OpenAI, Base: "http://127.0.0.1:1/v1"}}}
	pool := upstream.NewPool(upstream.DefaultLimits())
	tb.Cleanup(pool.Close)
	backend, err := pool.NewBackend(m, m.Endpoints[0])
	if err != nil {
		tb.Fatal(err)
	}
	t := router.Target{Model: m, Endpoint: m.Endpoints[0], Upstream: "up"}
	call := Call{Snapshot: &Snapshot{cfg: &config.Config{}}, Operation: llm.Chat, Dialect: llm.OpenAI, Body: text}
	relay := New(Options{})
	return func() {
		asked, err := read(http.Header{}, call)
		if err != nil {
			tb.Fatal(err)
		}
		x := &exchange{
			relay: relay, call: call, codec: protocol.For(llm.OpenAI), payload: asked, stream: true,
			req: &http.Request{URL: &url.URL{Path: "/v1/chat/completions"}}, trace: &usage.Trace{Record: usage.Record{Model: "m"}},
		}
		if _, err := x.plan(t, backend); err != nil {
			tb.Fatal(err)
		}
	}
}

// A request that passes through is not decoded: what its plan allocates does
// not grow with the prompt.
func TestPassingThroughCostsNoMemory(t *testing.T) {
	allocated := func(size int) int64 {
		plan := planned(t, size)
		return testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan()
			}
		}).AllocedBytesPerOp()
	}
	small, large := allocated(1_000), allocated(1_000_000)
	if large > small+4096 {
		t.Errorf("a prompt of 1 kB takes %d bytes, one of 1 MB %d", small, large)
	}
}

func BenchmarkPlanOfAMegabyte(b *testing.B) {
	plan := planned(b, 1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		plan()
	}
}
