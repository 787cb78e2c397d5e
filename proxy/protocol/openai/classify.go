package openai

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// classify looks closer at an error that is the request's own fault, or seems
// to be the server's. A refusal by too many requests or for want of a key is
// what its status says, whatever words it uses.
func classify(v gjson.Result, e *llm.Error) {
	if inner := v.Get("error"); inner.IsObject() {
		v = inner
	}
	switch e.Kind {
	case llm.KindInvalid, llm.KindTooLarge, llm.KindServer, llm.KindStream, llm.KindPermission:
	default:
		return
	}
	if unsupported(v.Raw, e) {
		return
	}
	words := []string{e.Code, v.Get("type").String(), v.Get("innererror.code").String()}
	text := strings.ToLower(e.Message)
	switch {
	case forbidden(words, text):
		e.Reclassify(llm.KindContentPolicy)
	case e.Kind != llm.KindPermission && overflows(words, text, e.Param):
		e.Reclassify(llm.KindContextLength)
	}
}

// unsupported recognises a server that does not take one of the two names that
// the bound of an answer has, and says so without OpenAI's code:
//
//	Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. (OpenAI, Azure)
//	Unrecognized request argument supplied: max_completion_tokens (Azure, older versions)
//	{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],…}]} (Mistral)
func unsupported(text string, e *llm.Error) bool {
	if e.Kind != llm.KindInvalid || !strings.Contains(text, "max_completion_tokens") {
		return false
	}
	if e.Code != llm.CodeUnsupportedParameter && !contains(strings.ToLower(text), "unsupported", "not supported", "unrecognized", "unknown", "forbidden", "not permitted", "unexpected") {
		return false
	}
	e.Code = llm.CodeUnsupportedParameter
	if e.Param != "max_tokens" {
		e.Param = "max_completion_tokens"
	}
	return true
}

// overflows recognises a prompt that is longer than the model can read. OpenAI
// has a code for it, llama.cpp a type; other servers only have words:
//
//	This model's maximum context length is 4096 tokens. However, … (OpenAI, vLLM, OpenRouter)
//	Your input exceeds the context window of this model. (OpenAI)
//	the request exceeds the available context size (llama.cpp)
//	The decoder prompt (length 5000) is longer than the maximum model length of 4096. (vLLM)
//	Please reduce the length of the messages or completion. (Groq)
//	This model's maximum prompt length is 131072 but the request contains 537812 tokens (xAI)
//	The input (5000 tokens) is longer than the model's context length (4096 tokens). (Together AI)
//	Prompt contains 40000 tokens …, too large for model with 32768 maximum context length (Mistral)
//	prompt token count of 70000 exceeds the limit of 64000 (GitHub Copilot)
//	Your request exceeded model token limit: 262144 (Kimi)
//	tokens to keep from the initial prompt is greater than the context length (LM Studio)
func overflows(words []string, text, param string) bool {
	for _, w := range words {
		switch w {
		case "context_length_exceeded", "exceed_context_size_error", "model_context_window_exceeded":
			return true
		case "string_above_max_length":
			// It is said of names and ids too, which are no prompt.
			return saysPrompt(param)
		case "rate_limit_exceeded": // Groq says 413 to more tokens than a minute has
			return false
		}
	}
	return contains(text,
		"maximum context length", "exceeds the context window", "exceeds the available context size",
		"maximum model length", "reduce the length of the messages", "maximum prompt length is",
		"longer than the model's context length", "exceeded model token limit",
		"greater than the context length", "context window exceeds limit", "maximum allowed input length",
		"context length exceeded", "prompt is too long", "prompt too long", "input is too long", "exceeds the maximum number of tokens",
		"input length exceeds the context length") ||
		contains(text, "token count of") && contains(text, "exceeds the limit of")
}

// saysPrompt reports whether a field holds what is said to the model.
func saysPrompt(param string) bool {
	if strings.Contains(param, ".content") {
		return true
	}
	switch param[strings.LastIndexByte(param, '.')+1:] {
	case "input", "prompt", "instructions", "output", "arguments", "text":
		return true
	}
	return false
}

// forbidden recognises what a provider's rules do not allow. The codes are
// OpenAI's, Azure's, and those of Alibaba and Zhipu; DeepSeek, xAI and
// OpenRouter have words only.
func forbidden(words []string, text string) bool {
	for _, w := range words {
		switch w {
		case "content_filter", "content_policy_violation", "image_content_policy_violation", "moderation_blocked",
			"ResponsibleAIPolicyViolation", "bio_policy", "cyber_policy", "misalignment_policy_violation",
			"data_inspection_failed", "DataInspectionFailed", "1301":
			return true
		}
	}
	return contains(text,
		"content management policy", "flagged as potentially violating", "was rejected as a result of our safety system",
		"rejected by the safety system", "content exists risk", "content violates usage guidelines", "input was flagged",
		"content filtering policy")
}

func contains(text string, phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// clientCode is the code of an error in OpenAI's vocabulary: by these, clients
// shorten a conversation or give up asking.
func clientCode(e *llm.Error) string {
	switch e.Kind {
	case llm.KindContextLength:
		return "context_length_exceeded"
	case llm.KindContentPolicy:
		if forbidden([]string{e.Code}, "") {
			return e.Code
		}
		return "content_filter"
	}
	return e.Code
}
