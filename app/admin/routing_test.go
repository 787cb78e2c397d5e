package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// routed leads everywhere.
const routed = `# mine
providers:
  local: {api_base: "http://127.0.0.1:9/v1", concurrency_limit: 1}
  far: {api_base: "http://127.0.0.1:9/v1", api_keys: [sk-one, sk-two]}
model_list:
  - model_name: a
    provider: local
  - model_name: b
    provider: far
  - model_name: many-*
    provider: local
router_settings:
  fallbacks:
    - a: [b] # why
    - any: [a, pool]
  context_fallbacks: [{a: [many-x]}]
  aliases: {best: a}
  groups:
    # the pool
    - name: pool
      targets:
        - {model: a, weight: 2} # heavy
        - {model: b, priority: 1}
`

// outline is a route in one line.
func outline(v controller.RouteView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v:", v.Kind, v.Aliases)
	for _, s := range v.Stages {
		fmt.Fprintf(&b, " %s>%s(", s.Via, s.Name)
		for i, m := range s.Members {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%s %d@%d %s", m.Backend, m.Weight, m.Priority, m.Health)
		}
		b.WriteByte(')')
	}
	return b.String()
}

func (p *program) routes() map[string]controller.RouteView {
	p.t.Helper()
	out := map[string]controller.RouteView{}
	for _, r := range decode[controller.RoutingView](p.t, p.call("GET", "/api/routing", "").expect(p.t, 200)).Routes {
		out[r.Name] = r
	}
	return out
}

