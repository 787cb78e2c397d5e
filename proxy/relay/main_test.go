package relay_test

import (
	"net"
	"os"
	"testing"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// TestMain keeps the tests on this machine: no name is looked up elsewhere, and
// no proxy of the environment is asked for those that are not of this machine.
func TestMain(m *testing.M) {
	net.DefaultResolver = NoNames()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
