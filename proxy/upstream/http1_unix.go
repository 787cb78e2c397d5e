//go:build unix

package upstream

import (
	"errors"
	"syscall"
	"time"
)

// canTell: quiet works on this system.
const canTell = true

// quiet reports whether an idle connection is still good: the server has
// neither closed it nor said anything that would be taken for an answer.
func (c *plainConn) quiet() bool {
	if c.raw == nil || time.Since(c.since) >= c.pool.limits.IdleConnTimeout {
		return false
	}
	var got error
	err := c.raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, got = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK) // it never waits: the runtime's sockets do not
	})
	return err == nil && (errors.Is(got, syscall.EAGAIN) || errors.Is(got, syscall.EWOULDBLOCK))
}
