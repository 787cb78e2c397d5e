package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"go.uber.org/goleak"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The backends of these tests: one that keeps what it answers, one that speaks
// Responses and keeps nothing, and one of another dialect.
var (
	openai = session.Target{Backend: "gpt", Native: true}
	bare   = session.Target{Backend: "bare", Native: true}
	claude = session.Target{Backend: "claude"}
)

// gate is a database that can be away.
type gate struct {
	*store.DB
	mu    sync.Mutex
	err   error
	saves int
	open  chan struct{} // SaveTurn waits until it is closed
}

func (g *gate) set(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

func (g *gate) SaveTurn(ctx context.Context, t *session.Turn) error {
	if g.open != nil {
		select {
		case <-g.open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.mu.Lock()
	g.saves++
	err := g.err
	g.mu.Unlock()
	if err != nil {
		return err
	}
	return g.DB.SaveTurn(ctx, t)
}

// world is a session over a database of its own.
type world struct {
	*session.Session
	t  *testing.T
	db *gate
}

func newWorld(t *testing.T, change ...func(*session.Options)) *world {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "yallm.db")})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: &gate{DB: db}}
	w.Session = w.start(change...)
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return w
}

func (w *world) start(change ...func(*session.Options)) *session.Session {
	o := session.Options{Store: w.db}
	for _, f := range change {
		f(&o)
	}
	return session.New(o)
}

// begin begins a request that must be let through.
func (w *world) begin(request string) *session.Asked {
	w.t.Helper()
	a, err := w.try(request)
	if err != nil {
		w.t.Fatalf("%s: %v", request, err)
	}
	return a
}

func (w *world) try(request string) (*session.Asked, *llm.Error) {
	w.t.Helper()
	b, err := body.Parse([]byte(request))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.Begin(w.t.Context(), "laptop", b)
}

// sent is the request as a backend gets it.
func (w *world) sent(a *session.Asked, to session.Target) string {
	w.t.Helper()
	b, err := a.Body(to)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b.Bytes())
}

// turn is a request that is answered with an id and output items.
func (w *world) turn(request string, by session.Target, id, output string) {
	w.t.Helper()
	a := w.begin(request)
	w.sent(a, by)
	a.End(by, []byte(answer(by, id, output)))
}

func answer(by session.Target, id, output string) string {
	return fmt.Sprintf(`{"id":%q,"object":"response","status":"completed","store":%v,"output":[%s]}`, id, by != bare, output)
}

// saved waits until the database has a response.
func (w *world) saved(id string) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		_, err := w.db.Turn(w.t.Context(), "laptop", id)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s is not saved: %v", id, err)
		}
	}
}

const (
	said    = `{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"<b>hi</b>"}]}`
	saidFor = `{"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"<b>hi</b>"}]}`
)

func TestExpandKeepsTheRestAsItIs(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"one & \u00e9"}`, claude, "resp_1", said)
	const history = `{"type":"message","role":"user","content":"one & \u00e9"},` + said
	for name, tt := range map[string]struct{ in, want string }{
		"string": {
			`{"model":"m", "previous_response_id":"resp_1","input" : "two <&>" ,"x":[1, 2]}`,
			`{"model":"m","input" : [` + history + `,{"type":"message","role":"user","content":"two <&>"}] ,"x":[1, 2]}`,
		},
		"items": {
			"{\n  \"input\": [ {\"role\":\"user\",\"content\":\"a\"},\n  {\"odd\" : 1e3} ],\n  \"previous_response_id\": \"resp_1\"\n}",
			"{\n  \"input\": [" + history + ",{\"role\":\"user\",\"content\":\"a\"},\n  {\"odd\" : 1e3}]\n}",
		},
		"no items":     {`{"previous_response_id":"resp_1","input":[ ]}`, `{"input":[` + history + `]}`},
		"no input":     {`{"previous_response_id":"resp_1","model":"m"}`, `{"model":"m","input":[` + history + `]}`},
		"null":         {`{"input":null,"previous_response_id":"resp_1","conversation":null}`, `{"input":[` + history + `]}`},
		"said twice":   {`{"previous_response_id":"resp_0","previous_response_id":"resp_1","input":[]}`, `{"input":[` + history + `]}`},
		"nothing":      {`{ "input":"one", "previous_response_id":null , "conversation": null}`, ``},
		"empty name":   {`{"input":"one","previous_response_id":""}`, ``},
		"not stored":   {`{"input":"one","store":false}`, ``},
		"store, null":  {`{"input":"one","store":null}`, ``},
		"no reference": {`{"input":[{"type":"message","content":"item_reference"}]}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.in
			}
			if got := w.sent(w.begin(tt.in), claude); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestWhoGetsWhat asks each backend to continue an answer of each.
