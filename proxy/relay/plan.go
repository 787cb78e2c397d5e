package relay

import (
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// plan makes the request for one target. The client's body travels as it came;
// only what the target's configuration asks for is edited in place.
func (x *exchange) plan(t router.Target, backend *upstream.Backend) (*upstream.Request, error) {
	b := x.body.Clone()
	if err := x.edit(b, t); err != nil {
		return nil, err
	}
	x.hideUsage = false
	if x.stream && !backend.NoStreamOptions() {
		var err error
		if x.hideUsage, err = x.codec.AskForUsage(x.call.Operation, b); err != nil {
			return nil, err
		}
	}
	return &upstream.Request{
		Path: x.req.URL.Path, Query: x.req.URL.RawQuery, Header: x.req.Header,
		CallerHeader: callerHeader(x.call.Snapshot), Body: b.Pieces(), Stream: x.stream,
	}, nil
}

// edit changes b as a target's configuration asks.
func (x *exchange) edit(b *body.Body, t router.Target) error {
	if name := targetName(t); name != x.trace.Record.Model {
		if err := b.Set("model", name); err != nil {
			return err
		}
	}
	if x.call.Operation == llm.Embeddings {
		return nil
	}
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
	for _, p := range t.Model.Parameters {
		if err := setParameter(b, p); err != nil {
			return err
		}
	}
	return nil
}

// targetName is what the target calls the model.
func targetName(t router.Target) string {
	if t.Model.Target != "" {
		return t.Model.Target
	}
	return t.Model.Name
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
