package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// invalid is an error in the words that OpenAI uses for the same.
func invalid(param, code, format string, args ...any) *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: code, Param: param, Source: llm.FromProxy,
		Message: fmt.Sprintf(format, args...),
	}
}

// notFound is OpenAI's error for an object that does not exist; it has neither
// code nor param.
func notFound(what, id string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindNotFound, Status: http.StatusNotFound, Source: llm.FromProxy,
		Message: fmt.Sprintf("%s with id '%s' not found.", what, llm.Clip(id)),
	}
}

func previousNotFound(id string) *llm.Error {
	return invalid("previous_response_id", "previous_response_not_found", "Previous response with id '%s' not found.", llm.Clip(id))
}

func notKept(id, why string) string {
	return fmt.Sprintf("Response with id '%s' was not kept: %s.", llm.Clip(id), why)
}

func tooLongReason(longest int64) string {
	return fmt.Sprintf("it is longer than %d MiB", longest>>20)
}

func responseNotFound(id string) *llm.Error { return notFound("Response", id) }

func conversationNotFound(id string) *llm.Error { return notFound("Conversation", id) }

func itemNotFound(id string) *llm.Error {
	e := notFound("Item", id)
	e.Param = "input"
	return e
}

func exclusive(one, other string) *llm.Error {
	return invalid("", "mutually_exclusive_parameters",
		"Mutually exclusive parameters: '%s' and '%s'. Ensure you are only providing one of these parameters.", one, other)
}

func wrongType(param, want string, got gjson.Result) *llm.Error {
	return invalid(param, "invalid_type", "Invalid type for '%s': expected %s, but got %s instead.", param, want, typeName(got))
}

func typeName(v gjson.Result) string {
	switch {
	case v.IsArray():
		return "an array"
	case v.IsObject():
		return "an object"
	}
	switch v.Type {
	case gjson.String:
		return "a string"
	case gjson.Number:
		return "a number"
	case gjson.True, gjson.False:
		return "a boolean"
	}
	return "null"
}

func noBackground() *llm.Error {
	return invalid("background", "unsupported_parameter",
		"The proxy runs no responses in the background. Send the request without background, and read the answer as a stream.")
}

// statusClientClosed is nginx's 499, which no client sees.
const statusClientClosed = 499

// unreadable is what a client is told when the store cannot say what it keeps.
func (s *Session) unreadable(err error) *llm.Error {
	switch {
	case errors.Is(err, ErrTooLong):
		return invalid("", "context_length_exceeded",
			"The stored conversation has more than %d MiB of text. Begin a new one, with a summary of it.", s.o.MaxChain>>20)
	case errors.Is(err, context.Canceled):
		return &llm.Error{
			Kind: llm.KindCancelled, Status: statusClientClosed, Source: llm.FromProxy, Err: err,
			Message: "The request was given up.",
		}
	}
	return &llm.Error{
		Kind: llm.KindOverloaded, Status: http.StatusServiceUnavailable, Code: "database_unavailable", Source: llm.FromProxy, Err: err,
		Message: "The proxy's database does not answer, so what it stored of this conversation cannot be read. Try again, or send the whole conversation as input.",
	}
}
