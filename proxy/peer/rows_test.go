package peer

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// TestWindowsTable reads tables as Windows lays them out, on any system.
func TestWindowsTable(t *testing.T) {
	bytes := func(s string) []byte {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const one = "00000000000000000000000000000001"
	v4 := bytes("03000000" +
		"05000000 7f000001 1f2b0000 7f000001 d2f40000 0a000000" + // the proxy's end
		"05000000 7f000001 d2f50000 7f000001 1f2b0000 0b000000" + // another client
		"05000000 7f000001 d2f40000 7f000001 1f2b0000 0c010000")
	v6 := bytes("02000000" +
		one + "00000000 1f2b0000" + one + "00000000 d2f40000 05000000 0a000000" +
		one + "00000000 d2f40000" + one + "00000000 1f2b0000 05000000 0d000000")
	for _, tt := range []struct {
		table       []byte
		here, there string
		pid         uint32
	}{
		{v4, "127.0.0.1:7979", "127.0.0.1:54004", 0x10c},
		{v4, "127.0.0.1:7979", "127.0.0.1:54005", 0xb},
		{v4, "127.0.0.1:54004", "127.0.0.1:7979", 0xa},
		{v4, "127.0.0.1:7979", "127.0.0.1:54006", 0},
		{v4[:70], "127.0.0.1:7979", "127.0.0.1:54004", 0}, // cut short
		{v4[:3], "127.0.0.1:7979", "127.0.0.1:54004", 0},
		{v6, "[::1]:7979", "[::1]:54004", 0xd},
		{v6, "[::1]:7979", "[::2]:54004", 0},
	} {
		pid, ok := search(tt.table, netip.MustParseAddrPort(tt.here), netip.MustParseAddrPort(tt.there))
		if pid != tt.pid || ok != (tt.pid != 0) {
			t.Errorf("%s <- %s: process %d, %v, want %d", tt.here, tt.there, pid, ok, tt.pid)
		}
	}
}
