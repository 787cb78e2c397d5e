package relay

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
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

// refusal is a provider's error answer.
type refusal struct {
	err    *llm.Error
	source source
	body   []byte
}

// refused reads an error answer and keeps it: it is the client's if no other
// attempt does better.
func (x *exchange) refused(res *upstream.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	if err != nil {
		return err
	}
	plain := unpack(res.Header, text)
	e := x.codec.DecodeError(res.Status, plain)
	e.RetryAfter = retryAfter(res.Header, time.Now())
	x.refusal = &refusal{err: e, source: x.head.source, body: text}
	if !gjson.ValidBytes(plain) || !gjson.ParseBytes(plain).IsObject() || x.holdsSecret(plain) {
		// Not in the client's dialect, or not fit to be shown.
		x.refusal.body = nil
	}
	return e
}

// pass sends a refusal to the client.
func (x *exchange) pass(r *refusal) {
	x.trace.Record.Fail(r.err)
	if r.body == nil {
		e := *r.err
		e.Message = x.redact(e.Message)
		x.fail(&e)
		return
	}
	x.head.from(r.source)
	x.head.whole(r.source.status, r.body, 0)
}

// forwardBody passes on an answer that is no stream.
func (x *exchange) forwardBody(res *upstream.Response) error {
	buf := x.relay.buffers.get()
	defer x.relay.buffers.put(buf)
	n, err := io.Copy(buf, io.LimitReader(res.Body, holdBody))
	if err != nil {
		return err
	}
	if n < holdBody {
		x.codec.ObserveBody(unpack(res.Header, buf.Bytes()), &x.seen)
		x.head.whole(res.Status, buf.Bytes(), x.seen.Deltas)
		return x.gone()
	}
	return x.forwardRest(res, buf.Bytes())
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
		if werr := x.head.write(piece[:n], 1, false); werr != nil {
			return clientGone(werr)
		}
		tail = append(tail, piece[:n]...)
		tail = append(tail[:0], tail[max(0, len(tail)-tailSize):]...)
		if errors.Is(err, io.EOF) {
			x.observeTail(tail)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

const tailSize = 4 << 10

// observeTail finds the usage object in the end of a long answer.
func (x *exchange) observeTail(tail []byte) {
	if i := bytes.LastIndex(tail, []byte(`"usage"`)); i >= 0 {
		x.codec.ObserveBody(append([]byte{'{'}, tail[i:]...), &x.seen)
	}
}

// gone reports a client that left before it had everything.
func (x *exchange) gone() error {
	if err := x.head.err; err != nil {
		return clientGone(err)
	}
	return nil
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

// retryAfter reads Retry-After in either form (RFC 9110, 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
