package relay

import (
	"context"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/tokens"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// admission is what an exchange counts against, and what it has taken.
type admission struct {
	// entry is the model that was asked for, nil where that is no entry.
	entry *config.Model
	// scopes are the limits that the request counts against, common as many of
	// them as do not depend on who answers, and degraded the model that one of
	// them has sent it to.
	scopes   []limit.Scope
	common   int
	degraded string
	// slot is what the request has taken on arrival, and yielded: it has given
	// that up, to wait for another model's.
	slot    *limit.Slot
	yielded bool
}

// admit counts a request against its caller's, its model's and the common
// limits, and waits for its turn among those of the same caller and model. A
// soft limit may send it to another model than it asked for.
func (x *exchange) admit(ctx context.Context) (err error) {
	x.entry = x.call.Snapshot.router.Entry(x.trace.Record.Model)
	x.scopes = x.limited()
	x.common = len(x.scopes)
	if len(x.scopes) > 0 {
		verdict, err := x.relay.rates.Admit(x.scopes)
		if err != nil {
			return err
		}
		for _, w := range verdict.Soft {
			x.relay.warn(w)
		}
		x.degrade(verdict.DegradeTo)
	}
	wants := []limit.Want{x.callerSlot()}
	if x.entry != nil {
		wants = append(wants, modelSlot(x.entry))
	}
	x.slot, err = x.enter(ctx, wants)
	return err
}

// limited lists the limits that a request counts against.
func (x *exchange) limited() []limit.Scope {
	var out []limit.Scope
	add := func(name string, r config.Rate) {
		if r.Bounded() {
			out = append(out, limit.Scope{Name: name, Rate: r})
		}
	}
	add("total", x.call.Snapshot.cfg.Limit)
	add("caller "+orNobody(x.call.Caller), x.call.Limit)
	if m := x.entry; m != nil {
		add("model "+m.Name, m.Limit)
	}
	return out
}

// degrade sends the request to a cheaper model, if the caller may use it and it
// can be asked.
func (x *exchange) degrade(to string) {
	if to == "" || to == x.name() || !x.call.Snapshot.router.Allowed(to, x.call.Caller) {
		return
	}
	x.degraded = to
	if _, err := x.route(); err != nil {
		x.degraded = ""
		return
	}
	x.head.add("X-Yallmp-Degraded", to)
}

// enter waits for slots, and notes for how long.
func (x *exchange) enter(ctx context.Context, wants []limit.Want) (*limit.Slot, error) {
	ask := x.waiting(wants)
	if slot, ok := x.relay.queue.Try(ask); ok {
		return slot, nil
	}
	before := time.Now()
	slot, err := x.relay.queue.Enter(ctx, ask)
	x.trace.Record.Timing.Queue += time.Since(before).Microseconds()
	return slot, err
}

func (x *exchange) waiting(wants []limit.Want) limit.Ask {
	return limit.Ask{
		ID: x.call.RequestID, Caller: x.call.Caller, Model: x.trace.Record.Model, Client: x.call.Client, Stream: x.stream,
		Priority: x.call.Turn.Priority, Timeout: x.call.Turn.QueueTimeout, Wants: wants,
	}
}

// room takes the slots of a target. It reports false when they are all in use
// and there is somewhere else to go; otherwise it waits. A target whose own
// limit is used up has no room either.
func (x *exchange) room(ctx context.Context, t router.Target) (*limit.Slot, bool, error) {
	if !x.affords(t.Model) {
		if !x.turn.last { // which has said so before
			x.skip(t, "its limit is used up")
		}
		return nil, false, nil
	}
	wants := x.slots(t.Model)
	if len(wants) == 0 {
		return nil, true, nil
	}
	if slot, ok := x.relay.queue.Try(x.waiting(wants)); ok {
		return slot, true, nil
	}
	if x.turn.more && !x.turn.last {
		x.skip(t, "all of its slots are in use")
		return nil, false, nil
	}
	if !x.yielded && !x.within(t.Model) {
		// Who waits holds nothing: the requests that have that model's slots may
		// be waiting for those of the model that was asked for.
		x.slot.Release()
		x.slot, x.yielded = nil, true
		wants = x.slots(t.Model)
	}
	before := x.trace.Record.Timing.Queue
	slot, err := x.enter(ctx, wants)
	x.turn.wait = time.Duration(x.trace.Record.Timing.Queue-before) * time.Microsecond
	return slot, true, err
}

// affords counts the request against the limit of a model that is to answer for
// another name. It reports false when that is used up.
func (x *exchange) affords(m *config.Model) bool {
	if x.scopes = x.scopes[:x.common]; !m.Limit.Bounded() || m.Name == x.name() {
		return true
	}
	scope := limit.Scope{Name: "model " + m.Name, Rate: m.Limit}
	verdict, err := x.relay.rates.Admit([]limit.Scope{scope})
	if err != nil {
		if x.failed == nil {
			x.failed = llm.AsError(err)
		}
		return false
	}
	for _, w := range verdict.Soft {
		x.relay.warn(w)
	}
	x.scopes = append(x.scopes, scope)
	return true
}

// busy reports whether a model has no slot to give just now.
func (x *exchange) busy(m *config.Model) bool {
	wants := x.slots(m)
	return len(wants) > 0 && !x.relay.queue.Free(wants...)
}

// slots are what a request needs of a model that is to answer it, beside what
// it has taken on arrival.
func (x *exchange) slots(m *config.Model) []limit.Want {
	var wants []limit.Want
	if x.yielded {
		wants = append(wants, x.callerSlot())
	}
	if m.Slots > 0 && (x.yielded || m.Name != x.name()) {
		wants = append(wants, modelSlot(m))
	}
	if n := x.call.Snapshot.providers[m.Provider]; n > 0 {
		wants = append(wants, limit.Want{Name: "provider " + m.Provider, Limit: n})
	}
	return wants
}

func modelSlot(m *config.Model) limit.Want {
	return limit.Want{Name: "model " + m.Name, Limit: m.Slots}
}

// within reports whether a model is the one asked for, or a part of it.
func (x *exchange) within(m *config.Model) bool {
	asked := x.name()
	return m.Name == asked || strings.HasPrefix(m.Name, asked+"#")
}

// name is what the model that was asked for is called in the configuration.
func (x *exchange) name() string {
	if x.entry != nil {
		return x.entry.Name
	}
	return x.trace.Record.Model
}

// callerSlot is what a request needs of its caller's share of a model.
func (x *exchange) callerSlot() limit.Want {
	on := x.name()
	if strings.Contains(on, "*") {
		on = strings.TrimSpace(x.trace.Record.Model) // each of the many is a model of its own
	}
	return limit.Want{Name: "caller " + orNobody(x.call.Caller) + " on " + on, Limit: x.call.Turn.Slots}
}

// orNobody is how callers without a key are called where a name is needed.
func orNobody(caller string) string {
	if caller == "" {
		return "without a key"
	}
	return caller
}

// spent counts the tokens of a request once it has ended.
func (x *exchange) spent() {
	if len(x.scopes) > 0 {
		x.relay.rates.Spend(x.scopes, x.cost())
	}
}

// cost is what a request has used. A stream that was not read to its end has
// not told, so that it is guessed: who always hangs up before the end would
// reach no limit.
func (x *exchange) cost() int64 {
	used := x.seen.Usage
	told := used.Known() && x.trace.Record.Outcome == usage.Success
	if told || !x.seen.Content || !x.call.Operation.Generates() {
		return used.Total()
	}
	if used.Prompt() == 0 && x.now.Model != nil {
		if asked, err := x.neutral(x.now); err == nil {
			used.Input = tokens.Estimate(asked)
		}
	}
	used.Output = max(used.Output, x.seen.Deltas)
	return used.Total()
}
