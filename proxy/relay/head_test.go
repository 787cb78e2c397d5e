package relay

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

type nowhere struct{}

func (nowhere) Record(usage.Entry) {}

func TestHoldIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trace := usage.NewTracker(nowhere{}, nil).Begin(time.Now(), usage.Record{}, nil, nil, usage.Keep{})
		w := httptest.NewRecorder()
		h := newHead(w, trace)
		defer h.close()

		h.from(source{name: "a", status: 200})
		_ = h.hold([]byte(": a\n\n"))
		time.Sleep(holdTime / 2)
		if !h.abandon() {
			t.Fatal("it was too late to fall back")
		}
		// The second backend has all of its own time, and no more.
		h.from(source{name: "b", status: 200})
		time.Sleep(holdTime/2 + time.Second)
		_ = h.hold([]byte(": b\n\n"))
		time.Sleep(holdTime - time.Second)
		if h.committed() {
			t.Fatal("the first backend's clock has run on")
		}
		time.Sleep(2 * time.Second)
		if !h.committed() {
			t.Fatal("the second backend is held for ever")
		}
		if w.Body.String() != ": b\n\n" || h.abandon() {
			t.Errorf("sent %q", w.Body.String())
		}
	})
}

// A client that is kept alive waits longer, and not for ever.
func TestHoldIsBoundedForLivingClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trace := usage.NewTracker(nowhere{}, nil).Begin(time.Now(), usage.Record{}, nil, nil, usage.Keep{})
		w := httptest.NewRecorder()
		h := newHead(w, trace)
		defer h.close()
		sent := func() string { // the timers write, too
			h.mu.Lock()
			defer h.mu.Unlock()
			return w.Body.String()
		}
		h.keepAlive([]byte(": beat\n\n"), "text/event-stream", time.Minute)
		h.from(source{name: "a", status: 200})
		_ = h.hold([]byte(": a\n\n"))
		time.Sleep(holdAlive - time.Second)
		if h.committed() || sent() != strings.Repeat(": beat\n\n", 4) {
			t.Fatalf("sent %q", sent())
		}
		time.Sleep(2 * time.Second)
		if !h.committed() || !strings.HasSuffix(sent(), ": a\n\n") {
			t.Errorf("sent %q", sent())
		}
	})
}

func TestHoldIsBoundedInBytes(t *testing.T) {
	trace := usage.NewTracker(nowhere{}, nil).Begin(time.Now(), usage.Record{}, nil, nil, usage.Keep{})
	h := newHead(httptest.NewRecorder(), trace)
	defer h.close()
	h.from(source{name: "a", status: 200})
	_ = h.hold([]byte(strings.Repeat(": a\n\n", 100)))
	if h.committed() {
		t.Fatal("committed too early")
	}
	_ = h.hold([]byte(strings.Repeat("x", holdBytes)))
	if !h.committed() {
		t.Fatal("held without bound")
	}
}

// A long plain answer, in the place of a stream, has nowhere to put a heartbeat.
func TestNoHeartbeatsInAPlainAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trace := usage.NewTracker(nowhere{}, nil).Begin(time.Now(), usage.Record{}, nil, nil, usage.Keep{})
		w := httptest.NewRecorder()
		h := newHead(w, trace)
		defer h.close()
		h.keepAlive([]byte(": beat\n\n"), "text/event-stream", time.Second)
		h.from(source{name: "a", status: 200})
		h.settle(true)
		_ = h.write([]byte("{\n"), 1, true)
		time.Sleep(10 * time.Second)
		_ = h.write([]byte("}\n"), 1, true)
		if w.Body.String() != "{\n}\n" {
			t.Errorf("sent %q", w.Body.String())
		}
	})
}
