package relay_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
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
