package llm

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Kind says what went wrong in terms that decide what happens next. Only
// codecs and upstream turn texts and status codes into kinds; everybody else
// switches on the kind.
type Kind string

// The kinds of failure.
const (
	// KindInvalid is a request that no provider could serve as it stands.
	KindInvalid Kind = "invalid_request"
	// KindTooLarge is a body over the configured limit.
	KindTooLarge Kind = "too_large"
	// KindContextLength is a prompt that is longer than the model can read. A
	// model with a larger window may take it.
	KindContextLength Kind = "context_length"
	// KindContentPolicy is a prompt, or what came of it, that the provider's
	// rules forbid. Another provider has rules of its own.
	KindContentPolicy Kind = "content_policy"
	// KindAuth is a missing or refused key.
	KindAuth Kind = "authentication"
	// KindPermission is a known key that may not do this.
	KindPermission Kind = "permission"
	// KindNotFound is a model or path that does not exist here.
	KindNotFound Kind = "not_found"
	// KindRateLimit is a provider's or our own 429.
	KindRateLimit Kind = "rate_limit"
	// KindOverloaded is a provider that says it is too busy (529, 503).
	KindOverloaded Kind = "overloaded"
	// KindServer is any other failure inside the provider.
	KindServer Kind = "server"
	// KindTimeout is a wait that ran out.
	KindTimeout Kind = "timeout"
	// KindConnect is an upstream that could not be reached at all.
	KindConnect Kind = "connect"
	// KindLoop is a target that leads back to this proxy. It always will; another
	// target may not.
	KindLoop Kind = "loop"
	// KindConflict is a 409: the provider asks to try again.
	KindConflict Kind = "conflict"
	// KindStream is a stream that broke or carried an error after a good
	// status line.
	KindStream Kind = "stream"
	// KindSignature is a provider that refuses reasoning which it did not make,
	// or whose signature it cannot check.
	KindSignature Kind = "signature"
	// KindCancelled is a client that went away.
	KindCancelled Kind = "cancelled"
	// KindInternal is a defect of the proxy itself.
	KindInternal Kind = "internal"
)

// The codes of errors about what a request refers to by an id. Who knows that
// the provider has forgotten it can say it again in full.
const (
	CodePreviousNotFound = "previous_response_not_found" // OpenAI's own
	CodeItemNotFound     = "item_not_found"              // OpenAI has none for it
)

// CodeUnsupportedParameter is OpenAI's code of a field that a model, or a
// server, does not take; Param names it.
const CodeUnsupportedParameter = "unsupported_parameter"

// Source says whose fault an error is, so that a person looking at a client's
// screen knows where to look next.
type Source string

// The sources of an error.
const (
	FromProxy    Source = "proxy"
	FromUpstream Source = "upstream"
)

// Error is the one error type that crosses rooms. Message is written for the
// person who reads it in a client; it never holds a key or an upstream URL.
type Error struct {
	Kind    Kind
	Status  int    // HTTP status for the client
	Code    string // machine-readable code in the client's dialect, e.g. "model_not_found"
	Param   string // request field at fault, if any
	Message string
	Source  Source
	// RetryAfter is what the provider asked for; zero when it did not.
	RetryAfter time.Duration
	// Err is the cause. It may hold addresses, so it goes to the log, never
	// to a client.
	Err error
}

// Error renders the message with its kind.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf classifies an HTTP status that came without a better description.
func KindOf(status int) Kind {
	switch status {
	case 401:
		return KindAuth
	case 403:
		return KindPermission
	case 404:
		return KindNotFound
	case 408:
		return KindTimeout
	case 409:
		return KindConflict
	case 413:
		return KindTooLarge
	case 429:
		return KindRateLimit
	case 503, 529:
		return KindOverloaded
	case 508:
		return KindLoop // of a proxy further on
	case 501:
		return KindInvalid
	}
	if status >= 500 {
		return KindServer
	}
	return KindInvalid
}

// Reclassify says more exactly what went wrong. What is wrong with the request
// itself is a 400, although some servers give it the status of a fault of their
// own (llama.cpp once did) or none, in the middle of a stream.
func (e *Error) Reclassify(k Kind) {
	e.Kind = k
	if e.Status < 400 || e.Status > 499 {
		e.Status = 400
	}
}

// Retryable reports whether another attempt, here or elsewhere, may succeed
// where this one failed. What is wrong with the request itself stays wrong.
func (k Kind) Retryable() bool {
	switch k {
	case KindRateLimit, KindOverloaded, KindServer, KindTimeout, KindConnect, KindLoop, KindConflict, KindStream:
		return true
	}
	return false
}

// AsError returns err as an *Error. Whatever has no kind of its own is a
// defect of the proxy, and its text stays inside.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{
		Kind:    KindInternal,
		Status:  500,
		Code:    "internal_error",
		Message: "The proxy failed to handle this request; its log says why.",
		Source:  FromProxy,
		Err:     err,
	}
}

// Wordless is the message of an error about which a provider says nothing. Where
// there is nothing at an address, the address is wrong more often than not.
func Wordless(status int) string {
	message := "The provider answered " + strings.TrimSpace(http.StatusText(status)) + " without saying why."
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		message += " Check the base URL in its configuration."
	}
	return message
}
