package controller

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/store"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// newRouted is a controller of which only the routing is there.
func newRouted(t *testing.T, cfg *config.Config) *Controller {
	t.Helper()
	c := &Controller{}
	c.Routing = newRouting(c)
	c.o.Log = slog.New(slog.DiscardHandler)
	c.o.Tracker = usage.NewTracker(nil, nil)
	c.o.Relay = relay.New(relay.Options{Log: c.o.Log, Changed: c.Routing.Wake, Warn: c.Routing.Warn})
	c.hub = newHub(c.o.Tracker.InFlight, func() State { return State{} })
	snapshot, err := c.o.Relay.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.o.Relay.Swap(snapshot)
	c.files.Store(&fingerprint{})
	return c
}

// broken is a store that cannot be read.
type broken struct{ usage.Store }

func (broken) Totals(context.Context, usage.Filter) (usage.Totals, error) {
	return usage.Totals{}, errors.New("away")
}

func (broken) Breakdown(context.Context, usage.Filter, usage.Group) ([]usage.Row, error) {
	return nil, errors.New("away")
}

func TestLimitsOfTodayKnowWhatWasUsedBefore(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "yallm.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	now := time.Now()
	y, m, d := now.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.Local)
	var entries []usage.Entry
	for i, r := range []struct {
		at            time.Time
		caller, model string
		tokens        int64
	}{{midnight, "k", "a", 100}, {now, "", "a", 20}, {now, "k", "b", 3}, {midnight.Add(-time.Millisecond), "k", "a", 100_000}} {
		entries = append(entries, usage.Entry{Record: usage.Record{
			ID: usage.ID(r.at.UnixMicro() + int64(i)), RequestID: r.model, Caller: r.caller, Model: r.model, Outcome: usage.Success,
			Usage: llm.Usage{Input: r.tokens - 1, Output: 1},
		}})
	}
	if err := db.Append(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	daily := config.Rate{TokensPerDay: 1000}
	c := newRouted(t, &config.Config{
		Limit:   daily,
		AppKeys: config.AppKeys{Keys: []config.AppKey{{ID: "k", Limit: daily}}, UnauthenticatedLimit: daily},
		Models:  []config.Model{{Name: "a", Limit: daily}, {Name: "b", Limit: config.Rate{TokensPerMinute: 5}}},
	})
	told := map[string]bool{}
	c.o.Records = broken{}
	if err := c.Routing.seedNew(t.Context(), told); err == nil || len(told) > 0 {
		t.Errorf("nobody could tell, and yet: %v, %v", told, err)
	}
	c.o.Records = db
	for range 2 { // the second time there is nothing to tell
		if err := c.Routing.seedNew(t.Context(), told); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]int64{"total": 123, "caller k": 103, "caller without a key": 20, "model a": 120, "model b": 0}
	for _, l := range c.Routing.Limits() {
		if l.TokensPerDay.Used != want[l.Scope] {
			t.Errorf("%s has used %d, want %d", l.Scope, l.TokensPerDay.Used, want[l.Scope])
		}
		delete(want, l.Scope)
	}
	if len(want) > 0 {
		t.Errorf("not shown: %v", want)
	}
}

// TestRoutingTellsWhatTimeChanges: nobody calls when a pause is over, so the
// controller looks when that is foretold.
func TestRoutingTellsWhatTimeChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newRouted(t, &config.Config{
			Models: []config.Model{{
				Name: "a", Endpoints: []config.Endpoint{{Dialect: llm.OpenAI, Base: "http://127.0.0.1:1/v1"}},
				Limit: config.Rate{RequestsPerMinute: 2, Soft: 50},
			}},
			Router: config.Router{Health: config.Health{Failures: 1, OpenFor: time.Minute, MaxOpen: time.Minute, MaxCooldown: 5 * time.Minute}},
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go c.Routing.run(ctx)
		try, _ := c.o.Relay.Health().Begin(health.ID{Backend: "a"})
		try.Done(llm.KindRateLimit, time.Minute)
		_, err := c.o.Relay.Rates().Admit(c.o.Relay.Snapshot().Scopes())
		if err != nil {
			t.Fatal(err)
		}
		c.Routing.Warn(limit.Warning{Scope: "model a", Limit: "requests per minute", Used: 1, Bound: 2})
		time.Sleep(time.Second) // the bubble's time, as below
		if n := c.notices.all(); len(n) != 2 {
			t.Fatalf("notices: %+v", n)
		}
		time.Sleep(time.Minute - 2*time.Second)
		if n := c.notices.all(); len(n) != 2 {
			t.Errorf("cleared too early: %+v", n)
		}
		time.Sleep(12 * time.Second)
		if n := c.notices.all(); len(n) != 0 {
			t.Errorf("they stay: %+v", n)
		}
		cancel()
		synctest.Wait()
	})
}

// TestRoutingEventsAreFew: events come at most twice a second, however much happens.
func TestRoutingEventsAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newRouted(t, &config.Config{
			Models: []config.Model{{Name: "a", Endpoints: []config.Endpoint{{Dialect: llm.OpenAI, Base: "http://127.0.0.1:1/v1"}}}},
			Router: config.Router{Health: config.Health{Failures: 1, OpenFor: time.Hour, MaxOpen: time.Hour}},
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events := c.hub.subscribe(ctx)
		go c.Routing.run(ctx)
		for range 1000 {
			c.o.Relay.Health().Force(health.ID{Backend: "a"}).Done(llm.KindConnect, 0)
			time.Sleep(time.Millisecond)
			c.o.Relay.Health().Clear("", "")
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		n := 0
		for len(events) > 0 {
			if e := <-events; e.Type == EventRouting {
				n++
			}
		}
		if n == 0 || n > 5 {
			t.Errorf("%d events in two seconds", n)
		}
		cancel()
		synctest.Wait()
	})
}
