package relay

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// linger is how long a provider may take to close a stream that has said its
// last word. Its connection can be used again only after that.
const linger = time.Second

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
		last, err := x.forwardFrame(frame, !reader.Buffered())
		if err != nil {
			return err
		}
		if last {
			res.Linger(linger)
		}
	}
}

// forwardFrame looks at one frame and sends, holds or hides it. It reports
// whether the frame is the last one of its dialect. Flush says that no other
// frame is at hand.
func (x *exchange) forwardFrame(frame sse.Frame, flush bool) (last bool, err error) {
	if frame.Partial {
		return false, x.send(frame.Raw, flush)
	}
	sight := x.codec.ObserveFrame(frame.Data(), &x.seen)
	switch {
	case sight.Err != nil:
		return false, x.forwardError(frame, sight.Err)
	case sight.UsageOnly && x.hideUsage:
		if flush {
			err = x.head.flushNow()
		}
		return false, gone(err)
	case !sight.Content && !x.seen.Content:
		return false, gone(x.head.hold(frame.Raw))
	}
	return sight.Last, x.send(frame.Raw, flush)
}

// forwardError deals with an error event. Before the client has anything, it is
// a failed attempt; afterwards the client reads it as it came.
func (x *exchange) forwardError(frame sse.Frame, e *llm.Error) error {
	if x.head.abandon() {
		return e
	}
	raw := frame.Raw
	if secrets := x.call.Snapshot.secrets; secrets.In(raw) {
		shown := *e
		shown.Message = secrets.RedactString(e.Message)
		raw = x.codec.EncodeErrorEvent(&shown)
	}
	return x.send(raw, true)
}

func (x *exchange) send(p []byte, flush bool) error {
	return gone(x.head.write(p, max(1, x.seen.Deltas), flush))
}

// endOfStream judges a stream that has ended. One that ends before its time is
// a failure; a client that has begun to read it is told in its own dialect.
func (x *exchange) endOfStream(err error) error {
	var e *llm.Error
	switch {
	case x.seen.Err != nil:
		return x.seen.Err // the client has received it as it came
	case x.seen.Done:
		return gone(x.head.err) // whatever came after the last word
	case errors.As(err, &e):
	case errors.Is(err, io.EOF) && x.seen.Content:
		e = cutShort("The provider ended the stream before the answer was complete.", nil)
	case errors.Is(err, io.EOF):
		e = cutShort("The provider ended the stream before it had said anything.", nil)
	default:
		e = cutShort("The provider sent a stream that cannot be read to its end.", err)
	}
	if x.head.abandon() || e.Kind == llm.KindCancelled {
		return e
	}
	event := x.codec.EncodeErrorEvent(e)
	if x.head.midFrame {
		event = append([]byte("\n\n"), event...)
	}
	_ = x.head.write(event, x.seen.Deltas, true) // the record says why the stream ended
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
		return nil, cutShort("The provider sent a stream that cannot be unpacked.", err)
	}
	res.Header.Del("Content-Encoding")
	return z, nil
}