func TestRoutesAreShown(t *testing.T) {
	p := start(t, routed)
	// One key of two rests, so b is well; local has one slot, which is taken.
	try, _ := p.relay.Health().Begin(health.ID{Backend: "b", Key: "key 1"})
	try.Done(llm.KindRateLimit, time.Minute)
	slot, _ := p.relay.Queue().Try(limit.Ask{ID: "x", Wants: []limit.Want{{Name: "provider local", Limit: 1}}})
	defer slot.Release()
	got := map[string]string{}
	for name, r := range p.routes() {
		got[name] = outline(r)
	}
	want := map[string]string{
		"a":      "model [best]: >a(a 1@0 busy) fallback>b(b 1@0 ok) context_fallback>many-*(many-* 1@0 busy)",
		"b":      "model []: >b(b 1@0 ok)",
		"many-*": "wildcard []: >many-*(many-* 1@0 busy)",
		"pool":   "group []: >pool(a 2@0 busy b 1@1 ok)",
		"any":    "virtual []: >a(a 1@0 busy) fallback>b(b 1@0 ok) fallback>pool(a 2@0 busy b 1@1 ok)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	b := p.routes()["b"].Stages[0].Members[0]
	if diff := cmp.Diff([]string{"key 1", "key 2"}, b.Keys); diff != "" || b.Provider != "far" || !slices.Equal(b.Dialects, []string{"openai"}) {
		t.Errorf("b: %+v", b)
	}
	try, _ = p.relay.Health().Begin(health.ID{Backend: "b", Key: "key 2"})
	try.Done(llm.KindAuth, 0)
	if got := outline(p.routes()["b"]); !strings.Contains(got, "cooling") {
		t.Errorf("with both keys set aside: %s", got)
	}
}

func TestRoutesAreEdited(t *testing.T) {
	p := start(t, routed)
	etag := p.call("GET", "/api/routing", "").header.Get("ETag")
	body := `{"members":[{"model":"a","weight":5,"priority":0},{"model":"many-x","weight":1,"priority":2}],"fallbacks":["b"],"aliases":["swim"]}`
	v := decode[controller.RouteView](t, p.call("PUT", "/api/routing/pool", body, "If-Match", etag).expect(t, 200))
	if got, want := outline(v), "group [swim]: >pool(a 5@0 ok many-* 1@2 ok) fallback>b(b 1@0 ok)"; got != want {
		t.Errorf("got %s", got)
	}
	if len(v.Members) != 2 || *v.Members[0].Weight != 5 || v.Members[1].Model != "many-x" || v.Members[1].Priority != 2 || !slices.Equal(v.Fallbacks, []string{"b"}) {
		t.Errorf("as configured: %+v", v)
	}
	for _, comment := range []string{"# mine", "# the pool", "# heavy", "# why"} {
		if !strings.Contains(p.file(), comment) {
			t.Errorf("%s is gone:\n%s", comment, p.file())
		}
	}
	p.call("PUT", "/api/routing/pool", `{"fallbacks":[]}`, "If-Match", etag).expect(t, 412)
	p.call("PUT", "/api/routing/a", `{"context_fallbacks":[],"policy_fallbacks":["pool"]}`).expect(t, 200)
	if got, want := outline(p.routes()["a"]), "model [best]: >a(a 1@0 ok) fallback>b(b 1@0 ok) policy_fallback>pool(a 5@0 ok many-* 1@2 ok)"; got != want {
		t.Errorf("got %s", got)
	}
	// What did not exist.
	p.call("PUT", "/api/routing/new%2Fgroup", `{"members":[{"model":"b"},{"model":"pool","weight":0}]}`).expect(t, 200)
	p.call("PUT", "/api/routing/dream", `{"fallbacks":["new/group"]}`).expect(t, 200)
	if got := outline(p.routes()["new/group"]); got != "group []: >new/group(b 1@0 ok a 5@0 ok many-* 1@0 ok)" {
		t.Errorf("got %s", got)
	}
	// Removed, with what leads to it.
	problem := p.call("DELETE", "/api/routing/pool", "").expect(t, 409).problem(t)
	for _, by := range []string{"the fallbacks of any", "the policy fallbacks of a", "group new/group", "alias swim"} {
		if !strings.Contains(problem.Detail, by) {
			t.Errorf("%q is not named: %s", by, problem.Detail)
		}
	}
	p.call("DELETE", "/api/routing/pool?force=true", "").expect(t, 204)
	p.call("DELETE", "/api/routing/pool", "").expect(t, 404)
	p.call("DELETE", "/api/routing/dream", "").expect(t, 204)
	p.call("PUT", "/api/routing/new%2Fgroup", `{"members":[]}`).expect(t, 200)
	if f := p.file(); strings.Contains(f, "pool\n") || strings.Contains(f, "swim") || strings.Contains(f, "new/group") || strings.Contains(f, "dream") {
		t.Errorf("something is left:\n%s", f)
	}
}

func TestRoutesThatCannotBeMeant(t *testing.T) {
	p := start(t, routed)
	for _, tt := range []struct {
		method, path, body string
		status             int
		words              string
	}{
		{"PUT", "nobody", `{"aliases":["x"]}`, 404, "nobody"},
		{"PUT", "a", `{"members":[{"model":"b"}]}`, 409, "model"},
		{"PUT", "best", `{"fallbacks":["b"]}`, 409, "another name of"},
		{"PUT", "a", `{"fallbacks":["lost"]}`, 422, "lost"},
		{"PUT", "a", `{"fallbacks":["a"]}`, 422, "itself"},
		{"PUT", "g", `{"members":[{"model":"lost"}]}`, 422, "lost"},
		{"PUT", "pool", `{"members":[{"model":"a"},{"model":"pool"}]}`, 422, "itself"},
		{"PUT", "a", `{"aliases":["b"]}`, 422, "alias"},
		{"PUT", "pool", `{"members":[{"model":"a","weight":-1}]}`, 422, ""},
		{"PUT", "pool", `{"membres":[]}`, 422, ""},
		{"DELETE", "a", "", 409, "model"},
		{"DELETE", "many-*", "", 409, "model"},
		{"POST", "clear", `{"backend":"nobody"}`, 404, "no target"},
	} {
		problem := p.call(tt.method, "/api/routing/"+tt.path, tt.body).expect(t, tt.status).problem(t)
		if !strings.Contains(problem.Detail, tt.words) {
			t.Errorf("%s %s %s: %s", tt.method, tt.path, tt.body, problem.Detail)
		}
	}
	if p.file() != routed {
		t.Errorf("the file has changed:\n%s", p.file())
	}
}

// fail makes a backend fail until its circuit opens.
func (p *program) fail(backend, key string) {
	for range 5 {
		p.relay.Health().Force(health.ID{Backend: backend, Key: key}).Done(llm.KindConnect, 0)
	}
}

func TestTargetsInTrouble(t *testing.T) {
	p := start(t, routed)
	events := p.ctl.Subscribe(t.Context())
	p.fail("b", "key 1")
	s := p.eventually("one target rests", func(s controller.State) bool { return s.Troubled == 1 })
	if notice(s, "routing") != nil {
		t.Errorf("b has another key: %+v", s.Notices)
	}
	p.fail("b", "key 2")
	s = p.eventually("b has nobody left", func(s controller.State) bool { return notice(s, "routing") != nil })
	if n := notice(s, "routing"); s.Troubled != 2 || n.Level != "warning" || !strings.Contains(n.Message, "model b ") {
		t.Errorf("state: %+v", s)
	}
	p.fail("a", "")
	says := func(words string) func(s controller.State) bool {
		return func(s controller.State) bool {
			n := notice(s, "routing")
			return n != nil && strings.Contains(n.Message, words)
		}
	}
	if s = p.eventually("nobody is left", says("4 models")); s.Troubled != 3 {
		t.Errorf("state: %+v", s)
	}
	for e := range events {
		if e.Type == controller.EventRouting && len(e.Targets) == 3 {
			break
		}
	}
	checks, err := p.client.Doctor(t.Context())
	must(t, err)
	i := slices.IndexFunc(checks, func(c controller.Check) bool { return c.Name == "targets" })
	if i < 0 || checks[i].Status != controller.CheckWarning || !strings.Contains(checks[i].Detail, "3 of 3") || !strings.Contains(checks[i].Detail, "5 failures") {
		t.Errorf("the doctor says %+v", checks)
	}
	// Cleared one by one and all at once.
	n, err := p.client.ClearRouting(t.Context(), "b", "key 2")
	must(t, err)
	if n != 1 {
		t.Errorf("%d cleared", n)
	}
	if s := p.ctl.State(); s.Troubled != 2 {
		t.Errorf("state: %+v", s)
	}
	if got := decode[clearedTargets](t, p.call("POST", "/api/routing/clear", "").expect(t, 200)); got.Changed != 2 {
		t.Errorf("%d cleared", got.Changed)
	}
	p.eventually("all is well", func(s controller.State) bool { return s.Troubled == 0 && notice(s, "routing") == nil })
}

func TestQueueIsShownAndCut(t *testing.T) {
	p := start(t, oneModel)
	events := p.ctl.Subscribe(t.Context())
	ask := limit.Ask{ID: "run/1", Model: "small", Client: "curl", Wants: []limit.Want{{Name: "model small", Limit: 1}}}
	slot, ok := p.relay.Queue().Try(ask)
	if !ok {
		t.Fatal("no slot")
	}
	defer slot.Release()
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_, err := p.relay.Queue().Enter(ctx, ask)
		ended <- err
	}()
	for e := range events {
		if e.Type == controller.EventQueue && len(e.Waiting) == 1 {
			break
		}
	}
	p.eventually("one waits", func(s controller.State) bool { return s.Waiting == 1 })
	view, err := p.client.Queue(t.Context())
	must(t, err)
	if len(view.Waiting) != 1 || view.Waiting[0].ID != "run/1" || view.Waiting[0].Position != 1 || len(view.Uses) != 1 || view.Uses[0].InUse != 1 || view.Uses[0].Waiting != 1 {
		t.Errorf("queue: %+v", view)
	}
	must(t, p.client.Dequeue(t.Context(), "run/1"))
	var e *llm.Error
	if err := <-ended; !errors.As(err, &e) || e.Code != "queue_removed" {
		t.Errorf("the client was told %v", err)
	}
	p.call("DELETE", "/api/queue/run%2F1", "").expect(t, 404).problem(t)
	p.eventually("nobody waits", func(s controller.State) bool { return s.Waiting == 0 })
}

