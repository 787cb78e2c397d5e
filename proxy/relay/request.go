package relay

import (
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Call is a request as the server hands it over.
type Call struct {
	Snapshot  *Snapshot
	Operation llm.Operation
	Dialect   llm.Dialect
	RequestID string
	// Model and Stream are set where the dialect has them in the path, and Path
	// where the rest of it goes on to the backend as it is.
	Model  string
	Stream bool
	Path   string
	// Sessions keeps the state of Responses conversations; nil for none.
	Sessions *session.Session
	Caller   string // id of the app key; empty for a caller without one
	// Turn and Limit are what holds for that caller.
	Turn    config.Turn
	Limit   config.Rate
	Client  string // program that calls
	Arrived time.Time
	Body    []byte
}

// payload is what a client sent, as far as it has been looked into: a JSON
// object, or a form with files, or neither.
type payload struct {
	json *body.Body
	form *body.Form
}

// read looks at the top level of a request.
func read(h http.Header, call Call) (payload, error) {
	if call.Operation == llm.RawCall {
		return payload{}, nil
	}
	if call.Operation == llm.Plain {
		if f, err := body.ParseForm(call.Body, h.Get("Content-Type")); err == nil {
			return payload{form: f}, nil
		}
	}
	text := call.Body
	if len(text) == 0 {
		text = []byte("{}")
	}
	b, err := body.Parse(text)
	if err != nil {
		return payload{}, badJSON(err)
	}
	return payload{json: b}, nil
}

// model is the name of the model that is asked for.
func (p payload) model() string {
	switch {
	case p.form != nil:
		return p.form.Model()
	case p.json == nil:
		return ""
	}
	if m := p.json.Get("model"); m.Type == gjson.String {
		return m.Str
	}
	return ""
}

// wellFormed refuses a request that no provider could serve.
func (x *exchange) wellFormed() error {
	if strings.TrimSpace(x.trace.Record.Model) == "" {
		return &llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: "model",
			Message: "You must provide a model parameter", Source: llm.FromProxy,
		}
	}
	if x.json == nil {
		return nil
	}
	if err := x.codec.Check(x.call.Operation, x.json); err != nil {
		return err
	}
	return nil
}

// asks reads which model a call is for and whether it wants a stream.
func asks(call Call, p payload) (model string, stream bool) {
	if call.Model != "" {
		return call.Model, call.Stream
	}
	if p.json == nil {
		return p.model(), false
	}
	flag := p.json.Get("stream")
	stream = truthy(flag) || call.Dialect == llm.Ollama && flag.Type == gjson.Null // which streams unless told not to
	return p.model(), stream && (call.Operation.Generates() || call.Operation == llm.Plain)
}

// translatable lists the dialects in which an operation can be said.
func translatable(op llm.Operation) []llm.Dialect {
	switch {
	case op.Generates(), op == llm.CountTokens:
		return llm.Dialects()
	case op.Embeds():
		return embeds()
	case op == llm.RawCall:
		return append(llm.Dialects(), llm.Raw)
	}
	return nil
}

// truthy reads a flag the way the clients' own languages would, but for the
// words that mean no to a person.
func truthy(v gjson.Result) bool {
	switch v.Type {
	case gjson.True:
		return true
	case gjson.Number:
		return v.Num != 0
	case gjson.String:
		return v.Str != "" && v.Str != "0" && !strings.EqualFold(v.Str, "false")
	}
	return false
}

func callerHeader(s *Snapshot) string {
	return http.CanonicalHeaderKey(s.cfg.AppKeys.HeaderName)
}

// loaded answers an Ollama client that wants nothing but a model made ready,
// unless the model is an Ollama server's.
func (x *exchange) loaded(t router.Target) bool {
	if x.call.Dialect != llm.Ollama || t.Endpoint.Dialect == llm.Ollama {
		return false
	}
	text := protocol.OllamaLoad(x.call.Operation, x.json, time.Now())
	if text == nil {
		return false
	}
	x.now = t
	x.trace.Record.Outcome = usage.Success
	x.head.from(source{name: t.Backend(), header: http.Header{"Content-Type": {"application/json"}}})
	_ = x.head.whole(http.StatusOK, text, text) // there is nobody else to tell
	return true
}
