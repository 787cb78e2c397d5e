package relay

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

const (
	// holdBody is how much of a plain answer is read before any of it is
	// sent: a provider that breaks off within it can still be replaced.
	holdBody = 8 << 20
	// maxRefusal is how much of an error answer is read.
	maxRefusal = 1 << 20
	// maxUnpacked bounds a compressed answer once unpacked.
	maxUnpacked = 64 << 20
)

// hearing is what an exchange has had of an answer.
type hearing struct {
	// now is who answers, with which key, and seen what has been read of it.
	now    router.Target
	nowKey string
	seen   llm.Observation
	// unseen: the last event was too long to be looked into.
	unseen bool
	// thinking are the frames that the provider will want back, and heard their
	// bytes.
	thinking [][]byte
	heard    int
	// final is the response object that a later request may refer to.
	final []byte
}

// refusal is a provider's error answer, and who gave it.
type refusal struct {
	err    *llm.Error
	source source
	target router.Target
	body   []byte // as it came; nil when it is not fit to be passed on
	plain  []byte
}

// names reports whether the refusal speaks of one of the fields.
func (r *refusal) names(fields ...string) bool {
	if r.source.status != http.StatusBadRequest && r.source.status != http.StatusUnprocessableEntity {
		return false
	}
	for _, f := range fields {
		if bytes.Contains(r.plain, []byte(f)) {
			return true
		}
	}
	return false
}

// refused reads an error answer and keeps it: it is the client's if no other
// attempt does better.
func (x *exchange) refused(res *upstream.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	if err != nil {
		return err
	}
	plain := unpack(res.Header, text)
	e := x.target.DecodeError(res.Status, plain)
	if e.Kind.Retryable() {
		if wait := upstream.Reset(res.Header, time.Now()); wait > 0 {
			e.RetryAfter = wait
		}
	}
	if x.turn.last && refusedKey(e) && x.refusal != nil && x.refusal.err.Kind == llm.KindRateLimit {
		return e // a key that was known to be bad does not replace the answer to a good one
	}
	x.refusal = &refusal{
		err: e, body: text, plain: plain, target: x.now,
		source: source{name: x.now.Backend(), status: res.Status, header: res.Header},
	}
	if x.translating || !body.Valid(plain) || !gjson.ParseBytes(plain).IsObject() || x.call.Snapshot.private.In(plain) {
		// Not in the client's dialect, or not fit to be shown.
		x.refusal.body = nil
	}
	return e
}

// pass sends a refusal to the client.
func (x *exchange) pass(r *refusal) {
	x.now, x.seen = r.target, llm.Observation{}
	e := *r.err
	e.Message = x.call.Snapshot.private.RedactString(e.Message)
	if r.body == nil {
		x.failAs(&e, r.source.header)
		return
	}
	x.trace.Record.Fail(&e)
	x.head.from(r.source)
	_ = x.head.refuse(r.source.status, nil, r.body, r.plain, x.codec.EncodeErrorEvent(&e)) // there is nobody else to tell
}

// forwardBody passes on an answer that is no stream.
func (x *exchange) forwardBody(res *upstream.Response) error {
	buf := x.relay.buffers.get()
	defer x.relay.buffers.put(buf)
	hold := x.holds()
	n, err := io.Copy(buf, io.LimitReader(res.Body, hold))
	if err != nil {
		return err
	}
	if n == hold {
		if x.state != nil {
			x.state.TooLong(unpack(res.Header, buf.Bytes()), hold)
		}
		return x.forwardRest(res, buf.Bytes())
	}
	plain := unpack(res.Header, buf.Bytes())
	if err := x.sound(plain); err != nil {
		return err
	}
	x.codec.ObserveBody(plain, &x.seen)
	if x.seen.Err != nil {
		return x.seen.Err
	}
	if x.call.Operation == llm.Chat && x.seen.ToolCalls > 0 && bytes.Contains(plain, []byte(`"reasoning_content"`)) {
		if answer, err := x.codec.DecodeResponse(plain); err == nil {
			x.remembered(answer)
		}
	}
	if x.state != nil {
		x.final = plain
		x.commitState()
	}
	return gone(x.head.whole(res.Status, buf.Bytes(), plain))
}

// sound refuses what cannot be a model's answer, whatever its status says: the
// page of some gateway, half an answer, one that does not unpack.
func (x *exchange) sound(plain []byte) error {
	switch {
	case x.call.Operation == llm.Plain, x.call.Operation == llm.RawCall:
		return nil // nobody knows what these look like
	case len(bytes.TrimSpace(plain)) == 0, x.array() && string(bytes.TrimSpace(plain)) == "[]":
		return noAnswer("The provider's answer is empty.")
	case x.array() && !x.translating && body.Valid(plain) && gjson.ParseBytes(plain).IsArray():
		return nil // a stream of Gemini's, without alt=sse
	case !body.Valid(plain) || !gjson.ParseBytes(plain).IsObject():
		return noAnswer("The provider's answer is not a whole JSON object.")
	}
	return nil
}

// opaque reports whether an answer is nothing the proxy could read: sound,
// pictures, whatever else comes from a call that only passes through.
func (x *exchange) opaque(res *upstream.Response) bool {
	if x.call.Operation != llm.Plain && x.call.Operation != llm.RawCall {
		return false
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // "" for none
	return kind != "" && kind != "application/json" && !strings.HasSuffix(kind, "+json")
}

// forwardOpaque passes on what cannot be read as it comes: who listens to
// speech does not want to wait for its end.
func (x *exchange) forwardOpaque(res *upstream.Response) error {
	piece := make([]byte, 32<<10)
	for {
		n, err := res.Body.Read(piece)
		if n > 0 {
			if err := x.head.write(piece[:n], 1, true); err != nil {
				return clientGone(err)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return gone(x.head.write(nil, 1, true)) // which commits an empty answer
		case err != nil:
			x.broken = x.head.committed()
			return err
		}
	}
}

// forwardRest passes on an answer too long to hold. Its end, where usage
// stands, is looked at on the way.
func (x *exchange) forwardRest(res *upstream.Response, held []byte) error {
	if err := x.head.write(held, 1, true); err != nil {
		return clientGone(err)
	}
	piece := make([]byte, 64<<10)
	tail := bytes.Clone(held[len(held)-tailSize:])
	for {
		n, err := res.Body.Read(piece)
		if err := x.head.write(piece[:n], 1, false); err != nil {
			return clientGone(err)
		}
		tail = append(tail, piece[:n]...)
		tail = append(tail[:0], tail[max(0, len(tail)-tailSize):]...)
		switch {
		case errors.Is(err, io.EOF):
			x.observeTail(tail)
			return nil
		case err != nil:
			x.broken = true
			return err
		}
	}
}

const tailSize = 4 << 10

// observeTail finds the usage object in the end of a long answer.
func (x *exchange) observeTail(tail []byte) {
	name := `"usage"`
	if x.call.Dialect == llm.Gemini {
		name = `"usageMetadata"`
	}
	if i := bytes.LastIndex(tail, []byte(name)); i >= 0 {
		x.codec.ObserveBody(append([]byte{'{'}, tail[i:]...), &x.seen)
	}
}

// unpack returns the plain text of an answer, or as much of it as unpacks.
func unpack(h http.Header, text []byte) []byte {
	if !strings.EqualFold(h.Get("Content-Encoding"), "gzip") {
		return text
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(z, maxUnpacked)) // what was read is what there is to see
	return plain
}
