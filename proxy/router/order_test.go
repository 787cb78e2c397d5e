package router_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) wait(d time.Duration) { c.now = c.now.Add(d) }

func newBook() (*health.Book, *clock) {
	c := &clock{now: time.Unix(1_000_000, 0)}
	return health.New(func() time.Time { return c.now }), c
}

// grouped is a configuration with a group g of models a, b, c ….
func grouped(of ...config.Member) *config.Config {
	cfg := &config.Config{Router: config.Router{Groups: []config.Group{{Name: "g", Members: of}}}}
	for _, m := range of {
		cfg.Models = append(cfg.Models, model(m.Model, llm.OpenAI))
	}
	return cfg
}

func TestOrderInAGroup(t *testing.T) {
	even := []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 1}, {Model: "c", Weight: 1}}
	down := func(b *health.Book, name string) {
		for range 5 {
			b.Force(health.ID{Backend: name}).Done(llm.KindServer, 0)
		}
	}
	measure := func(b *health.Book, name string, d time.Duration) {
		try := b.Force(health.ID{Backend: name})
		try.FirstToken(d)
		try.Done("", 0)
	}
	for _, tt := range []struct {
		name    string
		members []config.Member
		before  func(b *health.Book, c *clock)
		busy    string
		want    string
	}{
		{name: "nothing is known", members: even, want: "a b c"},
		{name: "least in flight", members: even, want: "b c a", before: func(b *health.Book, _ *clock) {
			b.Force(health.ID{Backend: "a"})
			b.Force(health.ID{Backend: "a"})
			b.Force(health.ID{Backend: "c"})
		}},
		{name: "quickest", members: even, want: "b c a", before: func(b *health.Book, _ *clock) {
			measure(b, "a", 3*time.Second)
			measure(b, "b", time.Second)
			measure(b, "c", 2*time.Second)
		}},
		{name: "not measured yet", members: even, want: "c b a", before: func(b *health.Book, _ *clock) {
			measure(b, "a", 3*time.Second)
			measure(b, "b", time.Second)
		}},
		{name: "measured long ago", members: even, want: "a c b", before: func(b *health.Book, c *clock) {
			measure(b, "a", 3*time.Second)
			c.wait(3 * time.Minute)
			measure(b, "b", 2*time.Second)
			measure(b, "c", time.Second)
		}},
		{name: "in flight before quick", members: even, want: "b c a", before: func(b *health.Book, _ *clock) {
			measure(b, "a", time.Second)
			measure(b, "b", 2*time.Second)
			measure(b, "c", 3*time.Second)
			b.Force(health.ID{Backend: "a"})
		}},
		{name: "fails fast", members: even, want: "b c a", before: func(b *health.Book, _ *clock) {
			b.SetRules(health.Rules{})
			down(b, "a")
			b.Force(health.ID{Backend: "b"}) // which leaves it better than the one that fails
			measure(b, "b", time.Second)
			b.Force(health.ID{Backend: "c"})
			measure(b, "c", 2*time.Second)
			b.Force(health.ID{Backend: "a"})
		}},
		{name: "unavailable", members: even, want: "b c a", before: func(b *health.Book, _ *clock) { down(b, "a") }},
		{name: "to be probed", members: even, want: "a b c", before: func(b *health.Book, c *clock) {
			for _, name := range []string{"a", "b", "c"} {
				measure(b, name, time.Second)
			}
			down(b, "a")
			c.wait(10 * time.Second)
		}},
		{name: "busy", members: even, busy: "a", want: "b c a"},
		{name: "busy before unavailable", members: even, busy: "b", want: "c b a", before: func(b *health.Book, _ *clock) { down(b, "a") }},
		{name: "priority", members: []config.Member{{Model: "a", Weight: 1, Priority: 2}, {Model: "b", Weight: 1}, {Model: "c", Weight: 1, Priority: 1}}, want: "b c a"},
		{name: "stand-by", members: []config.Member{{Model: "a"}, {Model: "b", Weight: 1}, {Model: "c", Weight: 1}}, want: "b c a"},
		{
			name: "stand-by before unavailable", members: []config.Member{{Model: "a"}, {Model: "b", Weight: 1}, {Model: "c", Weight: 1}}, want: "c a b",
			before: func(b *health.Book, _ *clock) { down(b, "b") },
		},
		{name: "all on stand-by", members: []config.Member{{Model: "a"}, {Model: "b"}}, want: "a b"},
		{name: "by weight", members: []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 3}, {Model: "c", Weight: 2}}, want: "b c a"},
		{
			name: "next by weight", members: []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 3}, {Model: "c", Weight: 2}}, want: "c a b",
			before: func(b *health.Book, _ *clock) {
				b.Draw("g", []health.Share{{Name: "a", Weight: 1}, {Name: "b", Weight: 3}, {Name: "c", Weight: 2}})
			},
		},
		{name: "where the conversation was", members: even, want: "c a b", before: func(b *health.Book, _ *clock) {
			b.Remember("conversation", "g", "c", time.Hour)
			b.Force(health.ID{Backend: "c"})
		}},
		{
			name: "where the conversation was, with weights", members: []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 3}}, want: "a b",
			before: func(b *health.Book, _ *clock) { b.Remember("conversation", "g", "a", time.Hour) },
		},
		{name: "where it cannot stay", members: even, want: "a b c", before: func(b *health.Book, _ *clock) {
			b.Remember("conversation", "g", "c", time.Hour)
			down(b, "c")
		}},
		{
			name: "priority before the conversation", members: []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 1, Priority: 1}}, want: "a b",
			before: func(b *health.Book, _ *clock) { b.Remember("conversation", "g", "b", time.Hour) },
		},
	} {
		b, c := newBook()
		if tt.before != nil {
			tt.before(b, c)
		}
		ask := router.Ask{Model: "g", Dialect: llm.OpenAI, Conversation: "conversation"}
		if tt.busy != "" {
			ask.Busy = func(m *config.Model) bool { return m.Name == tt.busy }
		}
		targets, err := router.New(grouped(tt.members...)).Route(ask, b)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, target := range targets {
			got += " " + target.Backend()
		}
		if got != " "+tt.want {
			t.Errorf("%s: order%s, want %s", tt.name, got, tt.want)
		}
		if at := b.Remembered("conversation", "g"); at != "" && (targets[0].Backend() == at) != (targets[0].Why == router.WhyAffinity) {
			t.Errorf("%s: the first is %s because %q", tt.name, targets[0].Backend(), targets[0].Why)
		}
	}
}

