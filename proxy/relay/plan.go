package relay

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// passes is the one predicate of a plan: a request whose client and backend
// speak the same dialect travels as it came, and so does the answer; so does
// one that only its backend need understand. Every other one is decoded once
// and encoded once.
func passes(op llm.Operation, client, backend llm.Dialect) bool {
	return client == backend || op == llm.RawCall
}

// wording is how a target is asked.
type wording struct {
	// target is the codec of its dialect. When that is not the client's own,
	// asked (or vectors) is the request in the neutral form, dropped what the
	// target's dialect cannot say of it, and names what it calls the client's tools.
	target      protocol.Codec
	translating bool
	asked       *llm.Request
	vectors     *llm.EmbedRequest
	dropped     []string
	names       llm.Names
	// hideUsage: the usage event was asked for by the proxy, not the client.
	hideUsage bool
	// otherLimit: the bound of the answer goes by its other name, and relimited
	// that one was refused already.
	otherLimit, relimited bool
	// unthinking: a provider has refused what was thought before.
	unthinking bool
}

// plan makes the request for one target.
func (x *exchange) plan(t router.Target, b *upstream.Backend) (*upstream.Request, error) {
	x.target, x.hideUsage, x.dropped = protocol.For(t.Endpoint.Dialect), false, nil
	x.translating = !passes(x.call.Operation, x.call.Dialect, t.Endpoint.Dialect)
	r := &upstream.Request{
		Method: x.req.Method, Header: x.req.Header, CallerHeader: callerHeader(x.call.Snapshot), Stream: x.stream,
		Key: b.Key(), Model: t.Upstream, Foreign: x.translating,
	}
	switch {
	case !x.translating && !x.reworded(t):
		return r, x.asItCame(r, t, b)
	case x.call.Operation.Embeds():
		return r, x.translatedEmbedding(r)
	case x.translating && x.call.Operation == llm.CountTokens:
		return r, x.translatedCount(r, t)
	}
	return r, x.translated(r, t, b)
}

// reworded reports whether a request must be decoded although its backend
// speaks its dialect: what it carries of earlier thinking is not that
// provider's, or is missing. The answer travels as it comes all the same.
func (x *exchange) reworded(t router.Target) bool {
	return x.call.Operation.Generates() && (x.unthinking || llm.CarriesForeign(x.call.Body) || x.recalls(t))
}

// asItCame makes a request of the client's own body; only what the target's
// configuration asks for is edited in place.
func (x *exchange) asItCame(r *upstream.Request, t router.Target, backend *upstream.Backend) error {
	r.Path, r.Query = x.path(t), x.req.URL.RawQuery
	if x.call.Dialect == llm.Gemini {
		r.Query = geminiQuery(x.req.URL.Query())
	}
	switch {
	case x.form != nil:
		r.Body = x.form.WithModel(r.Model)
		return nil
	case x.json == nil:
		r.Body = [][]byte{x.call.Body}
		return nil
	}
	asked, err := x.spelledOut(t)
	if err != nil {
		return err
	}
	b := asked.Clone()
	if r.Model != x.trace.Record.Model && x.call.Model == "" {
		if err := b.Set("model", r.Model); err != nil {
			return err
		}
	}
	if x.call.Operation.Generates() {
		if err := x.configured(b, t); err != nil {
			return err
		}
		if x.stream && !backend.NoStreamOptions() {
			if x.hideUsage, err = x.codec.AskForUsage(x.call.Operation, b); err != nil {
				return err
			}
		}
	}
	r.Body = b.Pieces()
	return nil
}

// translated makes a request in the target's dialect.
func (x *exchange) translated(r *upstream.Request, t router.Target, backend *upstream.Backend) error {
	asked, err := x.neutral(t)
	if err != nil {
		return err
	}
	if err := understood(asked, t); err != nil {
		return err
	}
	say := *x.recall(asked, t)
	if x.unthinking {
		say = *asked.WithoutReasoning()
	}
	say.Model, say.StreamUsage = r.Model, x.stream && !backend.NoStreamOptions()
	text, dropped, err := x.target.EncodeRequest(x.renamed(&say))
	if err != nil {
		return err
	}
	x.dropped = dropped
	if x.state != nil {
		x.dropped = slices.DeleteFunc(x.dropped, func(name string) bool { return slices.Contains(ofState(), name) })
	}
	if x.unthinking {
		x.dropped = append(x.dropped, "reasoning")
	}
	b, err := body.Parse(text)
	if err != nil {
		return err
	}
	x.boundBy(b, backend.OtherLimit())
	if err := x.configured(b, t); err != nil {
		return err
	}
	r.Path, r.Query = x.target.Path(&say)
	r.Body = b.Pieces()
	return nil
}

