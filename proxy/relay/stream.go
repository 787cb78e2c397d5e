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

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// linger is how long a provider may take to close a stream that has said its
// last word. Its connection can be used again only after that.
const linger = time.Second

// streams reports whether an answer is a stream: by its type, or, where a
// server names another one that says nothing, by what was asked for.
func streams(res *upstream.Response, d llm.Dialect, asked bool) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // "" for none
	switch kind {
	case d.StreamType():
		return true
	case "", "text/plain", "text/event-stream", "application/octet-stream", "application/x-ndjson":
		return asked
	}
	return false
}

// keepAlive lets the client of a stream know that it is being served.
func (x *exchange) keepAlive() {
	if x.stream && x.call.Operation.Generates() && !x.array() {
		x.head.keepAlive(x.codec.Heartbeat(), x.call.Dialect.StreamType(), x.call.Snapshot.cfg.Server.Heartbeat)
	}
}

// forwardStream passes on an event stream, frame by frame as they come. The
// first frames are held until one shows that the stream is good. Frames that
// came together travel on together.
func (x *exchange) forwardStream(res *upstream.Response) error {
	source, err := unpacked(res)
	if err != nil {
		return err
	}
	streamHeader(res.Header)
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(kind, x.call.Dialect.StreamType()) {
		res.Header["Content-Type"] = []string{x.call.Dialect.StreamType()}
	}
	in, out := x.relay.buffers.get(), x.relay.buffers.get()
	defer x.relay.buffers.put(in)
	defer x.relay.buffers.put(out)
	reader := newReader(x.call.Dialect, source, in)
	reader.Limit = longestKept // a picture is one event, and Responses' last one repeats the whole answer
	for {
		frame, err := reader.Next()
		if err != nil {
			return x.endOfStream(err)
		}
		last, err := x.forwardFrame(frame, out)
		if err != nil {
			return err
		}
		if last {
			x.understand()
			x.commitState() // a request that refers to the answer may come at once
			res.Linger(linger)
		}
		if out.Len() > 0 && !reader.Buffered() {
			// What ends the answer goes with the end: net/http sends both
			// together as soon as the handler is done, which is now.
			if err := x.send(out.Bytes(), !reader.Ended()); err != nil {
				return err
			}
			out.Reset()
		}
	}
}

// forwardFrame looks at one frame and passes it to out, holds or hides it. It
// reports whether the frame is the last one of its dialect.
func (x *exchange) forwardFrame(frame sse.Frame, out *bytes.Buffer) (last bool, err error) {
	x.unseen = frame.Partial
	if frame.Partial {
		x.loseFinal(frame.Raw)
		out.Write(frame.Raw)
		return false, nil
	}
	data := frame.Data()
	sight := x.codec.ObserveFrame(data, &x.seen)
	if sight.Err == nil {
		sight.Err = x.errorByName(frame, data, x.codec)
	}
	x.listen(data)
	switch {
	case sight.Err != nil:
		raw, err := x.errorFrame(frame, sight.Err)
		out.Write(raw)
		return false, err
	case sight.UsageOnly && x.hideUsage:
	case !sight.Content && !x.seen.Content && out.Len() == 0:
		return false, gone(x.head.hold(frame.Raw))
	default:
		out.Write(frame.Raw)
		x.keepFinal(frame.Raw)
	}
	return sight.Last, nil
}

// errorByName is the failure of which nothing but the event's name says that it is
// one, or nil: some servers send what they would answer with another status.
func (x *exchange) errorByName(frame sse.Frame, data []byte, codec protocol.Codec) *llm.Error {
	if len(data) == 0 || !bytes.Equal(frame.Event(), []byte("error")) {
		return nil
	}
	e := codec.DecodeError(http.StatusBadGateway, data)
	if e.Kind == llm.KindServer {
		e.Kind = llm.KindStream
	}
	x.seen.Err = e
	return e
}

// errorFrame deals with an error event. Before the client has anything, it is
// a failed attempt; afterwards the client reads it as it came.
func (x *exchange) errorFrame(frame sse.Frame, e *llm.Error) ([]byte, error) {
	if x.head.abandon() {
		return nil, e
	}
	if secrets := x.call.Snapshot.private; secrets.In(frame.Raw) {
		shown := *e
		shown.Message = secrets.RedactString(e.Message)
		return x.codec.EncodeErrorEvent(&shown), nil
	}
	return frame.Raw, nil
}

func (x *exchange) send(p []byte, flush bool) error {
	if !x.spoke {
		x.spoke = true
		x.trying.FirstToken(time.Since(x.began))
	}
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
		return gone(x.head.gone()) // whatever came after the last word
	case errors.Is(err, io.EOF) && x.unseen:
		return gone(x.head.gone()) // the last word was too long to be read
	case errors.Is(err, io.EOF) && x.seen.Content:
		e = cutShort("The provider ended the stream before the answer was complete.", nil)
	case errors.Is(err, io.EOF):
		e = cutShort("The provider ended the stream before it had said anything.", nil)
	default:
		e = x.unreadable(err)
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
