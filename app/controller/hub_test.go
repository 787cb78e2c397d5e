package controller

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func TestSlowSubscriberBlocksNobodyAndIsToldToReadAnew(t *testing.T) {
	h := newHub(func() []usage.InFlight { return nil }, func() State { return State{} })
	slow, fast := h.subscribe(t.Context()), h.subscribe(t.Context())
	<-fast
	for range backlog * 3 {
		h.publish(Event{Type: EventRequest, Record: &usage.Record{}})
		<-fast
	}
	for range backlog {
		<-slow
	}
	h.publish(Event{Type: EventState})
	if e := <-slow; e.Type != EventConfig {
		t.Errorf("first event after the gap: %s", e.Type)
	}
	if e := <-slow; e.Type != EventState {
		t.Errorf("then: %s", e.Type)
	}
}

func TestSlowSubscriberLosesInFlightListsWithoutFurtherAdo(t *testing.T) {
	h := newHub(func() []usage.InFlight { return nil }, func() State { return State{} })
	slow := h.subscribe(t.Context())
	for range backlog * 2 {
		h.publish(Event{Type: EventInFlight})
	}
	for range backlog {
		<-slow
	}
	h.publish(Event{Type: EventState})
	if e := <-slow; e.Type != EventState {
		t.Errorf("event after the gap: %s", e.Type)
	}
}

func TestSubscriptionEndsWithItsContextAndWithTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(func() []usage.InFlight { return nil }, func() State { return State{} })
		ctx, cancel := context.WithCancel(t.Context())
		first, second := h.subscribe(ctx), h.subscribe(t.Context())
		cancel()
		synctest.Wait()
		<-first
		if _, open := <-first; open {
			t.Error("a subscription outlives its context")
		}
		h.close()
		<-second
		if _, open := <-second; open {
			t.Error("a subscription outlives the hub")
		}
		if _, open := <-h.subscribe(t.Context()); open {
			t.Error("a closed hub takes subscribers")
		}
	})
}

func TestInFlightListIsSentAtMostTwiceASecondAndNeverToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, running atomic.Int64
		running.Store(1)
		h := newHub(func() []usage.InFlight {
			n := asked.Add(1)
			if running.Load() == 0 {
				return nil
			}
			return []usage.InFlight{{ID: 1, Bytes: n}}
		}, func() State { return State{} })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go h.run(ctx)
		for range 1000 {
			h.touch()
			time.Sleep(time.Millisecond)
		}
		if n := asked.Load(); n != 0 {
			t.Errorf("asked %d times although nobody listens", n)
		}
		events := h.subscribe(ctx)
		<-events // state
		start := time.Now()
		for range 6 {
			if e := <-events; e.Type != EventInFlight || len(e.InFlight) != 1 {
				t.Fatalf("event: %+v", e)
			}
		}
		if took := time.Since(start); took < 2500*time.Millisecond {
			t.Errorf("six lists within %v", took)
		}
		running.Store(0)
		if e := <-events; len(e.InFlight) != 0 || e.InFlight == nil {
			t.Errorf("the last list: %+v", e.InFlight)
		}
		time.Sleep(time.Minute)
		idle := asked.Load()
		time.Sleep(time.Hour)
		if n := asked.Load(); n != idle {
			t.Errorf("asked %d times while idle", n-idle)
		}
	})
}

// Requests come all day, and hardly ever does anybody look at them.
func TestNobodyIsWokenForNobody(t *testing.T) {
	h := newHub(func() []usage.InFlight { return nil }, func() State { return State{} })
	ctx, cancel := context.WithCancel(t.Context())
	events := h.subscribe(ctx)
	if len(h.touched) != 1 {
		t.Error("a newcomer is not shown what runs")
	}
	<-h.touched
	cancel()
	for range events { // until it is closed
	}
	h.touch()
	if len(h.touched) != 0 {
		t.Error("the hub is woken although nobody listens")
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		ifMatch string
		want    bool
	}{
		{"", true},
		{"*", true},
		{"abc", true},
		{`"abc"`, true},
		{`W/"abc"`, true},
		{`"x", "abc"`, true},
		{`"x"`, false},
		{"ab", false},
	} {
		if got := matches(c.ifMatch, "abc"); got != c.want {
			t.Errorf("matches(%q) = %t", c.ifMatch, got)
		}
	}
}

func TestEnvName(t *testing.T) {
	for name, want := range map[string]string{"openai": "OPENAI_API_KEY", "My Server 2": "MY_SERVER_2_API_KEY", "4o": "_4O_API_KEY", "z.ai": "Z_AI_API_KEY"} {
		if got := envName(name); got != want {
			t.Errorf("envName(%q) = %q, want %q", name, got, want)
		}
	}
}
