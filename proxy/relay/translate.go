package relay

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"net/http"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// translate tells the client in its own dialect what a provider answers in
// another: as a stream if the client asked for one, whole otherwise, whichever
// of the two the provider gave.
func (x *exchange) translate(res *upstream.Response) error {
	if x.stream {
		return x.translateStream(res)
	}
	answer, err := x.wholeAnswer(res)
	if err != nil {
		return err
	}
	x.remembered(answer)
	if x.state != nil {
		answer.ID = llm.NewID()
	}
	text, err := x.codec.EncodeResponse(x.call.Operation, answer, x.echo())
	if err != nil {
		return err
	}
	if x.state != nil {
		x.final = text
		x.commitState()
	}
	x.speakFor(res, "application/json")
	return gone(x.head.whole(res.Status, text, text))
}

// renamed gives tools names that the backend takes, when its answer will be
// read, so that they can be given back.
func (x *exchange) renamed(say *llm.Request) *llm.Request {
	x.names = llm.Names{}
	if !x.translating {
		return say
	}
	say, x.names = say.Renamed(x.target.ToolNames())
	return say
}

// The names that the bound of an answer has in OpenAI's dialect. Servers take
// one, or the other, or both, and a model's name does not always tell: a
// deployment at Azure is called anything.
const (
	limitOld = "max_tokens"
	limitNew = "max_completion_tokens"
)

// limitRefused reports whether a provider turned the request down for the name
// of the bound, which the proxy chose.
func (x *exchange) limitRefused() bool {
	e := x.refusal.err
	return x.translating && !x.relimited && e.Code == llm.CodeUnsupportedParameter && (e.Param == limitOld || e.Param == limitNew)
}

// boundBy calls the bound of a chat by its other name, if so wanted.
func (x *exchange) boundBy(b *body.Body, other bool) {
	x.otherLimit = other
	if !other || b.Raw("messages") == nil {
		return
	}
	from, as := limitOld, limitNew
	if b.Raw(from) == nil {
		from, as = as, from
	}
	if value := b.Raw(from); value != nil {
		b.Delete(from)
		b.SetRaw(as, value)
	}
}

// speakFor names the backend whose answer follows in the proxy's own words, and
// returns the header that goes with it.
func (x *exchange) speakFor(res *upstream.Response, kind string) http.Header {
	header := x.translatedHeader(res.Header, kind)
	x.head.from(source{name: x.now.Backend(), status: res.Status, header: header})
	return header
}

// wholeAnswer reads an answer to its end.
func (x *exchange) wholeAnswer(res *upstream.Response) (*llm.Response, error) {
	if streams(res, x.target.Dialect(), false) {
		in, err := x.incoming(res, func() error { return nil })
		if err != nil {
			return nil, err
		}
		defer in.close()
		return llm.Collect(x.names.BackStream(x.target.DecodeStream(in.data)))
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxUnpacked))
	if err != nil {
		return nil, err
	}
	plain := unpack(res.Header, text)
	if err := x.sound(plain); err != nil {
		return nil, err
	}
	x.target.ObserveBody(plain, &x.seen)
	if x.seen.Err != nil {
		return nil, x.seen.Err
	}
	answer, err := x.target.DecodeResponse(plain)
	x.names.Back(answer)
	return answer, err
}

// translateStream tells a stream. What the codec has said goes out before more
// of the provider is waited for.
func (x *exchange) translateStream(res *upstream.Response) error {
	out := x.relay.buffers.get()
	defer x.relay.buffers.put(out)
	tell := func() error {
		defer out.Reset()
		switch {
		case out.Len() == 0:
			return nil
		case !x.seen.Content:
			return gone(x.head.hold(out.Bytes()))
		}
		x.commitState() // a request that refers to the answer may come at once
		return x.send(out.Bytes(), true)
	}
	events, done, err := x.events(res, tell)
	if err != nil {
		return err
	}
	defer done()
	streamHeader(x.speakFor(res, x.streamType()))
	for text, err := range x.frames(events) {
		if err != nil {
			return x.breakOff(out, text, llm.AsError(err))
		}
		out.Write(text)
		x.keepFinal(text)
	}
	x.seen.Content = true // the answer is complete, however little it says
	return tell()
}

// unstreamed reports whether the client waits for events that its provider does
// not send. To Ollama's clients a whole answer is a stream of one line.
func (x *exchange) unstreamed() bool {
	return x.stream && x.call.Operation.Generates() && !x.array() && x.call.Dialect != llm.Ollama
}

// retell tells a whole answer of the client's own dialect as the stream that the
// client has asked for: it could not read the answer, and a heartbeat may have
// begun the stream.
func (x *exchange) retell(res *upstream.Response) error {
	if _, err := x.neutral(x.now); err != nil {
		return err
	}
	return x.translateStream(res)
}

