// Package gemini speaks the Gemini API of Google AI Studio and Vertex AI:
// models.generateContent and models.streamGenerateContent, as the API
// reference at ai.google.dev/api/generate-content documents them.
package gemini

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Codec is the Gemini dialect.
type Codec struct{}

// Dialect names the codec.
func (Codec) Dialect() llm.Dialect { return llm.Gemini }

// Check holds a request to the one field without which nothing can be
// answered.
func (Codec) Check(op llm.Operation, b *body.Body) *llm.Error {
	if op == llm.Generate && !b.NonEmptyArray("contents") {
		return noContents()
	}
	return nil
}

func noContents() *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: "contents",
		Message: "contents is not specified: send at least one turn", Source: llm.FromProxy,
	}
}

// AskForUsage has nothing to ask for: every chunk of a stream says what it
// has cost so far.
func (Codec) AskForUsage(llm.Operation, *body.Body) (bool, error) { return false, nil }

// Path names the model and the method. A base URL ends before "/models", so
// that one ending in "/publishers/google" is Vertex AI.
func (Codec) Path(r *llm.Request) (path, query string) {
	method := ":generateContent"
	if r.Stream {
		// Without alt=sse the stream is one long JSON array.
		method, query = ":streamGenerateContent", "alt=sse"
	}
	segments := strings.Split(strings.Trim(r.Model, "/"), "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	switch segments[0] {
	case "models", "tunedModels", "publishers", "projects", "endpoints":
	default:
		segments = append([]string{"models"}, segments...)
	}
	return "/" + strings.Join(segments, "/") + method, query
}

// Heartbeat is nil: Google's own client for Go takes a comment line for a
// broken chunk, and there is no event that means nothing.
func (Codec) Heartbeat() []byte { return nil }

// ToolNames is what Google takes in a function's name (API reference,
// FunctionDeclaration), here and on Vertex AI. A call and its result are
// documented with less, and get what the declaration has.
func (Codec) ToolNames() llm.NameRule { return llm.NameRule{Longest: 64, Also: ".", Letter: true} }
