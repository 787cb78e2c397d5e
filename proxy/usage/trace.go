package usage

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Sink takes what is to be remembered. The Recorder is one.
type Sink interface{ Record(Entry) }

// Tracker knows the requests that have not ended.
type Tracker struct {
	sink    Sink
	changed func()
	lastID  atomic.Int64

	mu     sync.Mutex
	active map[*Trace]struct{}

	// buffers lends out memory for answers while they grow.
	buffers sync.Pool
}

// NewTracker hands finished requests to sink. changed, when not nil, is called
// whenever a request begins or ends; it must not block.
func NewTracker(sink Sink, changed func()) *Tracker {
	if changed == nil {
		changed = func() {}
	}
	return &Tracker{sink: sink, changed: changed, active: map[*Trace]struct{}{}}
}

// Keep says how much of the bodies is remembered.
type Keep struct {
	Bodies bool
	Limit  int // bytes of each body
	// Secrets must not be remembered wherever they occur.
	Secrets Secrets
	// CallerHeader is the header that carries the proxy's own keys.
	CallerHeader string
}

// Trace is the memory of one request while it runs. One goroutine drives it;
// InFlight may be asked from any other.
type Trace struct {
	Record Record

	tracker *Tracker
	start   time.Time
	keep    Keep
	header  http.Header
	body    []byte
	parts   *bytes.Buffer // of an answer that comes in parts; borrowed
	whole   []byte        // an answer that came in one piece
	cut     bool

	bytes   atomic.Int64
	deltas  atomic.Int64
	backend atomic.Pointer[string]
}

// Begin starts the memory of a request that arrived at start.
func (t *Tracker) Begin(start time.Time, r Record, header http.Header, body []byte, keep Keep) *Trace {
	r.ID = t.nextID(start)
	r.Time = start
	r.RequestBytes = int64(len(body))
	trace := &Trace{Record: r, tracker: t, start: start, keep: keep, header: header, body: body}
	t.mu.Lock()
	t.active[trace] = struct{}{}
	t.mu.Unlock()
	t.changed()
	return trace
}

// nextID is the microsecond of arrival, pushed on where two coincide.
func (t *Tracker) nextID(at time.Time) ID {
	now := at.UnixMicro()
	for {
		last := t.lastID.Load()
		id := max(now, last+1)
		if t.lastID.CompareAndSwap(last, id) {
			return ID(id)
		}
	}
}

// InFlight lists the running requests, oldest first.
func (t *Tracker) InFlight() []InFlight {
	t.mu.Lock()
	out := make([]InFlight, 0, len(t.active))
	for trace := range t.active {
		out = append(out, trace.inFlight())
	}
	t.mu.Unlock()
	slices.SortFunc(out, func(a, b InFlight) int { return int(a.ID - b.ID) })
	return out
}

// Count is the number of running requests.
func (t *Tracker) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.active)
}

// inFlight reads only what does not change after Begin, and atomics.
func (t *Trace) inFlight() InFlight {
	f := InFlight{
		ID: t.Record.ID, Time: t.Record.Time, Client: t.Record.Client, Model: t.Record.Model,
		Stream: t.Record.Stream, Bytes: t.bytes.Load(), OutputTokens: t.deltas.Load(),
	}
	if b := t.backend.Load(); b != nil {
		f.Backend = *b
	}
	return f
}

// Since is the time since arrival in microseconds, never zero.
func (t *Trace) Since(at time.Time) int64 {
	return max(1, at.Sub(t.start).Microseconds())
}

// Attempt notes a try that begins now, and returns it to be filled in. The
// pointer is good until the next Attempt.
func (t *Trace) Attempt(a Attempt) *Attempt {
	a.Start = t.Since(time.Now())
	t.backend.Store(&a.Backend)
	t.Record.Attempts = append(t.Record.Attempts, a)
	return &t.Record.Attempts[len(t.Record.Attempts)-1]
}

// Wrote notes n bytes that were sent to the client.
func (t *Trace) Wrote(n int) { t.bytes.Add(int64(n)) }

// Generated notes how many stream events with content there have been so far.
func (t *Trace) Generated(deltas int64) { t.deltas.Store(deltas) }

// Capture keeps a part of the answer, as plain text.
func (t *Trace) Capture(p []byte) {
	if !t.keep.Bodies {
		return
	}
	if t.parts == nil {
		t.parts = t.tracker.buffer()
	}
	if room := t.keep.Limit - t.parts.Len(); len(p) > room {
		p, t.cut = p[:max(0, room)], true
	}
	t.parts.Write(p)
}

// CaptureWhole keeps an answer that comes in one piece, as plain text.
func (t *Trace) CaptureWhole(p []byte) {
	if !t.keep.Bodies || t.parts != nil {
		t.Capture(p)
		return
	}
	t.cut = len(p) > t.keep.Limit
	t.whole = bytes.Clone(p[:min(len(p), t.keep.Limit)])
}

// answer returns what was kept of the answer, in no more memory than it needs:
// it may wait for the database for a while.
func (t *Trace) answer() []byte {
	if t.parts == nil {
		return t.whole
	}
	whole := bytes.Clone(t.parts.Bytes())
	t.tracker.giveBack(t.parts)
	t.parts = nil
	return whole
}

// largeBuffer is not kept: a rare long answer must not stay in memory.
const largeBuffer = 1 << 20

func (t *Tracker) buffer() *bytes.Buffer {
	if buf, ok := t.buffers.Get().(*bytes.Buffer); ok {
		return buf
	}
	return new(bytes.Buffer)
}

func (t *Tracker) giveBack(buf *bytes.Buffer) {
	if buf.Cap() <= largeBuffer {
		buf.Reset()
		t.buffers.Put(buf)
	}
}

// Finish ends the request and hands its record on. It never blocks.
func (t *Trace) Finish(header http.Header) {
	t.tracker.mu.Lock()
	delete(t.tracker.active, t)
	t.tracker.mu.Unlock()
	r := &t.Record
	r.Timing.Total = t.Since(time.Now())
	r.ResponseBytes = t.bytes.Load()
	r.ErrorMessage = t.keep.Secrets.RedactString(r.ErrorMessage)
	for i := range r.Attempts {
		r.Attempts[i].Message = t.keep.Secrets.RedactString(r.Attempts[i].Message)
	}
	e := Entry{Record: *r}
	if t.keep.Bodies {
		e.Record.HasBodies = true
		e.Bodies = &Bodies{
			RequestHeader:  MaskHeader(t.header, t.keep.CallerHeader),
			ResponseHeader: MaskHeader(header, t.keep.CallerHeader),
			ResponseBody:   t.keep.Secrets.Redact(t.answer()), ResponseCut: t.cut,
		}
		e.Bodies.RequestBody, e.Bodies.RequestCut = t.requestBody()
	}
	t.tracker.sink.Record(e)
	t.tracker.changed()
}

// requestBody returns the kept part of the request. A cut one is copied, so
// that the rest of it can go.
func (t *Trace) requestBody() ([]byte, bool) {
	if len(t.body) <= t.keep.Limit {
		return t.keep.Secrets.Redact(t.body), false
	}
	return t.keep.Secrets.Redact(bytes.Clone(t.body[:t.keep.Limit])), true
}

// Fail notes how a request ended badly.
func (r *Record) Fail(e *llm.Error) {
	r.Outcome, r.ErrorKind, r.ErrorMessage = Failed, e.Kind, e.Message
	if e.Kind == llm.KindCancelled {
		r.Outcome = Cancelled
	}
}
