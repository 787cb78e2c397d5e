package responses

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
	case llm.KindInvalid, llm.KindNotFound, llm.KindTooLarge, llm.KindServer, llm.KindStream, llm.KindPermission:
	default:
		return
	}
	if gone(e) || e.Kind == llm.KindNotFound {
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

// gone recognises what a provider no longer knows, and gives it a code:
//
//	Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. … (OpenAI)
//	Previous response with id 'resp_1' not found. (OpenAI, with its code)
//	Response with id 'resp_1' not found. (vLLM)
func gone(e *llm.Error) bool {
	switch {
	case e.Code == llm.CodePreviousNotFound:
	case !strings.Contains(e.Message, "' not found"):
		return false
	case strings.HasPrefix(e.Message, "Item with id '"):
		e.Code = llm.CodeItemNotFound
	case strings.HasPrefix(e.Message, "Previous response with id '"), strings.HasPrefix(e.Message, "Response with id '"):
		e.Code = llm.CodePreviousNotFound
	default:
		return false
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
		return "invalid_prompt"
	}
	return e.Code
}
