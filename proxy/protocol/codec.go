// Package protocol is the table of wire dialects. A Codec knows one dialect
// and none of the others; everything that depends on a dialect's words goes
// through this interface.
package protocol

import (
	"iter"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/anthropic"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/gemini"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/ollama"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/openai"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/responses"
)

// Codec reads and writes one dialect.
type Codec interface {
	Observer
	Renderer
	Translator
}

// Observer is what a request needs that is passed on as it came.
type Observer interface {
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
}

// Renderer is what the proxy says itself.
type Renderer interface {
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

// Translator is what a request needs whose client and provider speak
// different dialects: each side decodes into, or encodes from, the neutral
// form.
type Translator interface {
	// ToolNames says which names of tools its providers take.
	ToolNames() llm.NameRule
	// Path is where a request goes, below an endpoint's base URL.
	Path(r *llm.Request) (path, query string)
	// DecodeRequest reads what a client asks. Errors are *llm.Error.
	DecodeRequest(op llm.Operation, text []byte) (*llm.Request, error)
	// EncodeRequest renders a request for a provider, and names what the
	// dialect cannot say and the answer can do without. What it cannot do
	// without is an *llm.Error of the kind invalid_request.
	EncodeRequest(r *llm.Request) (text []byte, dropped []string, err error)
	// DecodeResponse reads a provider's whole answer. Errors are *llm.Error.
	DecodeResponse(text []byte) (*llm.Response, error)
	// EncodeResponse renders a whole answer for the client who asked.
	EncodeResponse(op llm.Operation, r *llm.Response, asked *llm.Request) ([]byte, error)
	// DecodeStream reads a provider's stream, given the data of its events,
	// each valid until the next is asked for. An error of data is passed on.
	DecodeStream(data iter.Seq2[[]byte, error]) llm.Stream
	// EncodeStream renders a stream for the client who asked, as frames ready
	// for the wire, each valid until the next is asked for. An error of s is
	// the last thing yielded, beside the frame that tells the client of it.
	EncodeStream(op llm.Operation, s llm.Stream, asked *llm.Request) iter.Seq2[[]byte, error]
	// Heartbeat is a frame that keeps a silent stream alive, or nil.
	Heartbeat() []byte
}

// Embedder translates requests for vectors, in the dialects that have them.
type Embedder interface {
	// EmbedPath is where a request goes, below an endpoint's base URL.
	EmbedPath(r *llm.EmbedRequest) string
	// DecodeEmbedRequest reads what a client asks. Errors are *llm.Error.
	DecodeEmbedRequest(op llm.Operation, text []byte) (*llm.EmbedRequest, error)
	// EncodeEmbedRequest renders a request for a provider, and names what the
	// dialect cannot say.
	EncodeEmbedRequest(r *llm.EmbedRequest) (text []byte, dropped []string, err error)
	// DecodeEmbedResponse reads a provider's answer.
	DecodeEmbedResponse(text []byte) (*llm.EmbedResponse, error)
	// EncodeEmbedResponse renders an answer for the client who asked.
	EncodeEmbedResponse(op llm.Operation, r *llm.EmbedResponse, asked *llm.EmbedRequest) ([]byte, error)
}

// For returns the codec of a dialect, or nil. What only passes through is
// spoken about in OpenAI's words.
func For(d llm.Dialect) Codec {
	switch d {
	case llm.OpenAI, llm.Raw:
		return openai.Codec{}
	case llm.Responses:
		return responses.Codec{}
	case llm.Anthropic:
		return anthropic.Codec{}
	case llm.Gemini:
		return gemini.Codec{}
	case llm.Ollama:
		return ollama.Codec{}
	}
	return nil
}

// EmbedderFor returns the codec of a dialect that knows vectors, or nil.
func EmbedderFor(d llm.Dialect) Embedder {
	e, _ := For(d).(Embedder)
	return e
}

// Counter asks and answers how many tokens a prompt has, in the dialects that
// can.
type Counter interface {
	// EncodeCount answers a client.
	EncodeCount(tokens int64) []byte
	// CountPath is where a provider is asked, below an endpoint's base URL.
	CountPath(r *llm.Request) string
	// CountFields are the members of a request that the question consists of,
	// in CountWithin unless that is empty.
	CountFields() []string
	CountWithin() string
	// DecodeCount reads a provider's answer; false when it is none.
	DecodeCount(text []byte) (tokens int64, ok bool)
}

// CounterFor returns the codec of a dialect that can be asked for a count, or
// nil.
func CounterFor(d llm.Dialect) Counter {
	c, _ := For(d).(Counter)
	return c
}

// JSONArray turns the frames of a Gemini stream into one JSON array.
func JSONArray(frames iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return gemini.ArrayFrames(frames)
}

// OllamaLoad answers a request to an Ollama server that asks nothing of a model
// but to be loaded; nil for every other.
func OllamaLoad(op llm.Operation, b *body.Body, now time.Time) []byte { return ollama.Load(op, b, now) }

// OllamaVersion answers Ollama's GET /api/version.
func OllamaVersion() []byte { return ollama.Version() }

// OllamaRunning answers Ollama's GET /api/ps.
func OllamaRunning(models []llm.Model) []byte { return ollama.Running(models) }

// LMStudioModels answers LM Studio's GET /api/v0/models.
func LMStudioModels(models []llm.Model) []byte { return openai.LMStudioModels(models) }
