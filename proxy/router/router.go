// Package router turns a model's name into the ordered list of places that may
// answer for it. The table is made once for each configuration and never
// changes, so that a look-up is a map access; what changes from one moment to the
// next, the health of backends, is asked of a health.Book.
//
// A name leads to stages: itself, then its fallbacks depth first, each once. A
// stage is one model, or a group whose members share the requests for it.
package router

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Target is one place that may answer: a model entry and the endpoint of it
// that is nearest to the client's dialect.
type Target struct {
	Model    *config.Model
	Endpoint config.Endpoint
	// Upstream is what the provider calls the model.
	Upstream string
	// Group is the name of the stage when that is a group, also for the members
	// of groups within it; "" for a stage of one model. Conversations are
	// remembered under it.
	Group string
	// From is the stage before this one in the route, "" in the first.
	From string
	// Why is what made it the next, in the words of usage.Why.
	Why string

	name string // where it is not the model entry's
}

// The reasons for a target, with the values of usage.Why. The first choice
// needs none.
const (
	WhyAffinity = "affinity"
	WhyMember   = "member"
	WhyFallback = "fallback"
	WhyContext  = "context_fallback"
	WhyPolicy   = "policy_fallback"
)

// Backend is the name that records, health and errors use: the model entry's,
// or PROVIDER/MODEL where there is none.
func (t Target) Backend() string {
	if t.name != "" {
		return t.name
	}
	return t.Model.Name
}

// Stage is the name of the stage that the target belongs to: its group, or
// itself.
func (t Target) Stage() string {
	if t.Group != "" {
		return t.Group
	}
	return t.Backend()
}

// same reports whether two targets are the same model of the same backend.
func (t Target) same(o Target) bool { return t.Model == o.Model && t.Upstream == o.Upstream }

// Backend is what a target is reached by; whatever is prepared for it is found
// by this key.
type Backend struct {
	Model    *config.Model
	Endpoint config.Endpoint
}

// Where returns what the target is reached by.
func (t Target) Where() Backend { return Backend{t.Model, t.Endpoint} }

// Ask is what a route is wanted for.
type Ask struct {
	Model   string
	Dialect llm.Dialect // the client's
	// Other lists the dialects that the request can be translated to.
	Other  []llm.Dialect
	Caller string
	// Conversation is known to be on some member of a group; "" for none.
	Conversation string
	// Busy reports that a model has no free slot now, so that other members of
	// its priority go before it; nil for never.
	Busy func(m *config.Model) bool
}

// Route returns the targets for a request, best first, without those that the
// caller may not use. Everybody else is in it once, those too who had better be
// left alone now: they come later among their equals. Without a Book everybody
// is taken to be well.
func (t *Table) Route(a Ask, b *health.Book) ([]Target, *llm.Error) {
	r := t.find(a.Model)
	if r == nil {
		return nil, &llm.Error{
			Kind: llm.KindNotFound, Status: http.StatusNotFound, Code: "model_not_found", Param: "model",
			Message: fmt.Sprintf("Model %q is not configured. GET /v1/models lists what is.", llm.Clip(a.Model)),
			Source:  llm.FromProxy,
		}
	}
	targets := r.targets(&order{ask: a, book: b, why: WhyFallback})
	if len(targets) > 0 {
		return targets, nil
	}
	allowed := r.permitted(a.Caller)
	if len(allowed) == 0 {
		return nil, &llm.Error{
			Kind: llm.KindPermission, Status: http.StatusForbidden, Code: "model_access_denied", Param: "model",
			Message: fmt.Sprintf("API key not authorized for model %q", llm.Clip(a.Model)), Source: llm.FromProxy,
		}
	}
	return nil, &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "dialect_not_available", Param: "model",
		Message: fmt.Sprintf("Model %q is served in the dialect %s, in which this call does not exist.",
			llm.Clip(a.Model), strings.Join(spoken(allowed), " or ")),
		Source: llm.FromProxy,
	}
}

// Instead returns where a request goes that a target has refused for the length
// of its prompt or for its content: the context or policy fallbacks of the
// requested name, else of the model that refused, and theirs, without that
// model. It is nil when there are none.
func (t *Table) Instead(a Ask, refused Target, kind llm.Kind, b *health.Book) []Target {
	fallbacks, why := t.context, WhyContext
	switch kind {
	case llm.KindContextLength:
	case llm.KindContentPolicy:
		fallbacks, why = t.policy, WhyPolicy
	default:
		return nil
	}
	if len(fallbacks) == 0 {
		return nil
	}
	name := strings.TrimSpace(a.Model)
	found := t.resolve(name, nil)
	for _, of := range []string{name, found.name, refused.Group, refused.Backend(), refused.Model.Name} {
		if len(fallbacks[of]) == 0 {
			continue
		}
		r := &route{}
		v := visitor{table: t, fallbacks: fallbacks, seen: []string{of}, route: r}
		for _, next := range fallbacks[of] {
			v.visit(filled(next, found.star))
		}
		if out := r.targets(&order{ask: a, book: b, why: why, from: refused.Stage(), without: &refused}); len(out) > 0 {
			return out
		}
	}
	return nil
}

// Entry returns the model entry that a name means, be it an alias, a spelling of
// the entry's name, or one of the many names of an entry with a "*"; nil for
// every other name.
func (t *Table) Entry(name string) *config.Model {
	name = strings.TrimSpace(name)
	if m := t.models[name]; m != nil {
		return m
	}
	found := t.resolve(name, nil)
	if found.node == nil || found.node.model == nil || found.node.model.Name != found.name {
		return nil
	}
	return found.node.model
}

// Choice reports whether several members share the requests for a name, or for
// one of its fallbacks, so that it matters where a conversation was before.
func (t *Table) Choice(model string) bool {
	r := t.find(model)
	return r != nil && r.choice
}

// Allowed reports whether a caller may ask for a model at all.
func (t *Table) Allowed(model, caller string) bool {
	r := t.find(model)
	return r != nil && (!r.restricted || len(r.permitted(caller)) > 0)
}

// nearest is the endpoint that speaks the client's dialect, or else the first
// one, in the provider's own order, to which the request can be translated.
func nearest(list []config.Endpoint, d llm.Dialect, other []llm.Dialect) (config.Endpoint, bool) {
	best := -1
	for i, e := range list {
		if e.Dialect == d {
			return e, true
		}
		if best < 0 && slices.Contains(other, e.Dialect) {
			best = i
		}
	}
	if best < 0 {
		return config.Endpoint{}, false
	}
	return list[best], true
}

// spoken lists the dialects of models.
func spoken(models []*config.Model) []string {
	var out []string
	for _, m := range models {
		for _, e := range m.Endpoints {
			if !slices.Contains(out, string(e.Dialect)) {
				out = append(out, string(e.Dialect))
			}
		}
	}
	return out
}
