package openai

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/refusals"
)

// classify looks closer at an error that is the request's own fault, or seems
// to be the server's. A refusal by too many requests or for want of a key is
// what its status says, whatever words it uses.
func classify(v gjson.Result, e *llm.Error) {
	if inner := v.Get("error"); inner.IsObject() {
		v = inner
	}
	switch e.Kind {
	case llm.KindInvalid, llm.KindTooLarge, llm.KindServer, llm.KindStream, llm.KindPermission:
	default:
		return
	}
	if unsupported(v.Raw, e) {
		return
	}
	words := []string{e.Code, v.Get("type").String(), v.Get("innererror.code").String()}
	text := strings.ToLower(e.Message)
	switch {
	case refusals.Forbidden(words, text):
		e.Reclassify(llm.KindContentPolicy)
	case e.Kind != llm.KindPermission && refusals.Overflow(words, text, e.Param):
		e.Reclassify(llm.KindContextLength)
	}
}

// unsupported recognises a server that does not take one of the two names that
// the bound of an answer has, and says so without OpenAI's code:
//
//	Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. (OpenAI, Azure)
//	Unrecognized request argument supplied: max_completion_tokens (Azure, older versions)
//	{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],…}]} (Mistral)
func unsupported(text string, e *llm.Error) bool {
	if e.Kind != llm.KindInvalid || !strings.Contains(text, "max_completion_tokens") {
		return false
	}
	if e.Code != llm.CodeUnsupportedParameter && !refusals.Contains(strings.ToLower(text), "unsupported", "not supported", "unrecognized", "unknown", "forbidden", "not permitted", "unexpected") {
		return false
	}
	e.Code = llm.CodeUnsupportedParameter
	if e.Param != "max_tokens" {
		e.Param = "max_completion_tokens"
	}
	return true
}

// clientCode is the code of an error in OpenAI's vocabulary: by these, clients
// shorten a conversation or give up asking.
func clientCode(e *llm.Error) string {
	switch e.Kind {
	case llm.KindContextLength:
		return "context_length_exceeded"
	case llm.KindContentPolicy:
		if refusals.Forbidden([]string{e.Code}, "") {
			return e.Code
		}
		return "content_filter"
	}
	return e.Code
}
