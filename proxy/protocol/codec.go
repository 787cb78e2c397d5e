// Package protocol is the table of wire dialects. A Codec knows one dialect
// and none of the others; everything that depends on a dialect's words goes
// through this interface.
package protocol

import (
	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/anthropic"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/openai"
)

// Codec reads and writes one dialect.
type Codec interface {
	// Dialect names the codec.
	Dialect() llm.Dialect
	// Check refuses a request that no provider could serve.
	Check(op llm.Operation, b *body.Body) *llm.Error
	// AskForUsage edits a streaming request so that the stream will report
	// usage, and says whether the client had not asked for that itself.
	AskForUsage(op llm.Operation, b *body.Body) (added bool, err error)
	// ObserveFrame reads one event's data into o and says what the event was.
	ObserveFrame(data []byte, o *llm.Observation) llm.Sighting
	// ObserveBody reads a complete answer into o.
	ObserveBody(text []byte, o *llm.Observation)
	// DecodeError turns an upstream error answer into an error.
	DecodeError(status int, text []byte) *llm.Error
	// EncodeError renders an error as the dialect's error answer.
	EncodeError(e *llm.Error, requestID string) []byte
	// EncodeErrorEvent renders an error as a whole frame for a stream that is
	// already under way.
	EncodeErrorEvent(e *llm.Error) []byte
	// EncodeModels renders the list of models.
	EncodeModels(models []llm.Model) []byte
	// EncodeModel renders one model.
	EncodeModel(m llm.Model) []byte
}

// For returns the codec of a dialect, or nil.
func For(d llm.Dialect) Codec {
	switch d {
	case llm.OpenAI:
		return openai.Codec{}
	case llm.Anthropic:
		return anthropic.Codec{}
	}
	return nil
}
