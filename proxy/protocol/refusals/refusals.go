// Package refusals knows by what codes and words the many servers with OpenAI's
// errors say that a prompt is too long, or not allowed.
package refusals

import "strings"

// Overflow recognises a prompt that is longer than the model can read, by the
// words an error is classed by, its text in lower case, and the field it names.
// OpenAI has a code for it, llama.cpp a type; other servers only have words:
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
func Overflow(words []string, text, param string) bool {
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
	return Contains(text,
		"maximum context length", "exceeds the context window", "exceeds the available context size",
		"maximum model length", "reduce the length of the messages", "maximum prompt length is",
		"longer than the model's context length", "exceeded model token limit",
		"greater than the context length", "context window exceeds limit", "maximum allowed input length",
		"context length exceeded", "prompt is too long", "prompt too long", "input is too long", "exceeds the maximum number of tokens",
		"input length exceeds the context length") ||
		Contains(text, "token count of") && Contains(text, "exceeds the limit of")
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

// Forbidden recognises what a provider's rules do not allow, likewise. The codes
// are OpenAI's, Azure's, and those of Alibaba and Zhipu; DeepSeek, xAI and
// OpenRouter have words only.
func Forbidden(words []string, text string) bool {
	for _, w := range words {
		switch w {
		case "content_filter", "content_policy_violation", "image_content_policy_violation", "moderation_blocked",
			"ResponsibleAIPolicyViolation", "bio_policy", "cyber_policy", "misalignment_policy_violation",
			"data_inspection_failed", "DataInspectionFailed", "1301":
			return true
		}
	}
	return Contains(text,
		"content management policy", "flagged as potentially violating", "was rejected as a result of our safety system",
		"rejected by the safety system", "content exists risk", "content violates usage guidelines", "input was flagged",
		"content filtering policy")
}

// Contains reports whether a text has one of some phrases in it.
func Contains(text string, phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}
