package relay_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// defective is a client's end that cannot even be written to.
type defective struct{ *httptest.ResponseRecorder }

func (defective) Write([]byte) (int, error) { panic("a defect") }

// An attempt that a panic passes through is no longer under way. A circuit that
// waited for it as its probe would never close again.
func TestPanicEndsTheAttempt(t *testing.T) {
	p := NewProxy(t, models("openai", NewUpstream(t, JSON(200, Chat("x")))))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing has panicked")
			}
		}()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/completions", strings.NewReader(chat))
		p.Relay.Serve(defective{httptest.NewRecorder()}, req, relay.Call{
			Snapshot: p.Relay.Snapshot(), Operation: llm.Chat, Dialect: llm.OpenAI, Arrived: time.Now(), Body: []byte(chat),
		})
	}()
	if n := p.Relay.Health().InFlight("m0"); n != 0 {
		t.Errorf("%d attempts are still under way", n)
	}
}

// TestTheLastPartGoesWithTheEnd: a flush before the end of an answer that is
// complete would only make two packets of one.
func TestTheLastPartGoesWithTheEnd(t *testing.T) {
	whole := Join(ChatStream(true, "a", "b"))
	up := NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, whole) // net/http sends it together with its end
	})
	p := NewProxy(t, models("openai", up))
	w := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/completions", strings.NewReader(askedUsage))
	p.Relay.Serve(w, req, relay.Call{
		Snapshot: p.Relay.Snapshot(), Operation: llm.Chat, Dialect: llm.OpenAI, Arrived: time.Now(), Body: []byte(askedUsage),
	})
	if w.Body.String() != whole || w.Flushed {
		t.Errorf("the client got %q, flushed %v", w.Body, w.Flushed)
	}
	if e := p.Entry(); e.Record.Outcome != usage.Success || string(e.Bodies.ResponseBody) != whole {
		t.Errorf("%+v", e.Record)
	}
}
