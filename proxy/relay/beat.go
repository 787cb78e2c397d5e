package relay

import (
	"net/http"
	"time"
)

// keepAlive sends beat whenever a stream has been silent for so long that
// somebody on the way might think it dead. It goes on until close, and begins
// the stream itself when no backend has: whoever waits for a slot, or for a
// model that thinks, is to know that the proxy is there.
func (h *head) keepAlive(beat []byte, kind string, every time.Duration) {
	if beat == nil || every <= 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat, h.kind, h.every, h.last = beat, kind, every, time.Now()
	h.early = true
	h.pulse = time.AfterFunc(every, h.tick)
}

// tick sends a heartbeat if it is time for one, and sets the next.
func (h *head) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pulse == nil || h.err != nil {
		return
	}
	wait := h.every - time.Since(h.last)
	if wait <= 0 {
		wait = h.every
		h.live()
	}
	h.pulse.Reset(wait)
}

// live sends a heartbeat where one can stand. The mutex is held.
func (h *head) live() {
	if h.status == 0 && !h.opened && h.early {
		h.opened = true
		h.w.Header()["Content-Type"] = []string{h.kind}
		streamHeader(h.w.Header())
		h.w.WriteHeader(http.StatusOK)
	}
	if h.opened && h.status == 0 || h.status != 0 && h.early && !h.midFrame {
		h.put(h.beat)
		h.flush()
	}
}

// settle keeps heartbeats from beginning the stream while an answer is read
// that may be none, or lets them again. It reports whether one has begun it.
func (h *head) settle(settled bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.early = !settled && h.pulse != nil
	return h.opened
}
