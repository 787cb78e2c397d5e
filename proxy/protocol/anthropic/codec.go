// Package anthropic speaks the Anthropic Messages API, as documented in
// Anthropic's API reference (Messages, Streaming Messages, Errors, Models).
package anthropic

import (
	"fmt"
	"net/http"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Codec is the Anthropic dialect.
type Codec struct{}

// Dialect names the codec.
func (Codec) Dialect() llm.Dialect { return llm.Anthropic }

// Path is the one path of the Messages API, streamed or not.
func (Codec) Path(*llm.Request) (path, query string) { return "/messages", "" }

// Check holds a request to the fields without which nothing can be answered.
func (Codec) Check(_ llm.Operation, b *body.Body) *llm.Error {
	if !b.NonEmptyArray("messages") {
		return noMessages()
	}
	return nil
}

// AskForUsage has nothing to do: message_start and message_delta always carry
// usage.
func (Codec) AskForUsage(llm.Operation, *body.Body) (bool, error) { return false, nil }

// Heartbeat is the ping event, which may come anywhere in a stream.
func (Codec) Heartbeat() []byte { return []byte("event: ping\ndata: {\"type\": \"ping\"}\n\n") }

func noMessages() *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: "messages",
		Message: "messages: at least one message is required", Source: llm.FromProxy,
	}
}

// invalid is a request that cannot mean anything, or asks for what the Messages
// API does not have and the answer needs.
func invalid(param, format string, args ...any) *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_request_error", Param: param,
		Message: param + ": " + fmt.Sprintf(format, args...), Source: llm.FromProxy,
	}
}

// ToolNames is what the Messages API takes in a tool's name:
// ^[a-zA-Z0-9_-]{1,128}$ (API reference, Create a message, tools).
func (Codec) ToolNames() llm.NameRule { return llm.NameRule{Longest: longestName} }

const longestName = 128
