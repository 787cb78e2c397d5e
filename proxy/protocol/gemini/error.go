package gemini

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// The types of error details that say something to us (google.rpc,
// error_details.proto).
const (
	errorInfo  = "type.googleapis.com/google.rpc.ErrorInfo"
	retryInfo  = "type.googleapis.com/google.rpc.RetryInfo"
	badRequest = "type.googleapis.com/google.rpc.BadRequest"
	request    = "type.googleapis.com/google.rpc.RequestInfo"
)

// statusOf names a kind in google.rpc.Code's words.
func statusOf(k llm.Kind, code int) string {
	switch k {
	case llm.KindInvalid, llm.KindTooLarge, llm.KindSignature, llm.KindContextLength, llm.KindContentPolicy:
		return "INVALID_ARGUMENT"
	case llm.KindAuth:
		return "UNAUTHENTICATED"
	case llm.KindPermission:
		return "PERMISSION_DENIED"
	case llm.KindNotFound:
		return "NOT_FOUND"
	case llm.KindRateLimit:
		return "RESOURCE_EXHAUSTED"
	case llm.KindOverloaded, llm.KindConnect:
		return "UNAVAILABLE"
	case llm.KindTimeout:
		return "DEADLINE_EXCEEDED"
	case llm.KindConflict:
		return "ABORTED"
	case llm.KindCancelled:
		return "CANCELLED"
	}
	if code == http.StatusServiceUnavailable {
		return "UNAVAILABLE"
	}
	return "INTERNAL"
}

// kindOfStatus names the kind of an error by its status, or "".
func kindOfStatus(status string) (kind llm.Kind, code int) {
	switch status {
	case "INVALID_ARGUMENT", "OUT_OF_RANGE":
		return llm.KindInvalid, http.StatusBadRequest
	case "FAILED_PRECONDITION":
		// "User location is not supported", or billing is off: elsewhere, or
		// for somebody else, the request is good.
		return llm.KindPermission, http.StatusBadRequest
	case "UNAUTHENTICATED":
		return llm.KindAuth, http.StatusUnauthorized
	case "PERMISSION_DENIED":
		return llm.KindPermission, http.StatusForbidden
	case "NOT_FOUND":
		return llm.KindNotFound, http.StatusNotFound
	case "RESOURCE_EXHAUSTED":
		return llm.KindRateLimit, http.StatusTooManyRequests
	case "ABORTED", "ALREADY_EXISTS":
		return llm.KindConflict, http.StatusConflict
	case "UNAVAILABLE":
		return llm.KindOverloaded, http.StatusServiceUnavailable
	case "DEADLINE_EXCEEDED":
		return llm.KindTimeout, http.StatusGatewayTimeout
	case "INTERNAL", "UNKNOWN", "DATA_LOSS", "CANCELLED":
		return llm.KindServer, http.StatusInternalServerError
	case "UNIMPLEMENTED":
		return llm.KindInvalid, http.StatusNotImplemented
	}
	return "", 0
}

// encodeError renders the error object of Google's APIs. Who is speaking, the
// proxy or the provider, stands in an ErrorInfo of a domain of our own:
// Google's libraries hand details on without looking into them.
func encodeError(w *writer, e *llm.Error, requestID string) {
	w.open('{')
	w.object("error")
	w.int("code", int64(e.Status))
	w.string("message", e.Message)
	w.string("status", statusOf(e.Kind, e.Status))
	w.array("details")
	w.open('{')
	w.string("@type", errorInfo)
	w.string("reason", reason(e))
	w.string("domain", "yallmproxy")
	w.object("metadata")
	w.string("source", string(e.Source))
	w.close('}')
	w.close('}')
	if e.Param != "" {
		w.open('{')
		w.string("@type", badRequest)
		w.array("fieldViolations")
		w.open('{')
		w.string("field", e.Param)
		w.string("description", e.Message)
		w.close('}')
		w.close(']')
		w.close('}')
	}
	if e.RetryAfter > 0 {
		w.open('{')
		w.string("@type", retryInfo)
		w.string("retryDelay", strconv.FormatFloat(e.RetryAfter.Seconds(), 'f', -1, 64)+"s")
		w.close('}')
	}
	if requestID != "" {
		w.open('{')
		w.string("@type", request)
		w.string("requestId", requestID)
		w.close('}')
	}
	w.close(']')
	w.close('}')
	w.close('}')
}

// reason is the error's code as ErrorInfo wants it: UPPER_SNAKE_CASE.
func reason(e *llm.Error) string {
	word := e.Code
	if word == "" {
		word = string(e.Kind)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, word)
}

