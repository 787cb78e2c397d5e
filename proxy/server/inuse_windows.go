package server

import (
	"errors"
	"syscall"
)

// addressInUse knows Winsock's own code (WSAEADDRINUSE), which the portable
// one does not match, and WSAEACCES, which an exclusive listener causes.
func addressInUse(err error) bool {
	const inUse, forbidden = syscall.Errno(10048), syscall.Errno(10013)
	return errors.Is(err, inUse) || errors.Is(err, forbidden)
}
