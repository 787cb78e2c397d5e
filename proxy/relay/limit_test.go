package relay_test

import (
	"testing"

	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// The name of an answer's bound is guessed from the model's name. A server that
// takes the other one only is asked again, once, and from then on in its way.
func TestBoundByItsOtherName(t *testing.T) {
	for name, c := range map[string]struct {
		target, refusal string
		status          int
		first, then     string
	}{
		"Azure": {
			"team-deployment", `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`,
			400, "max_tokens", "max_completion_tokens",
		},
		"an older version": {
			"gpt-5", `{"error":{"message":"Unrecognized request argument supplied: max_completion_tokens","type":"invalid_request_error","param":null,"code":null}}`,
			400, "max_completion_tokens", "max_tokens",
		},
		"a strict server": {
			"gpt-5", `{"object":"error","detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted","input":7}]}`,
			422, "max_completion_tokens", "max_tokens",
		},
	} {
		t.Run(name, func(t *testing.T) {
			up := NewUpstream(t, JSON(c.status, c.refusal), JSON(200, Chat("one")), JSON(200, Chat("two")))
			p := NewProxy(t, `
model_list:
  - model_name: m
    model_params: {model: `+c.target+`, api_base: `+up.Base()+`}
`)
			const body = `{"model":"m","max_tokens":7,"messages":[{"role":"user","content":"hi"}]}`
			for range 2 {
				if got := p.Post("/v1/messages", body); got.Status != 200 {
					t.Fatalf("%d %s", got.Status, got.Body)
				}
			}
			for i, want := range []string{c.first, c.then, c.then} {
				sent := up.Received()[i].Body
				if gjson.Get(sent, "max_tokens").Exists() == gjson.Get(sent, "max_completion_tokens").Exists() || gjson.Get(sent, want).Int() != 7 {
					t.Errorf("request %d has %s", i, sent)
				}
			}
		})
	}
	// What is wrong is not the name: nobody asks again.
	refusal := `{"error":{"message":"'max_tokens' or 'max_completion_tokens' is too large: 100000.","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}`
	up := NewUpstream(t, JSON(400, refusal))
	p := NewProxy(t, models("openai", up))
	if got := p.Post("/v1/messages", `{"model":"m0","max_tokens":100000,"messages":[{"role":"user","content":"hi"}]}`); got.Status != 400 || len(up.Received()) != 1 {
		t.Errorf("%d %s after %d requests", got.Status, got.Body, len(up.Received()))
	}
}
