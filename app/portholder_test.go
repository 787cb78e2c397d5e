//go:build linux

package app

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

func TestPortHolder(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6"} {
		listener, err := net.Listen(network, "localhost:0")
		if err != nil {
			if network == "tcp6" {
				continue // this machine has no IPv6 loopback
			}
			t.Fatal(err)
		}
		holder := portHolder(listener.Addr().String())
		if want := fmt.Sprintf("(pid %d)", os.Getpid()); !strings.HasSuffix(holder, want) {
			t.Errorf("%s: holder = %q, want it to end in %s", network, holder, want)
		}
		listener.Close()
		if holder := portHolder(listener.Addr().String()); holder != "" {
			t.Errorf("%s: a free port is held by %q", network, holder)
		}
	}
}