// frames renders an answer for the client.
func (x *exchange) frames(events llm.Stream) iter.Seq2[[]byte, error] {
	if x.state != nil && x.translating {
		events = identified(events)
	}
	frames := x.codec.EncodeStream(x.call.Operation, x.shown(x.overheard(events)), x.echo())
	if x.array() {
		return protocol.JSONArray(frames)
	}
	return frames
}

// identified gives a stream an id of the proxy's own, by which a later request
// may refer to it. Those of some servers come again: Ollama draws one of 999.
func identified(s llm.Stream) llm.Stream {
	return func(yield func(llm.Event, error) bool) {
		for event, err := range s {
			if start, ok := event.(llm.Start); ok {
				start.ID = llm.NewID()
				event = start
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

// array reports whether the client wants a Gemini stream as one JSON array
// (streamGenerateContent without alt=sse).
func (x *exchange) array() bool {
	return x.call.Dialect == llm.Gemini && x.stream && x.req.URL.Query().Get("alt") != "sse"
}

func (x *exchange) streamType() string {
	if x.array() {
		return "application/json"
	}
	return x.call.Dialect.StreamType()
}

// events is an answer as a neutral stream. Tell is called before each wait for
// the provider.
func (x *exchange) events(res *upstream.Response, tell func() error) (events llm.Stream, done func(), err error) {
	if !streams(res, x.target.Dialect(), true) {
		answer, err := x.wholeAnswer(res)
		if err != nil {
			return nil, nil, err
		}
		return answer.Events(), func() {}, nil
	}
	in, err := x.incoming(res, tell)
	if err != nil {
		return nil, nil, err
	}
	return x.names.BackStream(x.target.DecodeStream(in.data)), in.close, nil
}

// shown keeps secrets out of the errors that are told to the client.
func (x *exchange) shown(s llm.Stream) llm.Stream {
	return func(yield func(llm.Event, error) bool) {
		for event, err := range s {
			if err != nil {
				e := *llm.AsError(err)
				e.Message = x.call.Snapshot.private.RedactString(e.Message)
				err = &e
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

// breakOff ends a stream that failed. Before the client has anything of it,
// another backend may answer; afterwards the client is told in its own dialect.
func (x *exchange) breakOff(out *bytes.Buffer, farewell []byte, e *llm.Error) error {
	if err := x.head.gone(); err != nil {
		return clientGone(err)
	}
	if x.head.abandon() || e.Kind == llm.KindCancelled {
		return e
	}
	out.Write(farewell)
	_ = x.head.write(out.Bytes(), x.seen.Deltas, true) // the record says why the stream ended
	return e
}

// incoming is a provider's stream on its way to a codec.
type incoming struct {
	x      *exchange
	res    *upstream.Response
	buf    *bytes.Buffer
	reader *sse.Reader
	tell   func() error
	halves halves
}

func (x *exchange) incoming(res *upstream.Response, tell func() error) (*incoming, error) {
	source, err := unpacked(res)
	if err != nil {
		return nil, err
	}
	buf := x.relay.buffers.get()
	reader := newReader(x.target.Dialect(), source, buf)
	reader.Limit = maxUnpacked // a frame has to be whole to be understood
	return &incoming{x: x, res: res, buf: buf, reader: reader, tell: tell}, nil
}

func newReader(d llm.Dialect, source io.Reader, buf *bytes.Buffer) *sse.Reader {
	if d == llm.Ollama {
		return sse.NewLineReader(source, buf.AvailableBuffer())
	}
	return sse.NewReader(source, buf.AvailableBuffer())
}

func (in *incoming) close() { in.x.relay.buffers.put(in.buf) }

// data yields the data of each event, after it has been observed.
func (in *incoming) data(yield func([]byte, error) bool) {
	for {
		if !in.reader.Buffered() {
			if err := in.tell(); err != nil {
				yield(nil, err)
				return
			}
		}
		frame, err := in.reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return // the codec knows whether this was the end
		case err != nil:
			yield(nil, in.x.unreadable(err))
			return
		case frame.Partial:
			yield(nil, cutShort("The provider sent an event that is too long to be translated.", nil))
			return
		}
		data := in.halves.join(frame.Data())
		if len(data) == 0 {
			continue
		}
		sight := in.x.target.ObserveFrame(data, &in.x.seen)
		if sight.Last {
			in.res.Linger(linger)
		}
		if sight.Err == nil {
			if e := in.x.errorByName(frame, data, in.x.target); e != nil {
				yield(nil, e)
				return
			}
		}
		if !yield(data, nil) {
			return
		}
	}
}

// unreadable is the failure of a stream that broke. A provider that had begun to
// answer was reached.
func (x *exchange) unreadable(err error) *llm.Error {
	var e *llm.Error
	switch {
	case errors.As(err, &e) && e.Kind == llm.KindConnect && x.seen.Content:
		broke := *e
		broke.Kind = llm.KindStream
		return &broke
	case e != nil:
		return e
	}
	return cutShort("The provider sent a stream that cannot be read to its end.", err)
}