// A backend with two keys can be asked as long as one of them works.
func TestOneKeyIsEnough(t *testing.T) {
	cfg := grouped(config.Member{Model: "a", Weight: 1}, config.Member{Model: "b", Weight: 1})
	cfg.Models[0].Keys = []config.Key{{Name: "k1"}, {Name: "k2"}}
	b, _ := newBook()
	table := router.New(cfg)
	for _, tt := range []struct{ key, want string }{{"k1", "a"}, {"k2", "b"}} {
		b.Force(health.ID{Backend: "a", Key: tt.key}).Done(llm.KindAuth, 0)
		b.Force(health.ID{Backend: "b"}).Done("", 0)
		targets, _ := table.Route(router.Ask{Model: "g", Dialect: llm.OpenAI}, b)
		if got := targets[0].Backend(); got != tt.want {
			t.Errorf("with %s refused: %s first, want %s", tt.key, got, tt.want)
		}
	}
}

// tree draws a group of models and groups, and lists its models with their
// priorities on the way down.
type tree struct {
	cfg    *config.Config
	models []string
}

func (x *tree) group(t *rapid.T, name string, depth int) {
	g := config.Group{Name: name}
	for i := range rapid.IntRange(1, 4).Draw(t, "members of "+name) {
		m := config.Member{
			Weight: rapid.SampledFrom([]int{0, 1, 1, 1, 3}).Draw(t, "weight"), Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
		}
		if depth > 0 && rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			m.Model = fmt.Sprint(name, "/", i)
			x.group(t, m.Model, depth-1)
		} else {
			m.Model = "m" + fmt.Sprint(len(x.models))
			add := model(m.Model, llm.OpenAI)
			if rapid.IntRange(0, 4).Draw(t, "closed") == 0 {
				add.AllowedKeys = []string{"k"}
			}
			x.cfg.Models = append(x.cfg.Models, add)
			x.models = append(x.models, m.Model)
		}
		g.Members = append(g.Members, m)
	}
	x.cfg.Router.Groups = append(x.cfg.Router.Groups, g)
}

// Whatever the groups, the health of their members and the caller: everybody
// who may be asked is in the route once; in each group a lower priority comes
// first among those that are available, and within a priority the available
// come before the others.
func TestOrderInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &tree{cfg: &config.Config{}}
		x.group(t, "g", 2)
		x.group(t, "f", 1)
		x.cfg.Router.Fallbacks = map[string][]string{"g": {"f", "m0"}}
		table := router.New(x.cfg)
		b, c := newBook()
		busy := map[string]bool{}
		for _, name := range x.models {
			id := health.ID{Backend: name}
			switch rapid.IntRange(0, 6).Draw(t, name) {
			case 0:
				for range 5 {
					b.Force(id).Done(llm.KindServer, 0)
				}
			case 1:
				b.Force(id).Done(llm.KindRateLimit, time.Duration(rapid.IntRange(0, 60).Draw(t, "asked"))*time.Second)
			case 2:
				for range rapid.IntRange(1, 4).Draw(t, "in flight") {
					b.Force(id)
				}
			case 3:
				try := b.Force(id)
				try.FirstToken(time.Duration(rapid.IntRange(1, 9).Draw(t, "seconds")) * time.Second)
				try.Done("", 0)
			case 4:
				b.Force(id).Done(llm.KindStream, 0)
			case 5:
				busy[name] = true
			}
		}
		c.wait(time.Duration(rapid.IntRange(0, 20).Draw(t, "wait")) * time.Second)
		caller := rapid.SampledFrom([]string{"", "k"}).Draw(t, "caller")
		ask := router.Ask{Model: "g", Dialect: llm.OpenAI, Caller: caller, Conversation: "c"}
		if rapid.Bool().Draw(t, "busy counts") {
			ask.Busy = func(m *config.Model) bool { return busy[m.Name] }
		} else {
			clear(busy)
		}
		b.Remember("c", "g", rapid.SampledFrom(x.models).Draw(t, "remembered"), time.Hour)
		targets, err := table.Route(ask, b)

		var want, got []string
		for _, m := range x.cfg.Models {
			if m.AllowedKeys == nil || caller == "k" {
				want = append(want, m.Name)
			}
		}
		if (err == nil) != (len(want) > 0) || err != nil && err.Kind != llm.KindPermission {
			t.Fatalf("%d may be asked: %v", len(want), err)
		}
		place := map[string]int{}
		for i, target := range targets {
			got = append(got, target.Backend())
			place[target.Backend()] = i
			if (target.Why == "") != (i == 0) && target.Why != router.WhyAffinity || target.Why == router.WhyAffinity && i > 0 {
				t.Fatalf("%d. is %s because %q", i, target.Backend(), target.Why)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("the route holds %v, want %v", got, want)
		}
		available := func(name string) bool {
			ok, _, _ := b.Available(health.ID{Backend: name})
			return ok
		}
		for _, top := range []string{"g", "f"} {
			checkGroup(t, x.cfg, top, place, func(name string) int {
				switch {
				case !available(name):
					return 2
				case busy[name]:
					return 1
				}
				return 0
			})
		}
	})
}

