package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

// routingEvery bounds how often targets and the queue are looked at.
const routingEvery = 500 * time.Millisecond

// Wake tells that a target or the queue has changed. It never blocks.
func (r *Routing) Wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// run tells everybody what becomes of targets and of the queue. It sleeps
// until something changes, or until the moment at which something will by the
// passing of time alone.
func (r *Routing) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last glance
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.woken:
		case <-timer.C:
		}
		now := r.look()
		r.tell(&last, &now)
		last = now
		timer.Stop()
		select {
		case <-ctx.Done():
			return
		case <-time.After(routingEvery):
		}
		if !now.next.IsZero() {
			timer.Reset(time.Until(now.next))
		}
	}
}

// glance is what there is to see at one moment.
type glance struct {
	targets []health.State
	waiting []limit.Waiter
	// next is when something will be otherwise without anybody's doing.
	next time.Time
}

func (r *Routing) look() glance {
	g := glance{targets: r.Targets(), waiting: r.Queue().Waiting}
	for _, t := range g.targets {
		if !t.Until.IsZero() {
			g.by(t.Until)
		}
	}
	return g
}

func (g *glance) by(t time.Time) {
	if g.next.IsZero() || t.Before(g.next) {
		g.next = t
	}
}

// tell publishes what differs from the last time.
func (r *Routing) tell(last, now *glance) {
	hub := r.c.hub
	sameTargets := slices.EqualFunc(last.targets, now.targets, func(x, y health.State) bool {
		return x.Backend == y.Backend && x.Key == y.Key && x.Status == y.Status && x.Until.Equal(y.Until)
	})
	if !sameTargets {
		hub.publish(Event{Type: EventRouting, Targets: now.targets})
	}
	sameQueue := slices.EqualFunc(last.waiting, now.waiting, func(x, y limit.Waiter) bool {
		return x.ID == y.ID && x.Position == y.Position && slices.Equal(x.For, y.For)
	})
	if !sameQueue {
		hub.publish(Event{Type: EventQueue, Waiting: now.waiting})
	}
	noted := r.noteRouting(now.targets)
	noted = r.noteLimits(now) || noted
	if noted || troubled(last.targets) != troubled(now.targets) || len(last.waiting) != len(now.waiting) {
		r.c.publishState()
	}
}

// noteRouting raises or clears the notice that a model has no target left that
// is well, and reports whether that changed anything.
func (r *Routing) noteRouting(targets []health.State) bool {
	names := r.stranded(targets)
	if len(names) == 0 {
		return r.c.notices.clear(AboutRouting)
	}
	n := Notice{
		Kind: AboutRouting, Level: LevelWarning,
		Message: "No target of model " + names[0] + " is well.",
		Hint:    "Requests still go there when nobody else can answer; Routing says why.",
	}
	if len(names) > 1 {
		n.Message = fmt.Sprintf("No target of %d models is well: %s.", len(names), listed(names))
	}
	return r.c.notices.set(n)
}

// stranded lists the models, groups and virtual names of which every target is
// in trouble.
func (r *Routing) stranded(targets []health.State) []string {
	if troubled(targets) == 0 {
		return nil
	}
	snapshot := r.c.o.Relay.Snapshot()
	w := ward{states: statuses(targets)}
	well := func(name string) bool {
		for _, s := range snapshot.Stages(name) {
			if s.Via == router.WhyContext || s.Via == router.WhyPolicy {
				continue
			}
			for _, p := range s.Places {
				if !inTrouble(w.best(p)) {
					return true
				}
			}
		}
		return false
	}
	var out []string
	for _, name := range callable(snapshot) {
		if !well(name) {
			out = append(out, name)
		}
	}
	return out
}