func TestWhoGetsWhat(t *testing.T) {
	const (
		sealed  = `{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}`
		hollow  = `{"type":"reasoning","id":"rs_2","summary":[]}`
		open    = `{"type":"reasoning","id":"rs_3","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}`
		call    = `{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}"}`
		callFor = `{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}`
		search  = `{"type":"web_search_call","id":"ws_1","status":"completed"}`
		asked   = `{"type":"message","role":"user","content":"q"},`
		next    = `,{"type":"message","role":"user","content":"next"}`
		all     = sealed + `,` + hollow + `,` + open + `,` + call + `,` + search + `,` + said
	)
	sealedFor := strings.Replace(sealed, `"id":"rs_1",`, ``, 1)
	other, bareOther := session.Target{Backend: "gpt2", Native: true}, session.Target{Backend: "llama"}
	for _, tt := range []struct {
		by, to session.Target
		want   string // items of the answer; "" for the request as it came
	}{
		{openai, openai, ""},
		{bare, bare, sealed + `,` + open + `,` + call + `,` + search + `,` + said},
		{claude, claude, all},
		{openai, other, callFor + `,` + search + `,` + saidFor},
		{claude, openai, callFor + `,` + search + `,` + saidFor},
		{bare, openai, callFor + `,` + search + `,` + saidFor},
		{openai, claude, sealedFor + `,` + callFor + `,` + search + `,` + saidFor},
		{claude, bareOther, sealedFor + `,` + callFor + `,` + search + `,` + saidFor},
	} {
		t.Run(tt.by.Backend+" to "+tt.to.Backend, func(t *testing.T) {
			w := newWorld(t)
			w.turn(`{"input":"q"}`, tt.by, "resp_1", all)
			request := `{"previous_response_id":"resp_1","input":"next"}`
			want := `{"input":[` + asked + tt.want + next + `]}`
			if tt.want == "" {
				want = request
			}
			a := w.begin(request)
			if got := w.sent(a, tt.to); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			again := a.Forgotten(tt.to)
			if again != (tt.want == "") {
				t.Errorf("forgotten: %v", again)
			}
			if again {
				want = `{"input":[` + asked + callFor + `,` + search + `,` + saidFor + next + `]}`
			}
			if got := w.sent(a, tt.to); got != want {
				t.Errorf("once more: got  %s\nwant %s", got, want)
			}
			if a.Forgotten(tt.to) {
				t.Error("it can forget only once")
			}
		})
	}
}

