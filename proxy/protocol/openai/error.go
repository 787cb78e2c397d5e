package openai

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// wireError is the error object of the OpenAI API. Source is ours: it tells a
// reader whether the proxy or the provider is speaking.
type wireError struct {
	Message string     `json:"message"`
	Type    string     `json:"type"`
	Param   *string    `json:"param"`
	Code    *string    `json:"code"`
	Source  llm.Source `json:"source"`
}

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

func encode(e *llm.Error) []byte {
	w := wireError{Message: e.Message, Type: errorType(e.Kind), Source: e.Source}
	if e.Param != "" {
		w.Param = &e.Param
	}
	if code := clientCode(e); code != "" {
		w.Code = &code
	}
	out, _ := json.Marshal(map[string]wireError{"error": w}) // strings always encode
	return out
}

// EncodeError renders {"error": {...}}.
func (Codec) EncodeError(e *llm.Error, _ string) []byte { return encode(e) }

// EncodeErrorEvent renders the error as a data event, as OpenAI does when a
// stream fails half way.
func (Codec) EncodeErrorEvent(e *llm.Error) []byte {
	return append(append([]byte("data: "), encode(e)...), "\n\n"...)
}

// DecodeError reads {"error": {...}}, {"error": "…"}, {"message": "…"},
// {"detail": "…"}, {"detail": [...]} or plain text: compatible servers use them
// all.
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
	inner := v.Get("error")
	switch {
	case inner.IsObject():
		v = inner
	case inner.Type == gjson.String:
		e.Message = inner.Str
	}
	for _, field := range []string{"message", "detail"} {
		if e.Message == "" {
			e.Message = words(v.Get(field))
		}
	}
	// OpenRouter hides behind "Provider returned error" what the provider said.
	if raw := v.Get("metadata.raw"); raw.Type == gjson.String && strings.TrimSpace(raw.Str) != "" {
		said := raw.Str
		if inner := gjson.Parse(raw.Str); inner.IsObject() && json.Valid([]byte(raw.Str)) {
			var behind llm.Error
			if readError(inner, &behind); behind.Message != "" {
				said = behind.Message
			}
		}
		e.Message = strings.TrimPrefix(e.Message+": "+llm.Clip(said), ": ")
	}
	e.Code = v.Get("code").String()
	e.Param = v.Get("param").String()
	if status := v.Get("code"); status.Type == gjson.Number && e.Status == 0 {
		e.Status = int(status.Int())
	}
}

// words reads what a server says: a text, or the list of faults of a
// validation (FastAPI: vLLM, Mistral), each with the place where it was found.
func words(v gjson.Result) string {
	if v.Type == gjson.String || !v.Exists() {
		return v.Str
	}
	if v.IsObject() { // Mistral
		if v = v.Get("detail"); !v.IsArray() {
			return v.Str
		}
	}
	var faults []string
	for _, fault := range v.Array() {
		said := fault.Get("msg").Str
		if said == "" {
			continue
		}
		var place []string
		for _, step := range fault.Get("loc").Array() {
			if step.String() != "body" {
				place = append(place, step.String())
			}
		}
		if len(place) > 0 {
			said = strings.Join(place, ".") + ": " + said
		}
		faults = append(faults, llm.Clip(said))
	}
	const most = 5
	return strings.Join(faults[:min(most, len(faults))], "; ")
}

// streamError reads an error event. Its status, where it names one, decides
// the kind; otherwise the provider failed in the middle of its work.
func streamError(v gjson.Result) *llm.Error {
	e := &llm.Error{Kind: llm.KindStream, Source: llm.FromUpstream}
	if v.Type == gjson.String {
		e.Message = v.Str
	} else {
		readError(v, e)
		for _, field := range []string{"http_code", "status", "status_code"} {
			if s := v.Get(field).Int(); e.Status == 0 && s > 0 {
				e.Status = int(s)
			}
		}
	}
	if e.Status < 400 || e.Status > 599 {
		e.Kind, e.Status = kindOf(v.Get("type").String(), e.Code)
	} else {
		e.Kind = llm.KindOf(e.Status)
	}
	classify(v, e)
	if e.Message == "" {
		e.Message = "The provider reported an error in its stream without saying why."
	}
	return e
}

// kindOf names the kind of an error that comes without a status, by its type
// and code (OpenAI API reference, Error codes).
func kindOf(words ...string) (llm.Kind, int) {
	for _, w := range words {
		switch w {
		case "invalid_request_error", "context_length_exceeded", "content_filter", "invalid_prompt":
			return llm.KindInvalid, http.StatusBadRequest
		case "authentication_error", "invalid_api_key":
			return llm.KindAuth, http.StatusUnauthorized
		case "permission_error", "permission_denied":
			return llm.KindPermission, http.StatusForbidden
		case "not_found_error", "model_not_found":
			return llm.KindNotFound, http.StatusNotFound
		case "rate_limit_error", "rate_limit_exceeded", "insufficient_quota":
			return llm.KindRateLimit, http.StatusTooManyRequests
		case "overloaded_error", "service_unavailable_error", "engine_overloaded":
			return llm.KindOverloaded, http.StatusServiceUnavailable
		case "timeout_error":
			return llm.KindTimeout, http.StatusGatewayTimeout
		}
	}
	return llm.KindStream, http.StatusBadGateway
}
