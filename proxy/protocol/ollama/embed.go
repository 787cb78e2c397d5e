package ollama

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// EmbedPath is where a request for vectors goes, below an endpoint's base URL.
func (Codec) EmbedPath(*llm.EmbedRequest) string { return "/api/embed" }

// DecodeEmbedRequest reads EmbedRequest, or its predecessor EmbeddingRequest, of
// api/types.go.
func (Codec) DecodeEmbedRequest(op llm.Operation, text []byte) (*llm.EmbedRequest, error) {
	v, err := parseRequest(text)
	if err != nil {
		return nil, err
	}
	input := "input"
	if op == llm.OllamaEmbeddings {
		input = "prompt"
	}
	r := &llm.EmbedRequest{Dialect: llm.Ollama}
	v.ForEach(func(key, value gjson.Result) bool {
		if !present(value) {
			return true
		}
		switch name := key.String(); name {
		case "model":
			err = word(name, value, &r.Model)
		case input:
			r.Input, err = words(name, value)
		case "dimensions":
			r.Dimensions, err = integer(name, value)
		case "truncate":
			cut := value.Bool()
			r.Truncate = &cut
		default:
			r.Extra = append(r.Extra, llm.Field{Name: name, Raw: json.RawMessage(value.Raw)})
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	if len(r.Input) == 0 {
		return nil, invalid(input, "is required")
	}
	return r, nil
}

// EncodeEmbedRequest renders EmbedRequest of api/types.go.
func (Codec) EncodeEmbedRequest(r *llm.EmbedRequest) (text []byte, dropped []string, err error) {
	if len(r.Tokens) > 0 {
		return nil, nil, invalid("input", "is a list of tokens, which only the model that they were made for can read: send texts")
	}
	var w writer
	w.open('{')
	w.text("model", r.Model)
	w.list("input")
	for _, s := range r.Input {
		w.item(s)
	}
	w.shut(']')
	if r.Truncate != nil {
		w.flag("truncate", *r.Truncate)
	}
	if r.Dimensions > 0 {
		w.number("dimensions", r.Dimensions)
	}
	for _, f := range r.Extra {
		if r.Dialect != llm.Ollama {
			dropped = append(dropped, f.Name)
			continue
		}
		w.next()
		w.b = append(appendString(w.b, f.Name), ':')
		w.b = append(w.b, f.Raw...)
	}
	w.shut('}')
	for _, f := range []struct {
		name string
		said bool
	}{{"task_type", r.Task != ""}, {"title", r.Title != ""}, {"user", r.User != ""}} {
		if f.said {
			dropped = append(dropped, f.name)
		}
	}
	slices.Sort(dropped)
	return w.b, slices.Compact(dropped), nil
}

// DecodeEmbedResponse reads EmbedResponse, or its predecessor EmbeddingResponse.
func (Codec) DecodeEmbedResponse(text []byte) (*llm.EmbedResponse, error) {
	var wire struct {
		Model           string          `json:"model"`
		Embeddings      [][]float64     `json:"embeddings"`
		Embedding       []float64       `json:"embedding"`
		PromptEvalCount int64           `json:"prompt_eval_count"`
		Error           json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(text, &wire); err != nil {
		return nil, unreadable("The provider's answer holds no vectors.")
	}
	if failure := gjson.ParseBytes(wire.Error); present(failure) {
		return nil, streamError(failure)
	}
	r := &llm.EmbedResponse{Model: wire.Model, Vectors: wire.Embeddings, Usage: llm.Usage{Input: max(0, wire.PromptEvalCount)}}
	if wire.Embedding != nil {
		r.Vectors = append(r.Vectors, wire.Embedding)
	}
	if len(r.Vectors) == 0 {
		return nil, unreadable("The provider's answer holds no vectors.")
	}
	return r, nil
}

// EncodeEmbedResponse renders EmbedResponse, or for the older operation
// EmbeddingResponse, which has place for one vector.
func (Codec) EncodeEmbedResponse(op llm.Operation, r *llm.EmbedResponse, asked *llm.EmbedRequest) ([]byte, error) {
	if len(r.Vectors) == 0 {
		return nil, unreadable("The provider's answer holds no vectors.")
	}
	var w writer
	w.open('{')
	if op == llm.OllamaEmbeddings {
		w.vector("embedding", r.Vectors[0])
		w.shut('}')
		return w.b, nil
	}
	model := r.Model
	if model == "" && asked != nil {
		model = asked.Model
	}
	w.text("model", model)
	w.list("embeddings")
	for _, v := range r.Vectors {
		w.vector("", v)
	}
	w.shut(']')
	var arrived time.Time
	if asked != nil {
		arrived = asked.Arrived
	}
	w.number("total_duration", int64(since(arrived, time.Time{}).total))
	w.number("load_duration", 0)
	w.number("prompt_eval_count", r.Usage.Prompt())
	w.shut('}')
	return w.b, nil
}

// vector renders a vector as a member, or without a name as an element.
func (w *writer) vector(name string, v []float64) {
	if name == "" {
		w.open('[')
	} else {
		w.list(name)
	}
	for _, x := range v {
		w.next()
		w.value(x)
	}
	w.shut(']')
}
