package relay_test

import (
	"net/http"
	"strings"
	"testing"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const beating = "proxy_settings: {server: {stream_heartbeat: 20ms}}\n"

// late gives an answer once the client has been shown a sign of life.
func late(beats <-chan struct{}, a Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-beats:
			a(w, r)
		case <-r.Context().Done():
		}
	}
}

// watched is a client of a stream that tells when the first heartbeat has come.
func watched(t *testing.T, p *Proxy, path, body, beat string, beats chan<- struct{}) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out strings.Builder
	piece := make([]byte, 4096)
	for told := false; ; {
		n, err := res.Body.Read(piece)
		out.Write(piece[:n])
		if !told && strings.Contains(out.String(), beat) {
			told = true
			close(beats)
		}
		if err != nil {
			return res.StatusCode, out.String()
		}
	}
}

func TestHeartbeatsBeforeAnybodyAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, dialect, path, body, beat string
		first                           Answer
		want                            string // what the client gets beside heartbeats
		outcome                         usage.Outcome
	}{
		{
			name: "a slow first byte", dialect: "openai", path: "/v1/chat/completions", body: chatStream, beat: ": heartbeat\n\n",
			first: Stream(ChatStream(false, "a")...), want: Join(ChatStream(false, "a")), outcome: usage.Success,
		},
		{
			name: "a whole answer in place of a stream", dialect: "openai", path: "/v1/chat/completions", body: chatStream, beat: ": heartbeat\n\n",
			first: JSON(200, Chat("whole")), want: `"content":"whole"`, outcome: usage.Success,
		},
		{
			name: "a refusal", dialect: "openai", path: "/v1/chat/completions", body: chatStream, beat: ": heartbeat\n\n",
			first: JSON(400, `{"error":{"message":"too hot","type":"invalid_request_error"}}`), want: `too hot`, outcome: usage.Failed,
		},
		{
			name: "a refusal, for Anthropic's clients", dialect: "anthropic", path: "/v1/messages", body: strings.Replace(message, "{", `{"stream":true,`, 1), beat: "event: ping",
			first: JSON(400, `{"type":"error","error":{"type":"invalid_request_error","message":"too hot"}}`), want: "event: error\ndata: {\"type\":\"error\"", outcome: usage.Failed,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			beats := make(chan struct{})
			up := NewUpstream(t, late(beats, tt.first))
			p := NewProxy(t, beating+models(tt.dialect, up))
			status, text := watched(t, p, tt.path, tt.body, tt.beat, beats)
			if status != 200 || !strings.Contains(strings.ReplaceAll(text, tt.beat, ""), tt.want) {
				t.Errorf("the client got %d\n%s", status, text)
			}
			r := p.Entry().Record
			if r.Outcome != tt.outcome || r.Status != 200 {
				t.Errorf("record: %s, status %d", r.Outcome, r.Status)
			}
		})
	}
}

func TestFallbackAfterHeartbeats(t *testing.T) {
	beats := make(chan struct{})
	first := NewUpstream(t, late(beats, JSON(500, `{"error":{"message":"down"}}`)))
	second := NewUpstream(t, Stream(ChatStream(false, "saved")...))
	p := NewProxy(t, beating+models("openai", first, second))
	status, text := watched(t, p, "/v1/chat/completions", chatStream, ": heartbeat\n\n", beats)
	if got := strings.ReplaceAll(text, ": heartbeat\n\n", ""); status != 200 || got != Join(ChatStream(false, "saved")) {
		t.Errorf("the client got %d\n%s", status, text)
	}
	if r := p.Entry().Record; r.Backend != "m1" || len(r.Attempts) != 2 || r.Attempts[1].Why != usage.WhyFallback {
		t.Errorf("record: %+v", r)
	}
}
