package relay

import (
	"crypto/rand"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// HopHeader names the proxies that a request has come through. One that comes
// back has gone round in a circle.
const HopHeader = upstream.HopHeader

// newHop makes the name of this process in that header. It means nothing, so
// that providers learn nothing from it.
func newHop() string { return strings.ToLower(rand.Text()) }

// Hop is this process's own name in the header HopHeader.
func (r *Relay) Hop() string { return r.hop }