// understood refuses what a model is known not to take in: the answer would be
// about something else.
func understood(r *llm.Request, t router.Target) error {
	if field := r.Elsewhere(); field != "" && t.Endpoint.Dialect != r.Dialect {
		return notKnown(t, field)
	}
	known := t.Model.Info.Input
	if len(known) == 0 {
		return nil
	}
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			media, ok := p.(*llm.Media)
			if ok && media.Text == "" && !slices.Contains(known, string(media.Kind)) {
				return &llm.Error{
					Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "unsupported_modality", Param: "messages", Source: llm.FromProxy,
					Message: "Model " + t.Backend() + " takes " + strings.Join(known, ", ") + " and no " + string(media.Kind) +
						". Send the request to another model, or correct input_modalities in its configuration.",
				}
			}
		}
	}
	return nil
}

// notKnown refuses a request of which a part is with another provider.
func notKnown(t router.Target, field string) *llm.Error {
	e := &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: llm.CodeUnsupportedParameter, Param: field, Source: llm.FromProxy,
		Message: "Model " + t.Backend() + " is served by a provider that does not know what " + field + " refers to. Spell it out in the request.",
	}
	if field == llm.Compaction {
		e.Param = "input"
		e.Message = "Model " + t.Backend() + " is served by a provider that cannot read the summary of this conversation (compaction): " +
			"only the provider that made it can. Send the request to that one, or the conversation itself."
	}
	return e
}

// neutral decodes the client's request, once; but for requests that say
// different things to different targets.
func (x *exchange) neutral(t router.Target) (*llm.Request, error) {
	if x.asked != nil && x.state == nil {
		return x.asked, nil
	}
	b, err := x.spelledOut(t)
	if err != nil {
		return nil, err
	}
	asked, err := x.codec.DecodeRequest(x.call.Operation, b.Bytes())
	if err != nil {
		return nil, err
	}
	asked.Model, asked.Stream, asked.Arrived = x.trace.Record.Model, x.stream, x.call.Arrived
	x.asked = asked
	return asked, nil
}

// path is where a request that travels as it came goes, below the target's
// base URL.
func (x *exchange) path(t router.Target) string {
	if x.call.Path != "" {
		return x.call.Path
	}
	switch x.call.Dialect {
	case llm.Gemini:
		path := x.req.URL.Path
		return "/models/" + t.Upstream + path[strings.LastIndexByte(path, ':'):]
	case llm.Ollama:
		return x.req.URL.Path
	}
	return strings.TrimPrefix(x.req.URL.Path, "/v1")
}

// geminiQuery keeps a client's query but for its key.
func geminiQuery(q url.Values) string {
	q.Del("key")
	return q.Encode()
}

// configured sets the fields that a target's configuration asks for.
func (x *exchange) configured(b *body.Body, t router.Target) error {
	if t.Endpoint.Dialect == llm.OpenAI {
		if x.stream && b.Get("stream").Type != gjson.True {
			if err := b.Set("stream", true); err != nil {
				return err
			}
		}
		if t.Model.SupportsReasoning {
			if err := enableThinking(b); err != nil {
				return err
			}
		}
	}
	for _, p := range t.Model.Parameters {
		if err := setParameter(b, p); err != nil {
			return err
		}
	}
	return nil
}

// setParameter applies a configured request field.
func setParameter(b *body.Body, p config.Parameter) error {
	if p.AllowOverride && b.HasPath(p.Name) {
		return nil
	}
	return b.SetPath(p.Name, p.Default)
}

// enableThinking asks a reasoning model to reason, unless the client said not
// to or wants JSON, which such models then fail to give.
func enableThinking(b *body.Body) error {
	if thinking := b.Get("thinking"); thinking.IsObject() {
		if thinking.Get("type").Str == "disabled" || thinking.Get("type").Str == "enabled" {
			return nil
		}
		return b.SetPath("thinking.type", "enabled")
	}
	switch b.Get("response_format").Get("type").Str {
	case "json_object", "json_schema":
		return nil
	}
	return b.Set("thinking", map[string]string{"type": "enabled"})
}

// translatedHeader is the header of an answer in the client's dialect: of the
// provider's own only what an SDK or a support desk may want.
func (x *exchange) translatedHeader(from http.Header, kind string) http.Header {
	h := http.Header{"Content-Type": {kind}}
	for name, values := range from {
		if name == "X-Request-Id" || name == "Request-Id" || strings.HasPrefix(name, "X-Ratelimit-") || strings.HasPrefix(name, "Anthropic-Ratelimit-") {
			h[name] = values
		}
	}
	if len(x.dropped) > 0 {
		h["X-Yallmp-Dropped"] = []string{strings.Join(x.dropped, ", ")}
	}
	return h
}
