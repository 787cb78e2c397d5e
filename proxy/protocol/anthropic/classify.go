package anthropic

import (
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// classify looks closer at an error that is the request's own fault. These have
// no types of their own, only texts:
//
//	prompt is too long: 213462 tokens > 200000 maximum
//	input length and `max_tokens` exceed context limit: 198000 + 8192 > 200000
//	Output blocked by content filtering policy
//
// Servers that speak the dialect beside their own (llama.cpp, vLLM, Ollama) use
// the words that they have.
func classify(e *llm.Error) {
	switch e.Kind {
	case llm.KindInvalid, llm.KindTooLarge, llm.KindServer, llm.KindStream:
	default:
		return
	}
	text := strings.ToLower(e.Message)
	switch {
	case e.Kind == llm.KindInvalid && aboutThinking(e.Message):
		e.Kind = llm.KindSignature
	case tooLong(text), e.Code == "exceed_context_size_error", e.Code == "context_length_exceeded":
		e.Reclassify(llm.KindContextLength)
	case contains(text, "content filtering policy", "content management policy", "content exists risk"),
		e.Code == "content_filter", e.Code == "content_policy_violation":
		e.Reclassify(llm.KindContentPolicy)
	}
}

func tooLong(text string) bool {
	return contains(text,
		"prompt is too long", "exceed context limit", "input is too long for requested model",
		"maximum context length", "exceeds the available context size", "exceeds the context window",
		"context window exceeds limit", "maximum model length", "exceeded model token limit", "prompt too long")
}

func contains(text string, phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// clientMessage is what a client reads. Claude Code and other agents know a
// conversation that has grown too long by Anthropic's own words, and then
// shorten it.
func clientMessage(e *llm.Error) string {
	if e.Kind == llm.KindContextLength && !strings.Contains(strings.ToLower(e.Message), "prompt is too long") {
		return "prompt is too long: " + e.Message
	}
	return e.Message
}
