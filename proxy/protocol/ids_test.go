package protocol_test

import (
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
)

// A call without an id, in an answer without one, is not the call of another
// answer: a conversation may hold both.
func TestCallsWithoutIDsAreToldApart(t *testing.T) {
	for dialect, text := range map[llm.Dialect]string{
		llm.OpenAI: `{"choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
		llm.Gemini: `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}]}`,
		llm.Ollama: `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"stop"}`,
	} {
		seen := map[string]bool{}
		for range 2 {
			whole, err := protocol.For(dialect).DecodeResponse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			streamed, err := llm.Collect(protocol.For(dialect).DecodeStream(func(yield func([]byte, error) bool) { yield([]byte(text), nil) }))
			if err != nil {
				t.Fatal(err)
			}
			for _, answer := range []*llm.Response{whole, streamed} {
				for _, p := range answer.Choices[0].Parts {
					if call, ok := p.(*llm.ToolCall); ok {
						seen[call.ID] = true
					}
				}
			}
		}
		if len(seen) != 4 || seen[""] {
			t.Errorf("%s: %v", dialect, seen)
		}
	}
}
