package openai

import (
	"slices"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// answersFirst puts the results of tools directly behind the calls that they
// answer. Servers refuse a request in which anything stands between them;
// clients of other dialects may let a word of the user's, or an instruction, go
// before a result.
func answersFirst(messages []llm.Message) []llm.Message {
	ours := false // messages is no longer the client's
	for i := 0; i < len(messages); {
		if !calls(&messages[i]) {
			i++
			continue
		}
		from := i + 1
		for i = from; i < len(messages) && (messages[i].Role != llm.RoleAssistant || thinks(&messages[i])); {
			i++
		}
		if slices.IsSortedFunc(messages[from:i], byResult) {
			continue
		}
		if !ours {
			messages, ours = slices.Clone(messages), true
		}
		slices.SortStableFunc(messages[from:i], byResult)
	}
	return messages
}

// calls reports whether a message calls tools.
func calls(m *llm.Message) bool {
	return m.Role == llm.RoleAssistant && slices.ContainsFunc(m.Parts, func(p llm.Part) bool {
		_, ok := p.(*llm.ToolCall)
		return ok
	})
}

// thinks reports whether a message holds nothing but what was thought, which may
// stand between the results of several calls.
func thinks(m *llm.Message) bool {
	return !slices.ContainsFunc(m.Parts, func(p llm.Part) bool {
		_, ok := p.(*llm.Reasoning)
		return !ok
	})
}

func byResult(a, b llm.Message) int {
	place := func(m llm.Message) int {
		if m.Role == llm.RoleTool {
			return 0
		}
		return 1
	}
	return place(a) - place(b)
}
