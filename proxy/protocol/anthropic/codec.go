// Package anthropic speaks the Anthropic Messages API, as documented in
// Anthropic's API reference (Messages, Streaming Messages, Errors, Models).
package anthropic

import (
	"net/http"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Codec is the Anthropic dialect.
type Codec struct{}

// Dialect names the codec.
func (Codec) Dialect() llm.Dialect { return llm.Anthropic }

// Check holds a request to the fields without which nothing can be answered.
func (Codec) Check(_ llm.Operation, b *body.Body) *llm.Error {
	if !b.NonEmptyArray("messages") {
		return &llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: "messages",
			Message: "messages: at least one message is required", Source: llm.FromProxy,
		}
	}
	return nil
}

// AskForUsage has nothing to do: message_start and message_delta always carry
// usage.
func (Codec) AskForUsage(llm.Operation, *body.Body) (bool, error) { return false, nil }
