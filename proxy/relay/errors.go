package relay

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// badJSON says what is wrong with a request that is no JSON object.
func badJSON(err error) *llm.Error {
	e := &llm.Error{Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_json", Source: llm.FromProxy}
	var syntax *body.SyntaxError
	switch {
	case errors.Is(err, body.ErrNotObject):
		e.Code, e.Message = "invalid_json_shape", "Request body must be a JSON object"
	case errors.As(err, &syntax):
		e.Message = fmt.Sprintf("Invalid JSON payload: the text stops being JSON at byte %d", syntax.Offset)
	default:
		e.Message = "Invalid JSON payload"
	}
	return e
}

// missingModel refuses a request that names no model.
func (x *exchange) missingModel() error {
	if strings.TrimSpace(x.trace.Record.Model) != "" {
		return nil
	}
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: "model",
		Message: "You must provide a model parameter", Source: llm.FromProxy,
	}
}

func notAllowed(model string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindPermission, Status: http.StatusForbidden, Code: "model_access_denied", Param: "model",
		Message: fmt.Sprintf("API key not authorized for model %q", model), Source: llm.FromProxy,
	}
}

// cutShort is a stream that ended before its time.
func cutShort(message string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_interrupted",
		Message: message, Source: llm.FromUpstream,
	}
}

// redirected refuses to follow a provider elsewhere: the key was meant for the
// configured address.
func redirected(status int) *llm.Error {
	return &llm.Error{
		Kind: llm.KindConnect, Status: http.StatusBadGateway, Code: "upstream_redirect", Source: llm.FromProxy,
		Message: fmt.Sprintf("The provider answered with a redirect (%d), which is not followed. Check the base URL in its configuration.", status),
	}
}

// clientGone is a write that failed because nobody reads any more.
func clientGone(err error) *llm.Error {
	return &llm.Error{
		Kind: llm.KindCancelled, Status: upstream.StatusClientClosed,
		Message: "The client went away.", Source: llm.FromProxy, Err: err,
	}
}

// holdsSecret reports whether a provider repeats a key that was sent to it.
func (x *exchange) holdsSecret(text []byte) bool {
	for _, s := range x.call.Snapshot.secrets {
		if bytes.Contains(text, []byte(s)) {
			return true
		}
	}
	return false
}

// redact hides such keys in a message.
func (x *exchange) redact(message string) string {
	for _, s := range x.call.Snapshot.secrets {
		message = strings.ReplaceAll(message, s, "•••")
	}
	return message
}
