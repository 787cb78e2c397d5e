package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Request is what one attempt sends.
type Request struct {
	Method string
	Path   string // below the base URL
	Query  string
	Model  string      // as the provider calls it
	Header http.Header // the client's headers
	// CallerHeader names the header that carries the proxy's own app keys;
	// it stays here.
	CallerHeader string
	// Key is what the provider is shown; empty for none.
	Key config.Key
	// Body is the request in consecutive pieces.
	Body   [][]byte
	Stream bool
	// Foreign: the client speaks another dialect than the backend, so that
	// its headers about the dialect mean nothing there.
	Foreign bool
}

// joinLimit is the size up to which the pieces are joined. The transport sends
// what it knows to be in memory together with the header, in one packet.
const joinLimit = 64 << 10

// body reads the pieces one after the other. It starts anew at every call, for
// a transport that has to send the request again on another connection.
func (r *Request) body() (io.ReadCloser, error) {
	if len(r.Body) == 1 {
		return io.NopCloser(bytes.NewReader(r.Body[0])), nil
	}
	if r.size() <= joinLimit {
		return io.NopCloser(bytes.NewReader(bytes.Join(r.Body, nil))), nil
	}
	pieces := net.Buffers(slices.Clone(r.Body))
	return io.NopCloser(&pieces), nil
}

func (r *Request) size() int64 {
	n := 0
	for _, p := range r.Body {
		n += len(p)
	}
	return int64(n)
}

// Response is a provider's answer, headers read and body not.
type Response struct {
	Status int
	Header http.Header
	Body   io.ReadCloser
	// Connected and FirstByte are moments of the attempt.
	Connected, FirstByte time.Time
	Reused               bool

	body *waitingBody
}

// Do makes the attempt. The caller closes the Body. Errors are *llm.Error;
// when ctx is over, its cause decides, not what the network said about it.
func (b *Backend) Do(ctx context.Context, r *Request) (*Response, error) {
	res := &Response{}
	if b.broken != nil {
		return res, b.explain(ctx, b.broken)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	// One timer serves the attempt: first it bounds the wait for the header,
	// then either the whole answer or each silence within a stream.
	start, clock := time.Now(), newClock(cancel)
	whole := b.bounds.whole(r.Stream)
	deadline := whole.deadline(start)
	clock.start(b.bounds.first, whole, deadline)
	var answer *http.Response
	var err error
	if b.plain != nil {
		q := question{method: r.Method, url: b.url(r), host: b.base.Host, header: b.header(r), body: r.Body, size: r.size()}
		answer, err = b.plain.roundTrip(ctx, &q, res) //nolint:bodyclose // it becomes the Response's
	} else {
		answer, err = b.transported(ctx, r, res) //nolint:bodyclose // it becomes the Response's
	}
	if err != nil {
		clock.stop()
		failure := b.explain(ctx, err)
		cancel(nil)
		return res, failure
	}
	res.Status, res.Header = answer.StatusCode, answer.Header
	body := &waitingBody{ReadCloser: answer.Body, ctx: ctx, cancel: cancel, clock: clock, whole: whole, deadline: deadline, backend: b}
	if r.Stream {
		body.idle = b.bounds.idle
	}
	res.body, res.Body = body, body
	return res, nil
}

// transported makes the attempt by way of net/http.
func (b *Backend) transported(ctx context.Context, r *Request, res *Response) (*http.Response, error) {
	start := time.Now()
	req := &http.Request{
		Method: r.Method, URL: b.url(r), Host: b.base.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        b.header(r),
		ContentLength: r.size(),
		GetBody:       r.body,
	}
	req.Body, _ = r.body() // it is in memory
	// The transport may dial for one request and hand the connection to
	// another, so the hooks can run late and on other goroutines.
	var connected, first atomic.Int64
	var reused atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) {
			connected.Store(int64(time.Since(start)) + 1)
			reused.Store(i.Reused)
		},
		GotFirstResponseByte: func() { first.Store(int64(time.Since(start)) + 1) },
	}))
	answer, err := b.transport.RoundTrip(req)
	if d := connected.Load(); d > 0 {
		res.Connected = start.Add(time.Duration(d))
	}
	if d := first.Load(); d > 0 {
		res.FirstByte = start.Add(time.Duration(d))
	}
	res.Reused = reused.Load()
	if err == nil && answer.StatusCode == http.StatusProxyAuthRequired && b.proxied(req) {
		_ = answer.Body.Close() // it is the proxy's
		err = proxyRefusal(answer.StatusCode)
	}
	if err != nil {
		return nil, b.blame(req, err, connected.Load() > 0)
	}
	return answer, nil
}

// Linger bounds the wait for what is left of an answer that is complete.
func (r *Response) Linger(d time.Duration) {
	r.body.idle = &bound{limit: d, what: "did not end its answer"}
}

// waitingBody ends the wait for a body that has stopped coming. The clock runs
// only while the provider is waited for: how long the client takes to read is
// no fault of the provider's.
type waitingBody struct {
	io.ReadCloser
	ctx      context.Context //nolint:containedctx // it is the attempt's own, and ends with the body
	cancel   context.CancelCauseFunc
	clock    *clock
	idle     *bound // of each wait
	whole    *bound // until deadline
	deadline time.Time
	backend  *Backend
}

// Read waits for more.
func (w *waitingBody) Read(p []byte) (int, error) {
	w.clock.start(w.idle, w.whole, w.deadline)
	n, err := w.ReadCloser.Read(p)
	w.clock.stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = w.backend.explain(w.ctx, err)
	}
	return n, err
}

// Close ends the attempt.
func (w *waitingBody) Close() error {
	w.clock.stop()
	err := w.ReadCloser.Close()
	w.cancel(nil)
	return err
}
