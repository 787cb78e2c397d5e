// Package responses speaks the OpenAI Responses API, as documented in OpenAI's
// API reference (Responses, Streaming events) and typed in its official SDKs.
//
// What the dialect says in its own way, and how it is carried here:
//
//   - Consecutive items of the assistant are one message of the neutral form;
//     ids of messages and calls are not kept, because a provider takes the items
//     without them and refuses ids that it does not know.
//   - A reasoning item becomes at most two parts of the same ID: its summary,
//     then its raw text. The last one holds the seal, which is encrypted_content.
//   - Toward a client, the thinking of providers of other dialects is shown as
//     summary, because that is what clients of this dialect show, and its seal is
//     carried in encrypted_content (llm.Seal.Wrap). A seal that belongs to a tool
//     call or a text follows it in a reasoning item of its own (see rider).
//   - Tools in a namespace are functions called NAMESPACE__NAME for everybody
//     else; calls get their namespace back on their way to the client.
package responses

import (
	"fmt"
	"net/http"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Codec is the Responses dialect.
type Codec struct{}

// Dialect names the codec.
func (Codec) Dialect() llm.Dialect { return llm.Responses }

// Path is the one path of the API, streamed or not.
func (Codec) Path(*llm.Request) (path, query string) { return "/responses", "" }

// Check holds a request to the fields without which nothing can be answered.
// State may stand in for the input (API reference, Create a model response).
func (Codec) Check(_ llm.Operation, b *body.Body) *llm.Error {
	for _, name := range []string{"input", "previous_response_id", "conversation", "prompt"} {
		if raw := b.Raw(name); raw != nil && string(raw) != "null" {
			return nil
		}
	}
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_required_parameter", Param: "input",
		Message: "Missing required parameter: one of 'input', 'previous_response_id', 'conversation' or 'prompt' must be given.",
		Source:  llm.FromProxy,
	}
}

// AskForUsage has nothing to do: the last event of a stream always carries the
// usage.
func (Codec) AskForUsage(llm.Operation, *body.Body) (bool, error) { return false, nil }

// Heartbeat is a comment: the dialect has no event that means nothing.
func (Codec) Heartbeat() []byte { return []byte(": keep-alive\n\n") }

// invalid is a request that cannot mean anything, or asks for what this dialect
// does not have and the answer needs.
func invalid(param, format string, args ...any) *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_value", Param: param,
		Message: fmt.Sprintf(format, args...), Source: llm.FromProxy,
	}
}

// ToolNames is what OpenAI takes in a function's name (API reference, Create a
// model response, tools).
func (Codec) ToolNames() llm.NameRule { return llm.NameRule{Longest: 64} }
