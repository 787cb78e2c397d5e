package controller

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrStale is returned for a change that was based on a configuration that is
// no longer the one on disk.
var ErrStale = errors.New("the configuration has changed since it was read; read it again and repeat the change")

// Reason says why something could not be done, in terms that decide what a
// caller does next.
type Reason string

// The reasons.
const (
	// NotFound names something that is not there.
	NotFound Reason = "not-found"
	// Conflict is at odds with what is there.
	Conflict Reason = "conflict"
	// Invalid cannot be meant that way.
	Invalid Reason = "invalid"
	// NoKeychain means that there is no place for a key but a file.
	NoKeychain Reason = "no-keychain"
	// PortTaken means that somebody else listens there.
	PortTaken Reason = "port-taken"
	// Unsupported is not possible in this build or on this desktop.
	Unsupported Reason = "unsupported"
	// Unreachable means that a provider did not answer as it should.
	Unreachable Reason = "unreachable"
	// Unwritable means that a file could not be written.
	Unwritable Reason = "unwritable"
)

// Error is what a person can do something about. Message says what is wrong
// and what to do; it never holds a key.
type Error struct {
	Reason  Reason
	Message string
	// Free is a port that may be used instead, for PortTaken.
	Free int
	Err  error
}

// Error returns the message alone: it is complete, and the cause may be long.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// unwritable says which file could not be written, and why: no room, no
// permission, a medium that is read-only.
func unwritable(path string, err error) error {
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		cause = e.Err
	}
	e := refuse(Unwritable, "%s could not be written: %v. What is in force stays so; make room for it, or mend its permissions, and try again.", path, cause)
	e.Err = err
	return e
}

var errNoKeychain = errors.New("there is no keychain here")