// TestChainOverBackends: only the last turn counts for a request as it came,
// and what a backend keeps itself it gets with its ids.
func TestChainOverBackends(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"a"}`, openai, "r1", `{"type":"message","id":"m1"}`)
	w.turn(`{"input":"b","previous_response_id":"r1"}`, claude, "r2", `{"type":"message","id":"m2"}`)
	request := `{"input":"c","previous_response_id":"r2"}`
	user := func(text string) string { return `{"type":"message","role":"user","content":"` + text + `"}` }
	want := `{"input":[` + user("a") + `,{"type":"message","id":"m1"},` + user("b") + `,{"type":"message"},` + user("c") + `]}`
	if got := w.sent(w.begin(request), openai); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.turn(request, openai, "r3", `{"type":"message","id":"m3"}`)
	request = `{"input":"d","previous_response_id":"r3"}`
	if got := w.sent(w.begin(request), openai); got != request {
		t.Errorf("got %s", got)
	}
	want = `{"input":[` + user("a") + `,{"type":"message"},` + user("b") + `,{"type":"message","id":"m2"},` + user("c") + `,{"type":"message"},` + user("d") + `]}`
	if got := w.sent(w.begin(request), claude); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestReferences is what the AI SDK sends: what the model said stands as
// references to stored items in front of the new question.
func TestReferences(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"a"}`, claude, "r1", said+`,{"type":"function_call","id":"fc_1","call_id":"c"}`)
	w.turn(`{"input":"a"}`, openai, "r2", `{"type":"message","id":"m2"}`)
	const request = `{"input":[ {"role":"user", "content":"a"}, {"type":"item_reference","id":"msg_1"} ,{"id":"fc_1","type":"item_reference"}]}`
	want := `{"input":[{"role":"user", "content":"a"},` + said + `,{"type":"function_call","id":"fc_1","call_id":"c"}]}`
	if got := w.sent(w.begin(request), claude); got != want {
		t.Errorf("own: got  %s\nwant %s", got, want)
	}
	want = `{"input":[{"role":"user", "content":"a"},` + saidFor + `,{"type":"function_call","call_id":"c"}]}`
	if got := w.sent(w.begin(request), openai); got != want {
		t.Errorf("another's: got  %s\nwant %s", got, want)
	}
	const native = `{"input":[ {"type":"item_reference","id":"m2"},{"type":"item_reference","id":"from_elsewhere"}]}`
	a := w.begin(native)
	if got := w.sent(a, openai); got != native {
		t.Errorf("kept by the backend: got %s", got)
	}
	_, err := a.Body(claude)
	wantError(t, err, 404, "", "input", "Item with id 'from_elsewhere' not found.")
	if !a.Forgotten(openai) {
		t.Error("nothing to forget")
	}
	if got := w.sent(a, openai); got != `{"input":[{"type":"message"},{"type":"item_reference","id":"from_elsewhere"}]}` {
		t.Errorf("forgotten: got %s", got)
	}
	// A turn that was asked with references is continued elsewhere.
	w.turn(`{"input":[{"type":"item_reference","id":"m2"}]}`, openai, "r3", `{"type":"message","id":"m3"}`)
	want = `{"input":[{"type":"message"},{"type":"message"},{"type":"message","role":"user","content":"x"}]}`
	if got := w.sent(w.begin(`{"previous_response_id":"r3","input":"x"}`), claude); got != want {
		t.Errorf("in a chain: got  %s\nwant %s", got, want)
	}
	b, _ := body.Parse([]byte(request))
	_, err = w.Begin(t.Context(), "other", b)
	w.saved("r1")
	if err == nil {
		_, err = w.Begin(t.Context(), "other", b)
	}
	wantError(t, err, 404, "", "input", "Item with id 'msg_1' not found.")
}