// checkGroup holds the members of a group to the order of priorities and, in
// each, of ranks: 0 free, 1 busy, 2 unavailable.
func checkGroup(t *rapid.T, cfg *config.Config, top string, place map[string]int, rank func(string) int) {
	find := func(name string) *config.Group {
		i := slices.IndexFunc(cfg.Router.Groups, func(g config.Group) bool { return g.Name == name })
		if i < 0 {
			return nil
		}
		return &cfg.Router.Groups[i]
	}
	type leaf struct {
		name     string
		priority int
		standby  bool
	}
	var leaves func(name string, standby bool) []leaf
	leaves = func(name string, standby bool) []leaf {
		g := find(name)
		if g == nil {
			return []leaf{{name: name, standby: standby}}
		}
		var out []leaf
		for _, m := range g.Members {
			for _, l := range leaves(m.Model, standby || m.Weight == 0) {
				l.priority = m.Priority
				out = append(out, l)
			}
		}
		return out
	}
	of := leaves(top, false)
	for _, x := range of {
		for _, y := range of {
			px, okx := place[x.name]
			py, oky := place[y.name]
			if !okx || !oky {
				continue
			}
			if x.priority < y.priority && px > py {
				t.Fatalf("%s of priority %d is asked after %s of %d", x.name, x.priority, y.name, y.priority)
			}
			if x.priority != y.priority || px < py {
				continue
			}
			// x comes later: it must not be the better one.
			if rx, ry := rank(x.name), rank(y.name); rx == 0 && (ry > 0 || !x.standby && y.standby) && !(x.standby && ry == 1) {
				t.Fatalf("%s (%d, stand-by %v) is asked after %s (%d, %v)", x.name, rx, x.standby, y.name, ry, y.standby)
			} else if rx < 2 && ry == 2 {
				t.Fatalf("%s is asked after %s, which is unavailable", x.name, y.name)
			}
		}
	}
}

// Many ask at once while a new configuration takes over.
func TestRoutesAtOnce(t *testing.T) {
	b := health.New(nil)
	cfg := many()
	table := router.New(cfg)
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			for i := range 200 {
				name := []string{"both", "nested", "parts", "gpt-1", "router/x", "mixed"}[(n+i)%6]
				targets, err := table.Route(router.Ask{Model: name, Dialect: llm.OpenAI, Conversation: fmt.Sprint(i % 20)}, b)
				if err != nil {
					t.Error(err)
					return
				}
				for _, target := range targets {
					try, ok := b.Begin(health.ID{Backend: target.Backend()})
					if !ok {
						continue
					}
					if (n+i)%5 == 0 {
						try.Done(llm.KindServer, 0)
						continue
					}
					try.Done("", 0)
					b.Remember(fmt.Sprint(i%20), target.Group, target.Backend(), time.Minute)
					break
				}
				if i%50 == 0 {
					b.Retain(router.New(cfg).Known)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRoute(b *testing.B) {
	table := router.New(many())
	book := health.New(nil)
	for _, name := range []string{"a", "virtual", "both", "nested", "gpt-1", "router/x"} {
		b.Run(name, func(b *testing.B) {
			ask := router.Ask{Model: name, Dialect: llm.OpenAI}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := table.Route(ask, book); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A route to one model allocates its list of targets and nothing else.
func TestCostOfAPlainRoute(t *testing.T) {
	table := router.New(many())
	book := health.New(nil)
	if n := testing.AllocsPerRun(1000, func() { _, _ = table.Route(router.Ask{Model: "a", Dialect: llm.OpenAI}, book) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
