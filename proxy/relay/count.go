package relay

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/tokens"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// counts is what the relay knows about how models count tokens. A model's
// newest prompt and what it really came to are kept once somebody has asked
// for a count, so that nobody else pays for learning.
type counts struct {
	learned *tokens.Calibration

	mu      sync.Mutex
	samples map[string]sample
}

// sample is a prompt whose length the provider has told.
type sample struct {
	call   Call
	prompt int64
}

// largestSample bounds the prompts that are kept.
const largestSample = 1 << 20

// keep notes what a prompt came to.
func (c *counts) keep(key string, call Call, prompt int64) {
	if prompt == 0 || len(call.Body) > largestSample || !call.Operation.Generates() || !c.learned.Wanted(key) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.samples[key] = sample{call: call, prompt: prompt}
}

// learn compares the newest prompt's estimate with the truth.
func (c *counts) learn(key string) {
	c.learned.Want(key)
	c.mu.Lock()
	s, ok := c.samples[key]
	delete(c.samples, key)
	c.mu.Unlock()
	if !ok {
		return
	}
	if asked, err := protocol.For(s.call.Dialect).DecodeRequest(s.call.Operation, s.call.Body); err == nil {
		c.learned.Observe(key, tokens.Estimate(asked), s.prompt)
	}
}

// count answers how many tokens a prompt has: by the provider's own word where
// it has the call, else by an estimate, which a header marks as such.
func (x *exchange) count(ctx context.Context) error {
	targets, err := x.route()
	if err != nil {
		return err
	}
	if err := x.remember(ctx); err != nil {
		return err
	}
	t := targets[0]
	if protocol.CounterFor(t.Endpoint.Dialect) != nil {
		if x.askForCount(ctx, t) {
			return nil
		}
		if ctx.Err() != nil {
			return cancelled(ctx)
		}
	}
	return x.estimate(t)
}

// askForCount asks the provider, and reports whether it has answered. Counting
// has limits of its own, and says nothing about how well the model answers: a
// count neither begins a cooldown nor ends one.
func (x *exchange) askForCount(ctx context.Context, t router.Target) bool {
	backend := x.call.Snapshot.backends[t.Where()]
	request, err := x.plan(t, backend)
	keys := x.keys(t, backend)
	if err != nil || len(keys) == 0 {
		return false
	}
	request.Key = keys[0]
	x.turn = turn{target: t, backend: backend, request: request}
	return x.attempt(ctx, nil) == nil
}

// translatedCount asks a provider of another dialect, which knows best.
func (x *exchange) translatedCount(r *upstream.Request, t router.Target) error {
	asked, err := x.neutral(t)
	if err != nil {
		return err
	}
	say := *asked
	say.Model, say.Stream = r.Model, false
	text, _, err := x.target.EncodeRequest(x.renamed(&say))
	if err != nil {
		return err
	}
	b, err := body.Parse(text)
	if err != nil {
		return err
	}
	counter := protocol.CounterFor(t.Endpoint.Dialect)
	r.Stream, r.Path = false, counter.CountPath(&say)
	r.Body = [][]byte{question(b, counter, r.Model)}
	return nil
}

// question holds what counts of a request.
func question(b *body.Body, counter protocol.Counter, model string) []byte {
	out := []byte{'{'}
	within := counter.CountWithin()
	if within != "" {
		out = append(body.AppendString(out, within), `:{"model":`...)
		out = body.AppendString(out, "models/"+model)
	}
	for _, name := range counter.CountFields() {
		raw := b.Raw(name)
		if raw == nil {
			continue
		}
		if last := out[len(out)-1]; last != '{' {
			out = append(out, ',')
		}
		out = append(append(body.AppendString(out, name), ':'), raw...)
	}
	if within != "" {
		out = append(out, '}')
	}
	return append(out, '}')
}

// translateCount tells the client in its own dialect what a provider counted.
func (x *exchange) translateCount(res *upstream.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	if err != nil {
		return err
	}
	n, ok := protocol.CounterFor(x.target.Dialect()).DecodeCount(unpack(res.Header, text))
	if !ok {
		return nonsense(res.Status)
	}
	out := protocol.CounterFor(x.call.Dialect).EncodeCount(n)
	x.speakFor(res, "application/json")
	return gone(x.head.whole(http.StatusOK, out, out))
}

// estimate answers without the provider.
func (x *exchange) estimate(t router.Target) error {
	asked, err := x.neutral(t)
	if err != nil {
		return err
	}
	key := t.Upstream
	x.relay.counts.learn(key)
	n := x.relay.counts.learned.Adjust(key, tokens.Estimate(asked))
	text := protocol.CounterFor(x.call.Dialect).EncodeCount(n)
	x.now, x.seen = t, llm.Observation{}
	x.head.from(source{name: t.Backend(), header: http.Header{
		"Content-Type": {"application/json"}, "X-Yallmp-Estimate": {"tokens"},
	}})
	x.trace.Record.Outcome = usage.Success
	return gone(x.head.whole(http.StatusOK, text, text))
}