func wantError(t *testing.T, err *llm.Error, status int, code, param, message string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %d %s", status, message)
		return
	}
	got := fmt.Sprintf("%d %q %q %s", err.Status, err.Code, err.Param, err.Message)
	if want := fmt.Sprintf("%d %q %q %s", status, code, param, message); got != want || err.Source != llm.FromProxy {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		request           string
		status            int
		code, param, text string
	}{
		{`{"previous_response_id":"resp_x"}`, 400, "previous_response_not_found", "previous_response_id", "Previous response with id 'resp_x' not found."},
		{`{"previous_response_id":{}}`, 400, "invalid_type", "previous_response_id", "Invalid type for 'previous_response_id': expected a string, but got an object instead."},
		{`{"conversation":"conv_x"}`, 404, "", "", "Conversation with id 'conv_x' not found."},
		{`{"conversation":{"id":"conv_x"}}`, 404, "", "", "Conversation with id 'conv_x' not found."},
		{`{"conversation":7}`, 400, "invalid_type", "conversation", "Invalid type for 'conversation': expected one of a conversation object or a string, but got a number instead."},
		{
			`{"conversation":"c","previous_response_id":"r"}`, 400, "mutually_exclusive_parameters", "",
			"Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of these parameters.",
		},
		{`{"store":"yes"}`, 400, "invalid_type", "store", "Invalid type for 'store': expected a boolean, but got a string instead."},
		{
			`{"background":true}`, 400, "unsupported_parameter", "background",
			"The proxy runs no responses in the background. Send the request without background, and read the answer as a stream.",
		},
	} {
		_, err := w.try(tt.request)
		wantError(t, err, tt.status, tt.code, tt.param, tt.text)
	}
	w.turn(`{"input":"a"}`, claude, "r1", said)
	_, err := w.begin(`{"previous_response_id":"r1","input":5}`).Body(claude)
	wantError(t, err, 400, "invalid_type", "input", "Invalid type for 'input': expected one of a string or array of input items, but got a number instead.")
}

func TestWhatIsNotKept(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"a","store":false}`, claude, "no", said)
	a := w.begin(`{"input":"a"}`)
	a.End(claude, []byte(`{"id":"failed","status":"failed"}`))
	a.End(claude, []byte(`{"id":"queued","status":"queued"}`))
	a.End(claude, []byte(`{"status":"completed"}`))
	a.End(claude, []byte(`{"id":7}`))
	a.End(claude, []byte(`nonsense`))
	a.End(claude, nil)
	a.End(claude, []byte(`{"id":"cut","status":"incomplete"}`))
	a.End(claude, []byte(`{"id":"plain"}`))
	w.saved("plain")
	for id, want := range map[string]bool{"no": false, "failed": false, "queued": false, "": false, "7": false, "cut": true, "plain": true} {
		if _, err := w.Response(t.Context(), "laptop", id); want != (err == nil) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// TestFoundBeforeItIsSaved has a database that is slow.
func TestFoundBeforeItIsSaved(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"0"}`, claude, "r0", `{"id":"m0"}`)
	w.saved("r0")
	w.db.open = make(chan struct{})
	buffer := []byte(answer(claude, "r1", `{"id":"m1"}`))
	w.begin(`{"input":"1","previous_response_id":"r0"}`).End(claude, buffer)
	clear(buffer) // it was the relay's
	w.turn(`{"input":"2","previous_response_id":"r1"}`, claude, "r2", `{"id":"m2"}`)
	w.turn(`{"input":"2","previous_response_id":"r1"}`, claude, "side", `{"id":"ms"}`)
	check := func(when string) {
		t.Helper()
		user := func(text string) string { return `{"type":"message","role":"user","content":"` + text + `"}` }
		want := `{"input":[` + user("0") + `,{"id":"m0"},` + user("1") + `,{"id":"m1"},` + user("2") + `,{"id":"m2"},` + user("3") + `]}`
		if got := w.sent(w.begin(`{"input":"3","previous_response_id":"r2"}`), claude); got != want {
			t.Errorf("%s: got  %s\nwant %s", when, got, want)
		}
		if got := w.sent(w.begin(`{"input":[{"type":"item_reference","id":"m1"}]}`), claude); got != `{"input":[{"id":"m1"}]}` {
			t.Errorf("%s: got %s", when, got)
		}
		if text, err := w.Response(t.Context(), "laptop", "r1"); err != nil || string(text) != answer(claude, "r1", `{"id":"m1"}`) {
			t.Errorf("%s: %s, %v", when, text, err)
		}
	}
	check("before")
	if _, err := w.Response(t.Context(), "other", "r1"); err == nil {
		t.Error("somebody else found it")
	}
	close(w.db.open)
	w.saved("side")
	check("after")
}

