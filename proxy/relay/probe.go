package relay

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// probe is a model that is asked for a word from time to time, with one of its
// keys, so that it is known to be well before somebody needs it.
type probe struct {
	id      health.ID
	model   *config.Model
	backend *upstream.Backend
	at      router.Backend
	key     config.Key
	name    string // that the provider has for the model
}

// Probe asks the models that want it for a word, each when nobody has asked it
// for its interval, until ctx ends. It sleeps until the next is due, and for
// ever when the configuration wants none.
func (r *Relay) Probe(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	asked := map[health.ID]time.Time{} // by a probe
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.swapped:
		case <-timer.C:
		}
		timer.Stop()
		due, next := r.due(asked, time.Now())
		for _, p := range due {
			running.Go(func() { r.probe(ctx, p) })
		}
		if !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

// due lists the probes whose time has come, notes them in asked, and says when
// the next one's comes; never, for the zero time. One that is seen for the first
// time has its whole interval before it: a start is no time for questions.
func (r *Relay) due(asked map[health.ID]time.Time, now time.Time) (due []probe, next time.Time) {
	all := r.Snapshot().probes()
	if len(all) == 0 {
		clear(asked)
		return nil, time.Time{}
	}
	used := map[health.ID]health.State{}
	for _, s := range r.health.List() {
		used[health.ID{Backend: s.Backend, Key: s.Key}] = s
	}
	seen := make(map[health.ID]time.Time, len(all))
	for _, p := range all {
		last, known := asked[p.id]
		if !known {
			last = now
		}
		if s := used[p.id]; s.Last.After(last) {
			last = s.Last // whoever asked has found out
		}
		at := last.Add(p.model.Probe)
		if !at.After(now) {
			last, at = now, now.Add(p.model.Probe)
			if used[p.id].InFlight == 0 {
				due = append(due, p)
			}
		}
		seen[p.id] = last
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	clear(asked)
	for id, t := range seen {
		asked[id] = t
	}
	return due, next
}

// probes lists who is to be asked. An entry for many names is nobody in
// particular, and what only passes through has no question.
func (s *Snapshot) probes() []probe {
	var out []probe
	add := func(m *config.Model, name string) {
		if m.Probe <= 0 || len(m.Endpoints) == 0 || strings.Contains(name, "*") {
			return
		}
		at := router.Backend{Model: m, Endpoint: m.Endpoints[0]}
		backend := s.backends[at]
		if backend == nil || at.Endpoint.Dialect == llm.Raw {
			return
		}
		for _, key := range backend.Keys() {
			out = append(out, probe{health.ID{Backend: m.Name, Key: key.Name}, m, backend, at, key, name})
		}
	}
	for i := range s.cfg.Models {
		m := &s.cfg.Models[i]
		if len(m.Members) == 0 {
			add(m, cmp.Or(m.Target, m.Name))
			continue
		}
		for j := range m.Parts {
			part := &m.Parts[j]
			add(part, cmp.Or(part.Target, m.Target, m.Name))
		}
	}
	return out
}

// probe asks one of them, unless it is to be left alone, and notes how it does.
// It is no request of anybody's, so it is not recorded.
func (r *Relay) probe(ctx context.Context, p probe) {
	try, ok := r.health.Begin(p.id)
	if !ok {
		return
	}
	began := time.Now()
	err := p.ask(ctx)
	if err == nil {
		try.Done("", 0)
		r.log.Debug("probe answered", "backend", p.id.Backend, "key", p.id.Key, "after", time.Since(began))
		return
	}
	e := llm.AsError(err)
	try.Done(e.Kind, e.RetryAfter)
	r.log.Debug("probe failed", "backend", p.id.Backend, "key", p.id.Key, "kind", e.Kind, "cause", e.Err)
}

const (
	// probeTokens is enough for a word. Some providers take no less.
	probeTokens = 16
	// probeAnswer bounds what is read of an answer.
	probeAnswer = 1 << 20
)

func (p *probe) ask(ctx context.Context) error {
	codec := protocol.For(p.at.Endpoint.Dialect)
	request, err := p.request(codec)
	if err != nil {
		return err
	}
	res, err := p.backend.Do(ctx, request)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, probeAnswer))
	switch {
	case err != nil:
		return err
	case res.Status >= http.StatusBadRequest:
		e := codec.DecodeError(res.Status, text)
		if e.Kind.Retryable() {
			e.RetryAfter = upstream.Reset(res.Header, time.Now())
		}
		return e
	case res.Status >= http.StatusMultipleChoices:
		return redirected(res.Status)
	}
	_, err = codec.DecodeResponse(text)
	return err
}

// request is the question in the target's own words, with what its
// configuration adds to every request.
func (p *probe) request(codec protocol.Codec) (*upstream.Request, error) {
	tokens := int64(probeTokens)
	asked := &llm.Request{
		Model: p.name, MaxTokens: &tokens, Dialect: p.at.Endpoint.Dialect,
		Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{Text: "Reply with the word ok."}}}},
	}
	text, _, err := codec.EncodeRequest(asked)
	if err != nil {
		return nil, err
	}
	b, err := body.Parse(text)
	if err != nil {
		return nil, err
	}
	for _, parameter := range p.model.Parameters {
		if err := setParameter(b, parameter); err != nil {
			return nil, err
		}
	}
	r := &upstream.Request{
		Method: http.MethodPost, Header: http.Header{"User-Agent": {"yallmproxy"}}, Model: p.name, Key: p.key, Body: b.Pieces(),
	}
	r.Path, r.Query = codec.Path(asked)
	return r, nil
}
