package relay_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// An Ollama client shows how fast its model is: it divides what came by how long
// that took.
func TestOllamaClientsSeeHowLongItTook(t *testing.T) {
	for _, stream := range []bool{false, true} {
		up := NewUpstream(t, JSON(200, Chat("hello")))
		if stream {
			up.Script(Stream(ChatStream(true, "hello", " you")...))
		}
		p := NewProxy(t, models("openai", up))
		began := time.Now()
		got := p.Post("/api/chat", fmt.Sprintf(`{"model":"m0","stream":%v,"messages":[{"role":"user","content":"hi"}]}`, stream))
		took := time.Since(began)
		lines := strings.Split(strings.TrimSpace(got.Body), "\n")
		last := gjson.Parse(lines[len(lines)-1])
		total, prompt, eval := last.Get("total_duration").Int(), last.Get("prompt_eval_duration").Int(), last.Get("eval_duration").Int()
		if !last.Get("done").Bool() || total <= 0 || total > int64(took) || eval <= 0 || prompt+eval != total {
			t.Errorf("stream %v, %v: %s", stream, took, last.Raw)
		}
	}
	up := NewUpstream(t, JSON(200, `{"object":"list","model":"e","data":[{"object":"embedding","index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`))
	got := NewProxy(t, models("openai", up)).Post("/api/embed", `{"model":"m0","input":"hi"}`)
	if gjson.Get(got.Body, "total_duration").Int() <= 0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}
