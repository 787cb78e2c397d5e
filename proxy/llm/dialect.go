// Package llm is the proxy's own vocabulary: the words every other room uses
// when it speaks about a request to a language model. It is pure data and
// imports nothing of ours.
package llm

// Dialect names a wire protocol spoken by clients and providers.
type Dialect string

// The dialects the proxy understands.
const (
	// OpenAI is the OpenAI REST API: Chat Completions, Embeddings, Models.
	OpenAI Dialect = "openai"
	// Anthropic is the Anthropic Messages API.
	Anthropic Dialect = "anthropic"
)
