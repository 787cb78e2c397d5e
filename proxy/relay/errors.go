package relay

import (
	"errors"
	"fmt"
	"net/http"

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

// cutShort is a stream that ended before its time.
func cutShort(message string, cause error) *llm.Error {
	return &llm.Error{
		Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_interrupted",
		Message: message, Source: llm.FromUpstream, Err: cause,
	}
}

// noAnswer is something in an answer's place.
func noAnswer(message string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "upstream_nonsense", Message: message, Source: llm.FromUpstream,
	}
}

// nonsense is an answer that HTTP does not know.
func nonsense(status int) *llm.Error {
	return &llm.Error{
		Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "upstream_nonsense", Source: llm.FromUpstream,
		Message: fmt.Sprintf("The provider answered with the status %d, which is none.", status),
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