func TestDatabaseAway(t *testing.T) {
	w := newWorld(t, func(o *session.Options) { o.MaxPending = 1000 })
	w.db.set(errors.New("away"))
	w.turn(`{"input":"1"}`, claude, "r1", said)
	w.turn(`{"input":"2","previous_response_id":"r1"}`, claude, "r2", said)
	w.turn(`{"input":"`+strings.Repeat("x", 1000)+`"}`, claude, "big", said)
	if _, err := w.Response(t.Context(), "laptop", "big"); err == nil || err.Status != 404 || !strings.Contains(err.Message, "too much was waiting") {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := w.try(`{"previous_response_id":"big"}`); err == nil || err.Code != "previous_response_not_found" || !strings.Contains(err.Message, "too much was waiting") {
		t.Errorf("over the limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.DeleteResponse(ctx, "laptop", "r1"); err == nil || err.Kind != llm.KindCancelled {
		t.Errorf("deleting before it is saved: %v", err)
	}
	w.db.set(nil)
	if err := w.Close(t.Context()); err != nil { // tries at once
		t.Error(err)
	}
	w.turn(`{"input":"3"}`, claude, "late", said) // and no panic
	w.Session = w.start()
	for id, want := range map[string]bool{"r1": true, "r2": true, "late": false} {
		if _, err := w.Response(t.Context(), "laptop", id); want != (err == nil) {
			t.Errorf("%s after a restart: %v", id, err)
		}
	}
	if err := w.db.DB.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := w.try(`{"previous_response_id":"r1"}`)
	if err == nil || err.Status != 503 || err.Code != "database_unavailable" || strings.Contains(err.Message, "sql") {
		t.Errorf("a closed database: %v", err)
	}
}

func TestCloseGivesUp(t *testing.T) {
	w := newWorld(t)
	s := w.start()
	w.db.set(errors.New("away"))
	b, _ := body.Parse([]byte(`{"input":"x"}`))
	a, _ := s.Begin(t.Context(), "", b)
	a.End(claude, []byte(answer(claude, "r1", said)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "1 stored response") {
		t.Errorf("close: %v", err)
	}
}

// TestOrphan continues a response that is deleted before the answer is there.
func TestOrphan(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"1"}`, claude, "r1", said)
	a := w.begin(`{"input":"2","previous_response_id":"r1"}`)
	if _, err := w.DeleteResponse(t.Context(), "laptop", "r1"); err != nil {
		t.Fatal(err)
	}
	a.End(claude, []byte(answer(claude, "r2", said)))
	w.turn(`{"input":"3"}`, claude, "r3", said)
	w.saved("r3")
	if _, err := w.try(`{"previous_response_id":"r2"}`); err == nil || err.Code != "previous_response_not_found" {
		t.Errorf("half a conversation: %v", err)
	}
}

// TestConnection is a client of the WebSocket mode, which stores nothing and
// continues what it was told last.
// Some servers give ids again: the newest response counts, and what goes on from
// an older one stays with that.
func TestSameIDAgain(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	w := newWorld(t, func(o *session.Options) { o.Now = func() time.Time { return now } })
	const said = `{"type":"message","content":"%s"}`
	w.turn(`{"input":"one"}`, bare, "resp_1", fmt.Sprintf(said, "1"))
	w.saved("resp_1")
	goesOn := w.begin(`{"input":"more","previous_response_id":"resp_1"}`)
	w.turn(`{"input":"two"}`, bare, "resp_1", fmt.Sprintf(said, "2")) // at the same moment
	w.turn(`{"input":"end"}`, bare, "resp_0", fmt.Sprintf(said, "0"))
	w.saved("resp_0")
	newest := w.begin(`{"input":"x","previous_response_id":"resp_1"}`)
	if got := w.sent(newest, bare); !strings.Contains(got, `"two"`) || strings.Contains(got, `"one"`) {
		t.Errorf("newest: %s", got)
	}
	now = now.Add(time.Second)
	goesOn.End(bare, []byte(answer(bare, "resp_2", fmt.Sprintf(said, "1b"))))
	w.saved("resp_2")
	if got := w.sent(w.begin(`{"input":"x","previous_response_id":"resp_2"}`), bare); !strings.Contains(got, `"one"`) || strings.Contains(got, `"two"`) {
		t.Errorf("goes on: %s", got)
	}
	// The newest one is not kept, so that nobody is answered by an older one.
	w.begin(`{"input":"three"}`).TooLong([]byte(`{"id":"resp_1"`), 9<<20)
	_, err := w.try(`{"input":"x","previous_response_id":"resp_1"}`)
	wantError(t, err, 400, llm.CodePreviousNotFound, "previous_response_id",
		"Response with id 'resp_1' was not kept: it is longer than 9 MiB. Send the whole conversation as input.")
	if _, err := w.Response(t.Context(), "laptop", "resp_1"); err == nil || err.Status != 404 {
		t.Errorf("read: %v", err)
	}
	w.turn(`{"input":"four"}`, bare, "resp_1", fmt.Sprintf(said, "4"))
	w.saved("resp_1")
	if got := w.sent(w.begin(`{"input":"x","previous_response_id":"resp_1"}`), bare); !strings.Contains(got, `"four"`) {
		t.Errorf("kept again: %s", got)
	}
}

func TestConnection(t *testing.T) {
	w := newWorld(t)
	shared := w.Session
	first, second := shared.Connection(), shared.Connection()
	user := func(text string) string { return `{"type":"message","role":"user","content":"` + text + `"}` }
	w.Session = first
	w.turn(`{"input":"1","store":false}`, bare, "r1", `{"id":"m1"}`)
	const more = `{"input":"2","store":false,"previous_response_id":"r1"}`
	if got, want := w.sent(w.begin(more), bare), `{"input":[`+user("1")+`,{"id":"m1"},`+user("2")+`],"store":false}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.turn(more, bare, "r2", `{"id":"m2"}`)
	for name, s := range map[string]*session.Session{"other": second, "none": shared} {
		w.Session = s
		if _, err := w.try(`{"previous_response_id":"r2"}`); err == nil || err.Code != "previous_response_not_found" {
			t.Errorf("%s connection: %v", name, err)
		}
	}
	w.Session = first
	if _, err := w.try(`{"previous_response_id":"r1"}`); err == nil {
		t.Error("it remembers more than the last response")
	}
	// What stands on it and is stored has to hold all of it.
	w.turn(`{"input":"3","previous_response_id":"r2"}`, bare, "r3", `{"id":"m3"}`)
	want := `{"input":[` + user("1") + `,{"id":"m1"},` + user("2") + `,{"id":"m2"},` + user("3") + `,{"id":"m3"},` + user("4") + `]}`
	for range 2 {
		for name, s := range map[string]*session.Session{"own": first, "other": second, "none": shared} {
			w.Session = s
			if got := w.sent(w.begin(`{"input":"4","previous_response_id":"r3"}`), bare); got != want {
				t.Errorf("%s connection: got  %s\nwant %s", name, got, want)
			}
		}
		w.saved("r3")
	}
	w.Session = shared
}

func TestTooLong(t *testing.T) {
	w := newWorld(t, func(o *session.Options) { o.MaxChain = 1 << 20 })
	w.turn(`{"input":"`+strings.Repeat("x", 600_000)+`"}`, claude, "r1", said)
	w.turn(`{"input":"`+strings.Repeat("x", 600_000)+`","previous_response_id":"r1"}`, claude, "r2", said)
	w.saved("r2")
	_, err := w.try(`{"previous_response_id":"r2"}`)
	wantError(t, err, 400, "context_length_exceeded", "", "The stored conversation has more than 1 MiB of text. Begin a new one, with a summary of it.")
}

// TestBeginLooksAtTheTopOnly: a prompt that refers to nothing costs no copy.
func TestBeginLooksAtTheTopOnly(t *testing.T) {
	w := newWorld(t)
	b, err := body.Parse([]byte(`{"model":"m","input":[{"role":"user","content":"` + strings.Repeat("words ", 200_000) + `"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := testing.Benchmark(func(tb *testing.B) {
		for tb.Loop() {
			a, err := w.Begin(t.Context(), "laptop", b)
			if err != nil {
				tb.Fatal(err)
			}
			if same, _ := a.Body(openai); same != b {
				tb.Fatal("another body")
			}
		}
	})
	if n := got.AllocedBytesPerOp(); n > 2000 {
		t.Errorf("%d bytes for a request that needs nothing", n)
	}
	t.Log(got, got.MemString())
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	created, err := w.CreateConversation(t.Context(), "laptop", nil)
	if err != nil {
		t.Fatal(err)
	}
	id := gjson.GetBytes(created, "id").Str
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			previous := ""
			for n := range 10 {
				request := fmt.Sprintf(`{"input":"%d","previous_response_id":%q}`, n, previous)
				if n%2 == 1 {
					request = fmt.Sprintf(`{"input":"%d %d","conversation":%q}`, i, n, id)
				}
				b, _ := body.Parse([]byte(request))
				a, err := w.Begin(t.Context(), "laptop", b)
				if err != nil {
					t.Error(err)
					return
				}
				turn := fmt.Sprintf("r%d_%d", i, n)
				a.End(claude, []byte(answer(claude, turn, fmt.Sprintf(`{"id":"m%d_%d"}`, i, n))))
				if n%2 == 0 {
					previous = turn
				}
			}
		})
	}
	wait.Wait()
	page, err := w.ConversationItems(t.Context(), "laptop", id, session.Page{Limit: "100"})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(gjson.GetBytes(page, "data").Array()); n != 80 {
		t.Errorf("%d items in the conversation", n)
	}
	b, err := w.begin(`{"previous_response_id":"r3_8"}`).Body(claude)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b.Get("input").Array()); n != 10 {
		t.Errorf("%d items in the chain", n)
	}
}

// FuzzExpand: whatever a client sends, what a backend gets is JSON if that was.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{`"x"`, `[]`, `[ {"a":1} , 2]`, `null`, `[{"type":"item_reference","id":"msg_1"}]`, `{}`, `[[[]]`} {
		f.Add(seed, seed)
	}
	db, err := store.Open(f.Context(), store.Options{Path: ":memory:"})
	if err != nil {
		f.Fatal(err)
	}
	s := session.New(session.Options{Store: db})
	f.Cleanup(func() { _ = errors.Join(s.Close(context.WithoutCancel(f.Context())), db.Close()) })
	f.Fuzz(func(t *testing.T, first, second string) {
		text := func(input, more string) []byte { return []byte(`{"input":` + input + more + `}`) }
		b, err := body.Parse(text(first, ``))
		if err != nil || !json.Valid([]byte(first)) {
			return
		}
		a, _ := s.Begin(t.Context(), "", b)
		if a == nil {
			return
		}
		a.End(claude, []byte(answer(claude, "r1", said)))
		if b, err = body.Parse(text(second, `,"previous_response_id":"r1"`)); err != nil {
			return
		}
		for _, to := range []session.Target{claude, openai} {
			a, refused := s.Begin(t.Context(), "", b)
			if refused != nil {
				return
			}
			out, refused := a.Body(to)
			if refused == nil && json.Valid(b.Bytes()) && !json.Valid(out.Bytes()) {
				t.Errorf("%s after %s became %s", second, first, out.Bytes())
			}
		}
	})
}

func diff(t *testing.T, got []byte, want string) {
	t.Helper()
	var g, w any
	if err := errors.Join(json.Unmarshal(got, &g), json.Unmarshal([]byte(want), &w)); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
