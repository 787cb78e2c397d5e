package relay

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const (
	// holdBytes and holdTime bound how long the head of a stream is held
	// while it has shown neither content nor an error. A client that is shown
	// signs of life can wait as long as holdAlive.
	holdBytes = 64 << 10
	holdTime  = 10 * time.Second
	holdAlive = 5 * time.Minute
	// writePatience bounds the wait for a client that does not read. Half of
	// it may pass before the deadline is looked at again.
	writePatience = 4 * time.Minute
)

// head is the client's end of an exchange. Until something is committed, the
// request can still be answered by another backend, even when the client of a
// stream has been shown signs of life: those are nobody's answer. The mutex is
// for the timers.
type head struct {
	w       http.ResponseWriter
	control *http.ResponseController
	trace   *usage.Trace

	mu       sync.Mutex
	source   source
	held     []byte
	timer    *time.Timer
	turn     int // counts the backends whose stream was held
	status   int // 0 until committed
	firstOut int64
	midFrame bool // the last bytes sent do not end a frame
	renew    time.Time
	last     time.Time // of the newest write
	err      error     // the client is gone

	pulse *time.Timer // nil without heartbeats
	beat  []byte
	every time.Duration
	kind  string // type of the stream that a heartbeat may begin
	// early: a heartbeat may begin the stream before a backend does, and
	// opened: one has. The header is out then, and says 200.
	early, opened bool
}

// source is the backend that is answering now.
type source struct {
	name   string
	status int
	header http.Header
}

func newHead(w http.ResponseWriter, t *usage.Trace) head {
	return head{w: w, control: http.NewResponseController(w), trace: t}
}

// from names the backend whose answer comes next. Its header reaches the client
// when the answer is committed.
func (h *head) from(s source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.source = s
}

// add sets a header of the answer, unless that has gone out.
func (h *head) add(name, value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.opened && h.status == 0 {
		h.w.Header()[name] = []string{value}
	}
}

// committed reports whether the client has begun to receive an answer.
func (h *head) committed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status != 0
}

// gone is why nothing more can be written to the client; nil while it can.
func (h *head) gone() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// hold keeps a frame back.
func (h *head) hold(frame []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status != 0 {
		h.send(frame, true)
		return h.err
	}
	h.held = append(h.held, frame...)
	if len(h.held) > holdBytes {
		h.commit(h.source.status)
		h.flush()
		return h.err
	}
	if h.timer == nil {
		turn, patience := h.turn, holdTime
		if h.pulse != nil {
			patience = holdAlive
		}
		h.timer = time.AfterFunc(patience, func() { h.release(turn) })
	}
	return nil
}

// release commits what has been held for too long, if it still is.
func (h *head) release(turn int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.turn == turn && h.status == 0 && h.held != nil {
		h.commit(h.source.status)
		h.flush()
	}
}

// abandon gives up what was held, so that another backend can answer. It
// reports false when it is too late for that.
func (h *head) abandon() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status != 0 {
		return false
	}
	h.stopHolding()
	h.held, h.source = nil, source{}
	return true
}

// stopHolding disarms the timer; one that is firing finds another turn.
func (h *head) stopHolding() {
	h.turn++
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
}

// write commits if need be and sends p. Deltas is the number of content events
// so far; last asks for a flush.
func (h *head) write(p []byte, deltas int64, last bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status == 0 {
		h.commit(h.source.status)
	}
	if h.firstOut == 0 && deltas > 0 {
		h.firstOut = h.trace.Since(time.Now())
	}
	h.trace.Generated(deltas)
	h.send(p, last)
	return h.err
}

// refuse sends an error: as an answer of its own, with more header, or as the
// event that ends a stream which a heartbeat has begun.
func (h *head) refuse(status int, more http.Header, p, plain, event []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opened {
		h.commit(http.StatusOK)
		h.send(event, true)
		return h.err
	}
	maps.Copy(h.w.Header(), more)
	return h.complete(status, p, plain)
}

// whole sends a complete answer of known length. Plain is the same unpacked.
// The stream must not have been opened.
func (h *head) whole(status int, p, plain []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.complete(status, p, plain)
}

// complete is whole with the mutex held.
func (h *head) complete(status int, p, plain []byte) error {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		h.w.Header()["Content-Length"] = []string{strconv.Itoa(len(p))}
	}
	h.commit(status)
	if status < http.StatusBadRequest {
		h.firstOut = h.trace.Since(time.Now())
	}
	h.put(p)
	h.trace.CaptureWhole(plain)
	return h.err
}

// commit sends the header and what was held. The mutex is held.
func (h *head) commit(status int) {
	h.stopHolding()
	if h.status = status; h.opened {
		h.status = http.StatusOK
	} else {
		h.begin(status)
	}
	if h.held != nil {
		h.send(h.held, false)
		h.held = nil
	}
}

// begin sends the header. The mutex is held.
func (h *head) begin(status int) {
	if h.source.name != "" {
		copyHeader(h.w.Header(), h.source.header)
		h.w.Header()["X-Yallmp-Backend"] = []string{h.source.name}
	}
	h.w.WriteHeader(status)
}

// send writes a part of a stream. The mutex is held.
func (h *head) send(p []byte, last bool) {
	if len(p) > 0 {
		h.midFrame = p[len(p)-1] != '\n' && p[len(p)-1] != '\r'
	}
	h.put(p)
	h.trace.Capture(p)
	if last {
		h.flush()
	}
}

// put writes to the client, which must not keep the proxy waiting for ever.
func (h *head) put(p []byte) {
	if h.err != nil {
		return
	}
	h.last = time.Now()
	if now := h.last; now.After(h.renew) {
		_ = h.control.SetWriteDeadline(now.Add(writePatience)) // not every connection has deadlines
		h.renew = now.Add(writePatience / 2)
	}
	var n int
	n, h.err = h.w.Write(p)
	h.trace.Wrote(n)
}

func (h *head) flush() {
	if h.err == nil {
		h.err = h.control.Flush()
	}
}

// close disarms what could still touch the client's connection.
func (h *head) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopHolding()
	h.held = nil
	if h.pulse != nil {
		h.pulse.Stop()
		h.pulse = nil
	}
	if !h.renew.IsZero() {
		_ = h.control.SetWriteDeadline(time.Time{}) // the connection may serve another request
	}
}
