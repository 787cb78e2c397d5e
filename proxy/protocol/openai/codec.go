// Package openai speaks the OpenAI REST API: Chat Completions, the older
// Completions, Embeddings and Models, as documented in the OpenAI API reference
// and as its many compatible servers speak it.
package openai

import (
	"net/http"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Codec is the OpenAI dialect.
type Codec struct{}

// Dialect names the codec.
func (Codec) Dialect() llm.Dialect { return llm.OpenAI }

// Check holds a request to the fields without which nothing can be answered.
func (Codec) Check(op llm.Operation, b *body.Body) *llm.Error {
	switch op {
	case llm.Chat:
		if !b.NonEmptyArray("messages") {
			return missing("messages", "You must provide a messages array")
		}
	case llm.Embeddings:
		switch input := b.Raw("input"); {
		case input == nil || string(input) == "null":
			return missing("input", "You must provide an input parameter")
		case input[0] != '"' && input[0] != '[':
			return &llm.Error{
				Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_parameter", Param: "input",
				Message: "Input must be a string or array of strings/token arrays", Source: llm.FromProxy,
			}
		}
	}
	return nil
}

func missing(param, message string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: param,
		Message: message, Source: llm.FromProxy,
	}
}

// AskForUsage sets stream_options.include_usage, without which a stream says
// nothing about tokens.
func (Codec) AskForUsage(op llm.Operation, b *body.Body) (bool, error) {
	if op != llm.Chat && op != llm.Completions || b.Get("stream_options").Get("include_usage").Bool() {
		return false, nil
	}
	return true, b.SetPath("stream_options.include_usage", true)
}

// Path is where a request goes. One that came as a prompt stays one.
func (Codec) Path(r *llm.Request) (path, query string) {
	if prompted(r) {
		return "/completions", ""
	}
	return "/chat/completions", ""
}

// Heartbeat is a comment, which no reader of events sees.
func (Codec) Heartbeat() []byte { return []byte(": heartbeat\n\n") }

// ToolNames is what OpenAI takes in a function's name (API reference, Create
// chat completion, tools). Some compatible servers take more, none takes less.
func (Codec) ToolNames() llm.NameRule { return llm.NameRule{Longest: 64} }