func TestLimitsAreShownAndToldOf(t *testing.T) {
	const limits = "limits: {requests_per_minute: 4, soft_percent: 50, degrade_to: small}\n"
	p := start(t, oneModel+limits)
	list := decode[limitList](t, p.call("GET", "/api/limits", "").expect(t, 200)).Limits
	if len(list) != 1 || list[0].Scope != "total" || list[0].RequestsPerMinute != (limit.Level{Used: 0, Bound: 4}) {
		t.Errorf("limits: %+v", list)
	}
	for range 2 {
		verdict, err := p.relay.Rates().Admit(p.relay.Snapshot().Scopes())
		must(t, err)
		for _, w := range verdict.Soft {
			p.ctl.Routing.Warn(w)
		}
	}
	s := p.eventually("a limit is near", func(s controller.State) bool { return notice(s, "limit") != nil })
	if n := notice(s, "limit"); n.Message != "All callers together has used 50% of its 4 requests per minute, so small answers." {
		t.Errorf("notice: %+v", n)
	}
	p.write(oneModel)
	must(t, p.client.Reload(t.Context()))
	p.eventually("there is no limit", func(s controller.State) bool { return notice(s, "limit") == nil })
	if list := decode[limitList](t, p.call("GET", "/api/limits", "").expect(t, 200)).Limits; len(list) != 0 {
		t.Errorf("limits: %+v", list)
	}
}