// EncodeError renders {"error": {"code", "message", "status", "details"}}.
func (Codec) EncodeError(e *llm.Error, requestID string) []byte {
	var w writer
	encodeError(&w, e, requestID)
	return w.buf
}

// EncodeErrorEvent renders the error as a chunk of a stream, where Google's
// libraries look for it.
func (Codec) EncodeErrorEvent(e *llm.Error) []byte {
	w := writer{buf: []byte("data: ")}
	encodeError(&w, e, "")
	return append(w.buf, "\r\n\r\n"...)
}

// DecodeError reads {"error": {...}}, which may stand in an array when a
// stream was asked for, or plain text.
func (Codec) DecodeError(status int, text []byte) *llm.Error {
	e := &llm.Error{Kind: llm.KindOf(status), Status: status, Source: llm.FromUpstream}
	v := gjson.ParseBytes(text)
	if v.IsArray() {
		v = v.Get("0")
	}
	switch failure := v.Get("error"); {
	case failure.IsObject():
		readError(failure, e)
	case failure.Type == gjson.String:
		e.Message = failure.Str
	case v.Get("message").Type == gjson.String:
		e.Message = v.Get("message").Str
	default:
		if s := strings.TrimSpace(string(text)); s != "" && len(s) < 300 && !strings.ContainsAny(s[:1], "<{[") {
			e.Message = s
		}
	}
	if e.Message == "" {
		e.Message = llm.Wordless(status)
	}
	return e
}

// readError reads an error object into e, whose HTTP status stands where it
// has one.
func readError(v gjson.Result, e *llm.Error) {
	status := v.Get("status").String()
	e.Message, e.Code = v.Get("message").String(), status
	kind, code := kindOfStatus(status)
	if e.Status == 0 {
		e.Status = code
		if given := v.Get("code"); given.Type == gjson.Number && given.Int() >= 400 && given.Int() < 600 {
			e.Status = int(given.Int())
			e.Kind = llm.KindOf(e.Status)
		}
	}
	if kind != "" {
		e.Kind = kind
	}
	v.Get("details").ForEach(func(_, detail gjson.Result) bool {
		switch detail.Get("@type").String() {
		case errorInfo:
			if word := detail.Get("reason").String(); word != "" {
				e.Code = word
			}
		case retryInfo:
			if wait, err := time.ParseDuration(detail.Get("retryDelay").String()); err == nil && wait > 0 {
				e.RetryAfter = wait
			}
		case badRequest:
			e.Param = detail.Get("fieldViolations.0.field").String()
		}
		return true
	})
	switch {
	case e.Code == "API_KEY_INVALID":
		e.Kind = llm.KindAuth // it comes with 400
	case e.Kind == llm.KindInvalid && tooLong(e.Message):
		e.Code = "context_length_exceeded" // what clients know it by
		e.Reclassify(llm.KindContextLength)
	case e.Kind == llm.KindInvalid && aboutSignature(e.Message):
		e.Kind = llm.KindSignature
	}
}

// tooLong recognises "The input token count (1196265) exceeds the maximum number
// of tokens allowed (1048575)." and the same of Vertex, "… of tokens allowed in
// this request"; older models say "The input token count exceeds the maximum".
func tooLong(message string) bool {
	return strings.Contains(message, "exceeds the maximum number of tokens") ||
		strings.Contains(message, "input token count") && strings.Contains(message, "exceeds the maximum")
}

// blockedPrompt is the error of a prompt that Google does not let through: the
// answer has no candidates then, only a reason (GenerateContentResponse,
// PromptFeedback).
func blockedPrompt(reason string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindContentPolicy, Status: http.StatusBadRequest, Code: "content_filter", Source: llm.FromUpstream,
		Message: "The provider does not let this prompt through: " + reason + ".",
	}
}

// aboutSignature recognises "Function call is missing a thought_signature in
// functionCall parts", "Thought signature is not valid" and their kin.
func aboutSignature(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "thought_signature") || strings.Contains(message, "thought signature")
}

// streamError reads an error that comes where an answer should be.
func streamError(v gjson.Result) *llm.Error {
	e := &llm.Error{Kind: llm.KindStream, Source: llm.FromUpstream}
	readError(v, e)
	if e.Status == 0 {
		e.Status = http.StatusBadGateway
	}
	if e.Message == "" {
		e.Message = "The provider reported an error without saying why."
	}
	return e
}
