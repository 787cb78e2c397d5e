// Package ollama speaks the API of an Ollama server (docs/api.md and api/types.go
// of ollama/ollama, as of version 0.17): /api/chat, /api/generate, /api/embed, and
// what clients ask about models.
package ollama

import (
	"net/http"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Codec is the Ollama dialect.
type Codec struct{}

// Dialect names the codec.
func (Codec) Dialect() llm.Dialect { return llm.Ollama }

// Check holds a request to the little without which nothing can be answered. A
// request without messages or prompt is a request to load the model (see Load).
func (Codec) Check(op llm.Operation, b *body.Body) *llm.Error {
	if op != llm.OllamaChat {
		return nil
	}
	raw := b.Raw("messages")
	if len(raw) > 0 && raw[0] != '[' && string(raw) != "null" {
		return invalid("messages", "must be a list of messages")
	}
	return nil
}

// AskForUsage has nothing to do: the last line of a stream always counts tokens.
func (Codec) AskForUsage(llm.Operation, *body.Body) (bool, error) { return false, nil }

// Path is where a request goes: what only /api/generate can say goes there,
// everything else to /api/chat.
func (Codec) Path(r *llm.Request) (path, query string) {
	if generates(r) {
		return "/api/generate", ""
	}
	return "/api/chat", ""
}

// generates reports whether a request has what /api/chat has no words for.
func generates(r *llm.Request) bool {
	if r.Suffix != "" {
		return true
	}
	for _, f := range r.Extra {
		if r.Dialect == llm.Ollama && (f.Name == "raw" || f.Name == "template" || f.Name == "context") {
			return true
		}
	}
	return false
}

// Heartbeat is nil: the dialect has no line that means nothing.
func (Codec) Heartbeat() []byte { return nil }

// invalid is a refusal of what a client asks. The clients of this dialect read
// nothing but the text, so that the path stands there too.
func invalid(param, message string) *llm.Error {
	if param != "" {
		message = param + " " + message
	}
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_request", Param: param,
		Message: message, Source: llm.FromProxy,
	}
}

// unreadable says that a provider's answer is none.
func unreadable(message string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "invalid_response",
		Message: message, Source: llm.FromUpstream,
	}
}

// present reports whether a member is there and not null.
func present(v gjson.Result) bool { return v.Exists() && v.Type != gjson.Null }

// ToolNames lets every name through: Ollama writes them into the prompt.
func (Codec) ToolNames() llm.NameRule { return llm.NameRule{} }
