package responses

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// errorType names a kind in OpenAI's vocabulary.
func errorType(k llm.Kind) string {
	switch k {
	case llm.KindAuth:
		return "authentication_error"
	case llm.KindPermission:
		return "permission_error"
	case llm.KindRateLimit:
		return "rate_limit_error"
	case llm.KindInvalid, llm.KindTooLarge, llm.KindNotFound, llm.KindContextLength, llm.KindContentPolicy, llm.KindSignature:
		return "invalid_request_error"
	case llm.KindTimeout:
		return "timeout_error"
	}
	return "server_error"
}

// writeError renders OpenAI's error object. Source is ours: it tells a reader
// whether the proxy or the provider is speaking.
func writeError(w *writer, e *llm.Error) {
	w.object("error")
	w.str("message", e.Message)
	w.str("type", errorType(e.Kind))
	w.orNull("param", e.Param)
	w.orNull("code", clientCode(e))
	w.str("source", string(e.Source))
	w.endObject()
}

// EncodeError renders {"error": {...}}.
func (Codec) EncodeError(e *llm.Error, _ string) []byte {
	var w writer
	w.object("")
	writeError(&w, e)
	w.endObject()
	return w.buf
}

// EncodeErrorEvent renders the two events with which OpenAI ends a stream that
// fails: error, at whose "error" member the official SDKs throw, and
// response.failed, which is what Codex waits for. How many events came before,
// and what the response was called, only the provider knows.
func (Codec) EncodeErrorEvent(e *llm.Error) []byte {
	enc := newEncoder(&llm.Request{})
	enc.created = time.Now()
	out := append([]byte(nil), enc.errorEvent(e)...)
	return append(out, enc.failedEvent(e)...)
}

// failureCode is the code of a response that failed. Clients decide by it
// whether to wait and try again, so what OpenAI has a word for gets that word.
func failureCode(e *llm.Error) string {
	switch e.Kind {
	case llm.KindRateLimit:
		if e.Code == "insufficient_quota" || strings.HasPrefix(e.Code, "usage_") {
			return e.Code
		}
		return "rate_limit_exceeded"
	case llm.KindOverloaded:
		return "server_is_overloaded"
	}
	if code := clientCode(e); code != "" {
		return code
	}
	if e.Kind == llm.KindInvalid || e.Kind == llm.KindSignature {
		return "invalid_prompt"
	}
	return "server_error"
}

// failureMessage adds how long to wait, in the words in which OpenAI says it:
// there is no header any more when a stream is under way.
func failureMessage(e *llm.Error) string {
	if e.RetryAfter <= 0 || strings.Contains(e.Message, "try again in") {
		return e.Message
	}
	return fmt.Sprintf("%s Please try again in %.3gs.", e.Message, e.RetryAfter.Seconds())
}

// DecodeError reads {"error": {...}}, {"error": "…"}, {"message": "…"},
// {"detail": "…"} or plain text: compatible servers use them all.
func (Codec) DecodeError(status int, text []byte) *llm.Error {
	e := &llm.Error{Kind: llm.KindOf(status), Status: status, Source: llm.FromUpstream}
	v := gjson.ParseBytes(text)
	if v.IsObject() {
		readError(v, e)
	} else if s := strings.TrimSpace(string(text)); s != "" && len(s) < 300 && !strings.HasPrefix(s, "<") {
		e.Message = s
	}
	classify(v, e)
	if e.Message == "" {
		e.Message = llm.Wordless(status)
	}
	return e
}

func readError(v gjson.Result, e *llm.Error) {
	switch inner := v.Get("error"); {
	case inner.IsObject():
		v = inner
	case inner.Type == gjson.String:
		e.Message = inner.Str
	}
	for _, field := range []string{"message", "detail"} {
		if s := v.Get(field); e.Message == "" && s.Type == gjson.String {
			e.Message = s.Str
		}
	}
	e.Code = v.Get("code").String()
	e.Param = v.Get("param").String()
}

// eventError reads an error event, whose members are on its top level in the
// documentation and in an "error" member in what OpenAI sends, or the error of
// a failed response.
func eventError(v gjson.Result) *llm.Error {
	e := &llm.Error{Source: llm.FromUpstream}
	readError(v, e)
	kind := v.Get("type").Str
	if inner := v.Get("error.type"); inner.Exists() {
		kind = inner.Str
	}
	status := v.Get("status")
	if !status.Exists() {
		status = v.Get("status_code")
	}
	if n := int(status.Int()); n >= 400 && n <= 599 {
		e.Kind, e.Status = llm.KindOf(n), n
	} else {
		e.Kind, e.Status = kindOf(e.Code, kind)
	}
	classify(v, e)
	if e.Message == "" {
		e.Message = "The provider reported an error without saying why."
	}
	return e
}

// kindOf names the kind of an error that comes without a status, by its code
// and type (API reference, The response object, and Error codes).
func kindOf(words ...string) (llm.Kind, int) {
	for _, w := range words {
		switch w {
		case "invalid_request_error", "context_length_exceeded", "content_filter", "invalid_prompt", "bio_policy",
			"invalid_image", "invalid_image_format", "invalid_base64_image", "invalid_image_url", "image_too_large",
			"image_too_small", "image_parse_error", "image_content_policy_violation", "invalid_image_mode",
			"image_file_too_large", "unsupported_image_media_type", "empty_image_file", "failed_to_download_image",
			"image_file_not_found", "misalignment_policy_violation", "previous_response_not_found":
			return llm.KindInvalid, http.StatusBadRequest
		case "authentication_error", "invalid_api_key":
			return llm.KindAuth, http.StatusUnauthorized
		case "permission_error", "permission_denied", "usage_not_included":
			return llm.KindPermission, http.StatusForbidden
		case "not_found_error", "model_not_found":
			return llm.KindNotFound, http.StatusNotFound
		case "rate_limit_error", "rate_limit_exceeded", "insufficient_quota", "too_many_requests", "usage_limit_reached":
			return llm.KindRateLimit, http.StatusTooManyRequests
		case "overloaded_error", "service_unavailable_error", "engine_overloaded", "server_is_overloaded", "slow_down":
			return llm.KindOverloaded, http.StatusServiceUnavailable
		case "timeout_error", "vector_store_timeout":
			return llm.KindTimeout, http.StatusGatewayTimeout
		case "server_error":
			return llm.KindServer, http.StatusInternalServerError
		}
	}
	return llm.KindStream, http.StatusBadGateway
}

// interrupted is the error of a stream that ends before its response does.
func interrupted() *llm.Error {
	return &llm.Error{
		Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_interrupted", Source: llm.FromUpstream,
		Message: "The provider's stream ended before the response was complete.",
	}
}
