package upstream

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// HopHeader is carried by every request to a provider. Each proxy of this kind
// adds an id of its own, so that one which comes back is known. The id is random
// and new at every start: to a provider it means nothing.
const HopHeader = "X-Yallmp-Hop"

// WithHop sets the id that requests carry.
func WithHop(id string) Option { return func(p *Pool) { p.hop = id } }

// mark adds the pool's id to those of the proxies that a request came through.
func (p *Pool) mark(h http.Header) {
	if p.hop == "" {
		return
	}
	hops := p.hop
	if earlier := h[HopHeader]; len(earlier) > 0 {
		hops = strings.Join(earlier, ", ") + ", " + hops
	}
	h[HopHeader] = []string{hops}
}

// SetOwn tells the pool how to know an address that this process listens on.
// Connections to such a place are refused before they are made.
func (p *Pool) SetOwn(own func(netip.AddrPort) bool) { p.own.Store(&own) }

// errLoop is a connection that would have come back to this process.
var errLoop = &fault{
	kind: llm.KindLoop, status: http.StatusLoopDetected, code: "loop_detected",
	text: "is this proxy itself, and the request would go round for ever: its address must be another one",
}

// guard watches over one dial. Names are resolved by then.
type guard struct {
	own *func(netip.AddrPort) bool
	met atomic.Bool
}

func (g *guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	if g.own == nil {
		return nil
	}
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil //nolint:nilerr // no address of a listener, then
	}
	if !(*g.own)(netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port())) {
		return nil
	}
	g.met.Store(true)
	return errLoop
}
