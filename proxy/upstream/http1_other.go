//go:build !unix

package upstream

// canTell: whether an idle connection is still good, net/http has to find out.
const canTell = false

func (c *plainConn) quiet() bool { return false }
