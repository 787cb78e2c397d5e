package usage

import "errors"

// ErrRejected is wrapped by a Store's error for entries that it will never
// store, however often they are sent.
var ErrRejected = errors.New("rejected")
