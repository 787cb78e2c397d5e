package proxytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
)

// FreePort returns a port that was free a moment ago, of those that no system
// gives out by itself: a listener at port 0 cannot get it meanwhile.
func FreePort() (int, error) {
	var err error
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		var l net.Listener
		if l, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
