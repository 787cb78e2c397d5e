package openai

import (
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// readUsage splits OpenAI's counts into classes that do not overlap:
// prompt_tokens includes what was cached, completion_tokens what was reasoned.
// The other names are those of compatible servers: prompt_cache_hit_tokens
// (DeepSeek), cached_tokens (Kimi), cache_creation_… and cache_read_…
// (Anthropic's models behind gateways).
func readUsage(v gjson.Result) llm.Usage {
	var prompt, output, total, read, write, reasoning, beside int64
	v.ForEach(func(name, n gjson.Result) bool {
		switch name.Str {
		case "prompt_tokens":
			prompt = n.Int()
		case "completion_tokens":
			output = n.Int()
		case "total_tokens":
			total = n.Int()
		case "prompt_cache_hit_tokens", "cached_tokens":
			read = max(read, n.Int())
		case "cache_read_input_tokens":
			read, beside = max(read, n.Int()), beside+max(0, n.Int())
		case "cache_creation_input_tokens":
			write, beside = max(write, n.Int()), beside+max(0, n.Int())
		case "prompt_tokens_details":
			read = max(read, n.Get("cached_tokens").Int())
			write = max(write, n.Get("cache_write_tokens").Int(), n.Get("cache_creation_tokens").Int())
		case "completion_tokens_details":
			reasoning = n.Get("reasoning_tokens").Int()
		}
		return true
	})
	if beside > prompt { // Anthropic's names with Anthropic's meaning: they are no part of the prompt
		prompt += beside
		if total < prompt { // nor of the total
			total += beside
		}
	}
	output, reasoning = max(0, output), max(0, reasoning)
	// xAI counts reasoning beside completion_tokens, and Gemini's compatible
	// endpoint only in the total; elsewhere it is a part of completion_tokens.
	switch hidden := total - max(0, prompt) - output; {
	case hidden <= 0:
	case reasoning == hidden:
		output += hidden
	case output == 0:
		output = hidden
	case reasoning == 0 && read == 0 && write == 0:
		output, reasoning = output+hidden, hidden
	}
	u := llm.Usage{CacheRead: max(0, read), CacheWrite: max(0, write), Output: output, Reasoning: min(reasoning, output)}
	u.Input = max(0, prompt-u.CacheRead-u.CacheWrite)
	return u
}

func writeUsage(w *writer, u llm.Usage) {
	w.open('{')
	w.field("prompt_tokens").int(u.Prompt())
	w.field("completion_tokens").int(u.Output)
	w.field("total_tokens").int(u.Total())
	w.field("prompt_tokens_details").open('{')
	w.field("cached_tokens").int(u.CacheRead)
	if u.CacheWrite > 0 {
		w.field("cache_write_tokens").int(u.CacheWrite)
	}
	w.close('}')
	w.field("completion_tokens_details").open('{')
	w.field("reasoning_tokens").int(u.Reasoning)
	w.close('}')
	w.close('}')
}
