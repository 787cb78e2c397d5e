package relay_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// Whoever asks how long a prompt is gets an answer: the provider's own, in
// whichever dialect it has the call, else an estimate that says what it is.
func TestCountsInEveryDialect(t *testing.T) {
	ask := map[llm.Dialect]struct{ path, body, number string }{
		llm.Anthropic: {"/v1/messages/count_tokens", `{"model":"m0","system":"be brief","messages":[{"role":"user","content":"hello there"}]}`, "input_tokens"},
		llm.Gemini:    {"/v1beta/models/m0:countTokens", `{"contents":[{"role":"user","parts":[{"text":"hello there"}]}]}`, "totalTokens"},
		llm.Responses: {"/v1/responses/input_tokens", `{"model":"m0","input":"hello there"}`, "input_tokens"},
	}
	provider := map[llm.Dialect]struct{ path, answer, said string }{
		llm.Anthropic: {"/v1/messages/count_tokens", `{"input_tokens":77}`, "messages.0.content.0.text"},
		llm.Gemini:    {"/v1/models/up:countTokens", `{"totalTokens":77}`, "generateContentRequest.contents.0.parts.0.text"},
		llm.Responses: {"/v1/responses/input_tokens", `{"object":"response.input_tokens","input_tokens":77}`, "input.0.content.0.text"},
	}
	for _, there := range llm.Dialects() {
		for here, a := range ask {
			t.Run(fmt.Sprintf("%s to %s", here, there), func(t *testing.T) {
				b, knows := provider[there]
				up := NewUpstream(t, JSON(200, b.answer), JSON(404, `{"error":{"message":"no such call"}}`))
				p := NewProxy(t, models(string(there), up))
				if knows {
					got := p.Post(a.path, a.body)
					if got.Status != 200 || gjson.Get(got.Body, a.number).Int() != 77 || got.Header.Get("X-Yallmp-Estimate") != "" {
						t.Errorf("%d %v %s", got.Status, got.Header, got.Body)
					}
					sent := up.Last(t)
					if sent.Path != b.path || here != there && !strings.Contains(sent.Body, "hello there") || strings.Contains(sent.Body, "max_tokens") {
						t.Errorf("the provider was asked for %s with %s", sent.Path, sent.Body)
					}
					if here != there && there == llm.Gemini && gjson.Get(sent.Body, "generateContentRequest.model").Str != "models/up" {
						t.Errorf("the provider got %s", sent.Body)
					}
				}
				got := p.Post(a.path, a.body)
				n := gjson.Get(got.Body, a.number).Int()
				if got.Status != 200 || n < 2 || n > 20 || got.Header.Get("X-Yallmp-Estimate") != "tokens" {
					t.Errorf("estimate: %d %v %s", got.Status, got.Header, got.Body)
				}
				if !knows && len(up.Received()) != 0 {
					t.Errorf("the provider was asked for %s", up.Last(t).Path)
				}
			})
		}
	}
}

// What a Responses client refers to by an id counts too.
func TestCountsGoBackInTheConversation(t *testing.T) {
	up := NewUpstream(t, JSON(200, Chat(strings.Repeat("rain in Oslo ", 200))))
	p := NewProxy(t, models("openai", up), Remember(t))
	first := p.Post("/v1/responses", `{"model":"m0","input":"one"}`)
	id := gjson.Get(first.Body, "id").Str
	count := func(body string) int64 {
		t.Helper()
		got := p.Post("/v1/responses/input_tokens", body)
		if got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		return gjson.Get(got.Body, "input_tokens").Int()
	}
	alone, all := count(`{"model":"m0","input":"two"}`), count(`{"model":"m0","input":"two","previous_response_id":"`+id+`"}`)
	if all < alone+300 {
		t.Errorf("%d tokens alone, %d with what was said before", alone, all)
	}
	if got := p.Post("/v1/responses/input_tokens", `{"model":"m0","input":"x","previous_response_id":"resp_unknown"}`); got.Status != 400 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// Counting has limits of its own: what becomes of a count says nothing about
// the model.
func TestCountsSayNothingAboutHealth(t *testing.T) {
	for _, tt := range []struct {
		first, count Answer
		want         health.Status
	}{
		{JSON(429, `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`), JSON(200, `{"input_tokens":7}`), health.StatusCooling},
		{JSON(200, `{"id":"msg_1","type":"message","role":"assistant","model":"up","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`), JSON(429, `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`), health.StatusOK},
	} {
		p := NewProxy(t, models("anthropic", NewUpstream(t, tt.first, tt.count))+"router_settings: {num_retries: 1}\n")
		p.Post("/v1/messages", message)
		p.Post("/v1/messages/count_tokens", message)
		p.Entries(2)
		if all := p.Relay.Health().List(); len(all) != 1 || all[0].Status != tt.want {
			t.Errorf("health: %+v", all)
		}
	}
}
