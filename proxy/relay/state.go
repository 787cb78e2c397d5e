package relay

import (
	"bytes"
	"context"
	"net/http"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// remember finds what a Responses request refers to by an id.
func (x *exchange) remember(ctx context.Context) error {
	counts := x.call.Operation == llm.CountTokens && x.call.Dialect == llm.Responses
	if x.call.Operation != llm.Respond && !counts || x.call.Sessions == nil {
		return nil
	}
	state, err := x.call.Sessions.Begin(ctx, x.call.Caller, x.json)
	if err != nil {
		return err
	}
	x.state = state
	return nil
}

// stateTarget is a target as the session knows it.
func stateTarget(t router.Target) session.Target {
	if t.Model == nil {
		return session.Target{} // nobody but the proxy
	}
	return session.Target{Backend: t.Backend(), Native: t.Endpoint.Dialect == llm.Responses}
}

// spelledOut is the client's request as a target is to get it: with whatever
// the client referred to by an id, unless the target itself knows it.
func (x *exchange) spelledOut(t router.Target) (*body.Body, error) {
	if x.state == nil {
		return x.json, nil
	}
	b, err := x.state.Body(stateTarget(t))
	if err != nil {
		return nil, err
	}
	return b, nil
}

// forgot reports whether a provider says that it does not know what a request
// refers to.
func forgot(e *llm.Error) bool {
	return e.Code == llm.CodePreviousNotFound || e.Code == llm.CodeItemNotFound
}

// echo is what an answer repeats of the request: the ids that the session has
// resolved as well.
func (x *exchange) echo() *llm.Request {
	if x.state == nil {
		return x.asked
	}
	out := *x.asked
	for _, name := range ofState() {
		if raw := x.json.Raw(name); raw != nil && !slices.ContainsFunc(out.Extra, func(f llm.Field) bool { return f.Name == name }) {
			out.Extra = append(slices.Clip(out.Extra), llm.Field{Name: name, Raw: raw})
		}
	}
	return &out
}

// ofState are the fields that the session takes care of, whatever the backend.
func ofState() []string { return []string{"store", "previous_response_id", "conversation"} }

// keepFinal notes the final response object when frame is the event that
// carries it (Responses API: response.completed, response.incomplete).
func (x *exchange) keepFinal(frame []byte) {
	if x.isFinal(frame) {
		x.final = []byte(gjson.GetBytes(sse.Frame{Raw: frame}.Data(), "response").Raw)
	}
}

func (x *exchange) isFinal(frame []byte) bool {
	const beginning = 120
	head := frame[:min(len(frame), beginning)]
	return x.state != nil && (bytes.Contains(head, []byte("response.completed")) || bytes.Contains(head, []byte("response.incomplete")))
}

// longestKept is the longest answer that a later request can refer to; pictures
// in it count. All of it is in memory until the store has it.
const longestKept = 32 << 20

// holds is how much of a plain answer is read before any of it is sent.
func (x *exchange) holds() int64 {
	if x.state != nil {
		return longestKept
	}
	return holdBody
}

// loseFinal notes that the final response object is too long to be kept, when
// piece is the beginning of the event that carries it.
func (x *exchange) loseFinal(piece []byte) {
	if x.isFinal(piece) {
		x.state.TooLong([]byte(gjson.GetBytes(sse.Frame{Raw: piece}.Data(), "response").Raw), longestKept)
	}
}

// commitState keeps the answer for the requests that will refer to it.
func (x *exchange) commitState() {
	if x.state != nil && x.final != nil {
		x.state.End(stateTarget(x.now), x.final)
		x.answerID = gjson.GetBytes(x.final, "id").Str
		x.final = nil
	}
}

// Prepare answers a Responses request that is only to be remembered, so that a
// later one can refer to it ("generate": false over a WebSocket).
func (r *Relay) Prepare(w http.ResponseWriter, req *http.Request, call Call) {
	asked, err := read(req.Header, call)
	x := r.begin(w, req, call, asked)
	defer x.finish()
	if err == nil {
		err = x.prepare(req.Context())
	}
	if err != nil {
		x.fail(llm.AsError(err))
	}
}

func (x *exchange) prepare(ctx context.Context) error {
	if _, err := x.route(); err != nil {
		return err
	}
	if err := x.remember(ctx); err != nil {
		return err
	}
	asked, err := x.codec.DecodeRequest(x.call.Operation, x.json.Bytes())
	if err != nil {
		return err
	}
	x.asked = asked
	empty := &llm.Response{
		ID: "resp_" + llm.NewID(), Model: x.trace.Record.Model, Created: x.call.Arrived,
		Choices: []llm.Choice{{Reason: llm.StopEnd}},
	}
	var out bytes.Buffer
	for text, err := range x.codec.EncodeStream(x.call.Operation, empty.Events(), x.echo()) {
		if err != nil {
			return err
		}
		out.Write(text)
		x.keepFinal(text)
	}
	x.commitState()
	x.trace.Record.Outcome = usage.Success
	x.head.from(source{name: "yallmproxy", status: http.StatusOK, header: http.Header{"Content-Type": {x.call.Dialect.StreamType()}}})
	return gone(x.head.write(out.Bytes(), 0, true))
}
