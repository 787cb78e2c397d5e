package anthropic

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// statusOverloaded is Anthropic's own status for a provider that is too busy.
const statusOverloaded = 529

// errorType names a kind in Anthropic's vocabulary.
func errorType(k llm.Kind) string {
	switch k {
	case llm.KindInvalid, llm.KindSignature, llm.KindContextLength, llm.KindContentPolicy:
		return "invalid_request_error"
	case llm.KindTooLarge:
		return "request_too_large"
	case llm.KindAuth:
		return "authentication_error"
	case llm.KindPermission:
		return "permission_error"
	case llm.KindNotFound:
		return "not_found_error"
	case llm.KindRateLimit:
		return "rate_limit_error"
	case llm.KindOverloaded:
		return "overloaded_error"
	case llm.KindTimeout:
		return "timeout_error"
	}
	return "api_error"
}

// encode renders the error object. Its source is ours: it tells a reader
// whether the proxy or the provider is speaking.
func encode(e *llm.Error, requestID string) []byte {
	var w writer
	w.typed("error")
	w.object("error")
	w.text("type", errorType(e.Kind))
	w.text("message", clientMessage(e))
	w.text("source", string(e.Source))
	w.shut('}')
	w.some("request_id", requestID)
	w.shut('}')
	return w.buf
}

// EncodeError renders {"type":"error","error":{...}}.
func (Codec) EncodeError(e *llm.Error, requestID string) []byte { return encode(e, requestID) }

// EncodeErrorEvent renders the error as the protocol's error event.
func (Codec) EncodeErrorEvent(e *llm.Error) []byte {
	return append(append([]byte("event: error\ndata: "), encode(e, "")...), "\n\n"...)
}

// DecodeError reads an error answer.
func (Codec) DecodeError(status int, text []byte) *llm.Error {
	if v := gjson.ParseBytes(text); v.Get("error").IsObject() {
		return decode(v, status)
	}
	e := &llm.Error{Kind: llm.KindOf(status), Status: status, Source: llm.FromUpstream}
	if s := strings.TrimSpace(string(text)); s != "" && len(s) < 300 && !strings.HasPrefix(s, "<") {
		e.Message = s
		classify(e)
	} else {
		e.Message = llm.Wordless(status)
	}
	return e
}

// decode reads the error object of an answer (status > 0) or of an event. An
// answer's status says more than its type; an event has only the type.
func decode(v gjson.Result, status int) *llm.Error {
	e := &llm.Error{Code: v.Get("error.type").Str, Message: v.Get("error.message").Str, Source: llm.FromUpstream, Status: status}
	if status > 0 {
		e.Kind = llm.KindOf(status)
	} else {
		e.Kind, e.Status = kindOf(e.Code)
	}
	classify(e)
	if e.Message == "" {
		e.Message = "The provider reported an error without saying why."
	}
	return e
}

// aboutThinking tells the refusals of thinking blocks that came from elsewhere,
// were changed, or are missing. They have no code of their own, only texts:
//
//	Invalid `signature` in `thinking` block[. The block is bound to a different conversation.]
//	`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.
//	Expected `thinking` or `redacted_thinking`, but found `tool_use`.
//	If an assistant message contains any thinking blocks, the first block must be `thinking` …
func aboutThinking(message string) bool {
	if !strings.Contains(message, "thinking") {
		return false
	}
	for _, words := range []string{"signature", "cannot be modified", "Expected `thinking`", "the first block must be", "Invalid `data`"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}
