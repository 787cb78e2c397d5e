package llm

import "time"

// The operations that embed, beside Embeddings.
const (
	OllamaEmbed      Operation = "ollama_embed"      // POST /api/embed
	OllamaEmbeddings Operation = "ollama_embeddings" // POST /api/embeddings, its predecessor with one vector an answer
	GeminiEmbed      Operation = "embed_content"     // POST /v1beta/models/{model}:embedContent, with one vector an answer
	GeminiEmbedBatch Operation = "batch_embed_contents"
)

// Embeds reports whether the operation asks for vectors, so that any dialect
// that has them can say it.
func (o Operation) Embeds() bool {
	switch o {
	case Embeddings, OllamaEmbed, OllamaEmbeddings, GeminiEmbed, GeminiEmbedBatch:
		return true
	}
	return false
}

// EmbedRequest asks a model for the vectors of texts, in no dialect.
type EmbedRequest struct {
	Model string
	Input []string
	// Tokens holds the inputs instead of Input where a client sends them as
	// the model's own tokens. Only that model's dialect can say them.
	Tokens [][]int64
	// Dimensions is how long each vector is to be; 0 is the model's own length.
	Dimensions int64
	// Base64 asks for vectors as base64 of little-endian 32-bit floats.
	Base64 bool
	// Task is what the vectors are for, and Title that of the document that is
	// embedded, in the words of the Gemini API ("RETRIEVAL_QUERY", …).
	Task, Title string
	// Truncate says what happens to an input that is too long: it is cut (true)
	// or refused (false); nil is the provider's own default.
	Truncate *bool
	User     string // who asks, as an opaque name
	// Arrived is when the client asked, as in Request.
	Arrived time.Time

	// Extra holds the top-level fields that there is no other place for, as
	// the client's dialect has them. Another dialect cannot say them.
	Extra   []Field
	Dialect Dialect // the client's
}

// EmbedResponse is one vector for each input, in the order of the inputs.
type EmbedResponse struct {
	Model   string
	Vectors [][]float64
	Usage   Usage
}
