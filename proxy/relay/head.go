package relay

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const (
	// holdBytes and holdTime bound how long the head of a stream is held
	// while it has shown neither content nor an error.
	holdBytes = 64 << 10
	holdTime  = 10 * time.Second
)

// head is the client's end of an exchange. Until something is committed, the
// request can still be answered by another backend. The mutex is for the
// timer, which commits a stream that is held for too long.
type head struct {
	w       http.ResponseWriter
	flusher *http.ResponseController
	trace   *usage.Trace

	mu       sync.Mutex
	source   source
	held     []byte
	timer    *time.Timer
	status   int // 0 until committed
	firstOut int64
	err      error // the client is gone
}

// source is the backend that is answering now.
type source struct {
	name   string
	status int
	header http.Header
}

func newHead(w http.ResponseWriter, t *usage.Trace) head {
	return head{w: w, flusher: http.NewResponseController(w), trace: t}
}

// committed reports whether the client has begun to receive an answer.
func (h *head) committed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status != 0
}

// from names the backend whose answer comes next. Its header reaches the client
// when the answer is committed.
func (h *head) from(s source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.source = s
}

// hold keeps a frame back.
func (h *head) hold(frame []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status != 0 {
		h.send(frame, 0, true)
		return
	}
	h.held = append(h.held, frame...)
	if len(h.held) > holdBytes {
		h.commit(h.source.status)
		h.flush()
		return
	}
	if h.timer == nil {
		h.timer = time.AfterFunc(holdTime, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.held != nil && h.status == 0 {
				h.commit(h.source.status)
				h.flush()
			}
		})
	}
}

// drop forgets what was held: another backend will answer.
func (h *head) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held, h.source = nil, source{}
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
	h.send(p, deltas, last)
	return h.err
}

// whole sends a complete answer of known length.
func (h *head) whole(status int, p []byte, deltas int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.w.Header()["Content-Length"] = []string{strconv.Itoa(len(p))}
	h.commit(status)
	h.firstOut = h.trace.Since(time.Now())
	h.send(p, deltas, false)
}

// commit sends the header and what was held. The mutex is held.
func (h *head) commit(status int) {
	h.status = status
	if h.timer != nil {
		h.timer.Stop()
	}
	if h.source.name != "" {
		copyHeader(h.w.Header(), h.source.header)
		h.w.Header()["X-Yallmp-Backend"] = []string{h.source.name}
	}
	h.w.WriteHeader(status)
	if h.held != nil {
		h.send(h.held, 0, false)
		h.held = nil
	}
}

// send writes to the client. The mutex is held.
func (h *head) send(p []byte, deltas int64, last bool) {
	if h.err == nil {
		_, h.err = h.w.Write(p)
	}
	h.trace.Wrote(p, deltas)
	if last {
		h.flush()
	}
}

func (h *head) flush() {
	if h.err == nil {
		h.err = h.flusher.Flush()
	}
}

// close stops the timer.
func (h *head) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
}
