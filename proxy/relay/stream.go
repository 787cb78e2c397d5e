package relay

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// streams reports whether an answer is an event stream: by its type, or, where
// a server does not name one, by what was asked for.
func streams(res *upstream.Response, asked bool) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // "" for none
	return kind == "text/event-stream" || asked && kind == ""
}

// forwardStream passes on an event stream, frame by frame as they come. The
// first frames are held until one shows that the stream is good.
func (x *exchange) forwardStream(res *upstream.Response) error {
	source, err := unpacked(res)
	if err != nil {
		return err
	}
	streamHeader(res.Header)
	buf := x.relay.buffers.get()
	defer x.relay.buffers.put(buf)
	reader := sse.NewReader(source, buf.AvailableBuffer())
	for {
		frame, err := reader.Next()
		if err != nil {
			return x.endOfStream(err)
		}
		if err := x.forwardFrame(frame, !reader.Buffered()); err != nil {
			return err
		}
	}
}

// forwardFrame looks at one frame and sends, holds or hides it.
func (x *exchange) forwardFrame(frame sse.Frame, last bool) error {
	if frame.Partial {
		return x.send(frame.Raw, last)
	}
	data := frame.Data()
	sight := x.codec.ObserveFrame(data, &x.seen)
	switch {
	case sight.Err != nil && !x.head.committed():
		x.head.drop()
		return sight.Err
	case sight.UsageOnly && x.hideUsage:
		return nil
	case !sight.Content && sight.Err == nil && !x.seen.Content:
		x.head.hold(frame.Raw)
		return nil
	}
	raw := frame.Raw
	if sight.Err != nil && x.holdsSecret(raw) {
		e := *sight.Err
		e.Message = x.redact(e.Message)
		raw = x.codec.EncodeErrorEvent(&e)
	}
	return x.send(raw, last)
}

func (x *exchange) send(p []byte, last bool) error {
	if err := x.head.write(p, max(1, x.seen.Deltas), last); err != nil {
		return clientGone(err)
	}
	return nil
}

// endOfStream judges a stream that has ended. One that ends before its time is
// a failure; a client that has begun to read it is told in its own dialect.
func (x *exchange) endOfStream(err error) error {
	e := llm.AsError(err)
	switch {
	case x.seen.Err != nil:
		return x.seen.Err // the client has received it as it came
	case x.seen.Done && (errors.Is(err, io.EOF) || e.Kind == llm.KindCancelled || e.Kind == llm.KindConnect):
		return x.gone()
	case errors.Is(err, io.EOF) && x.seen.Content:
		e = cutShort("The provider ended the stream before the answer was complete.")
	case errors.Is(err, io.EOF):
		e = cutShort("The provider ended the stream before it had said anything.")
	}
	if !x.head.committed() {
		x.head.drop()
		return e
	}
	if e.Kind != llm.KindCancelled {
		_ = x.head.write(x.codec.EncodeErrorEvent(e), x.seen.Deltas, true) // the record says why it ended
	}
	return e
}

// unpacked returns a stream's plain bytes. A provider that compresses although
// it was asked not to must not blind the proxy.
func unpacked(res *upstream.Response) (io.Reader, error) {
	if !strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		return res.Body, nil
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		e := cutShort("The provider sent a stream that cannot be unpacked.")
		e.Err = err
		return nil, e
	}
	res.Header.Del("Content-Encoding")
	return z, nil
}
