package ollama

import (
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// EncodeError renders {"error": "…"} (docs/api/errors.mdx). Source is ours: it
// tells a reader whether the proxy or the provider is speaking.
func (Codec) EncodeError(e *llm.Error, _ string) []byte {
	var w writer
	w.open('{')
	w.text("error", e.Message)
	w.text("source", string(e.Source))
	w.shut('}')
	return w.b
}

// EncodeErrorEvent renders the error as a line of the stream.
func (c Codec) EncodeErrorEvent(e *llm.Error) []byte { return append(c.EncodeError(e, ""), '\n') }

// DecodeError reads {"error": "…"}, what gateways in front of a server say, or
// plain text.
func (Codec) DecodeError(status int, text []byte) *llm.Error {
	e := &llm.Error{Kind: llm.KindOf(status), Status: status, Source: llm.FromUpstream}
	if v := gjson.ParseBytes(text); v.IsObject() {
		e.Message = firstText(v.Get("error"), v.Get("error.message"), v.Get("message"), v.Get("detail"))
	} else if s := strings.TrimSpace(string(text)); s != "" && len(s) < 300 && !strings.HasPrefix(s, "<") {
		e.Message = s
	}
	if e.Message == "" {
		e.Message = llm.Wordless(status)
	}
	classify(e)
	if status == http.StatusNotFound && strings.HasPrefix(e.Message, "model ") {
		e.Code = "model_not_found"
	}
	return e
}

// streamError reads an error where an answer should be, which says nothing but
// a text (docs/api/errors.mdx, Errors that occur while streaming).
func streamError(v gjson.Result) *llm.Error {
	e := &llm.Error{Kind: llm.KindStream, Status: http.StatusBadGateway, Source: llm.FromUpstream}
	if e.Message = firstText(v, v.Get("message")); e.Message == "" {
		e.Message = "The provider reported an error in its stream without saying why."
	}
	classify(e)
	return e
}

// classify recognises a prompt that is longer than the model can read. Ollama
// says so in words of its own, or in those of llama.cpp, with which it runs
// models:
//
//	the input length exceeds the context length
//	prompt too long; exceeded max context length by 12 tokens
//	the request exceeds the available context size, try increasing it
//
// Its cloud's models may be forbidden something.
func classify(e *llm.Error) {
	switch e.Kind {
	case llm.KindInvalid, llm.KindTooLarge, llm.KindServer, llm.KindStream:
	default:
		return
	}
	text := strings.ToLower(e.Message)
	for _, phrase := range []string{
		"exceeds the context length", "exceeds maximum context length", "exceeded max context length",
		"exceeds the available context size", "exceed_context_size_error", "maximum context length", "prompt is too long",
	} {
		if strings.Contains(text, phrase) {
			e.Reclassify(llm.KindContextLength)
			return
		}
	}
	if strings.Contains(text, "content filter") || strings.Contains(text, "content policy") {
		e.Reclassify(llm.KindContentPolicy)
	}
}

// firstText is the first of the values that says something.
func firstText(values ...gjson.Result) string {
	for _, v := range values {
		if v.Type == gjson.String && v.Str != "" {
			return v.Str
		}
	}
	return ""
}

// interrupted is a stream that ends without its last line.
func interrupted() *llm.Error {
	return &llm.Error{
		Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_interrupted",
		Message: "The provider's stream ended before the answer was complete.", Source: llm.FromUpstream,
	}
}
