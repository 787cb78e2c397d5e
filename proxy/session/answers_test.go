package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/session"
)

func TestStoredResponse(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"1"}`, claude, "r1", said)
	for range 2 {
		got, err := w.Response(t.Context(), "laptop", "r1")
		if err != nil || string(got) != answer(claude, "r1", said) {
			t.Errorf("got %s, %v", got, err)
		}
		w.saved("r1")
	}
	wantError(t, w.CancelResponse(t.Context(), "laptop", "r1"), 400, "", "", "Cannot cancel a synchronous response.")
	wantError(t, session.NoReplay(), 400, "unsupported_parameter", "stream",
		"The events of a stored response cannot be streamed again. Get it without stream=true.")
	for _, caller := range []string{"other", ""} {
		_, get := w.Response(t.Context(), caller, "r1")
		_, remove := w.DeleteResponse(t.Context(), caller, "r1")
		_, items := w.InputItems(t.Context(), caller, "r1", session.Page{})
		for _, err := range []*llm.Error{get, remove, items, w.CancelResponse(t.Context(), caller, "r1")} {
			wantError(t, err, 404, "", "", "Response with id 'r1' not found.")
		}
	}
	got, err := w.DeleteResponse(t.Context(), "laptop", "r1")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, `{"id":"r1","object":"response","deleted":true}`)
	_, err = w.DeleteResponse(t.Context(), "laptop", "r1")
	wantError(t, err, 404, "", "", "Response with id 'r1' not found.")
	_, err = w.try(`{"previous_response_id":"r1"}`)
	wantError(t, err, 400, "previous_response_not_found", "previous_response_id", "Previous response with id 'r1' not found.")
}

// TestDeletedAtOnce deletes a response before it is saved.
func TestDeletedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.db.open = make(chan struct{})
	w.turn(`{"input":"1"}`, claude, "r1", said)
	time.AfterFunc(10*time.Millisecond, func() { close(w.db.open) })
	if _, err := w.DeleteResponse(t.Context(), "laptop", "r1"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Response(t.Context(), "laptop", "r1"); err == nil {
		t.Error("it is still there")
	}
}

func TestInputItems(t *testing.T) {
	w := newWorld(t)
	w.turn(`{"input":"one <"}`, claude, "r1", said)
	w.turn(`{"previous_response_id":"r1","input":[{"role":"assistant","content":"so?"},{"type":"item_reference","id":"msg_1"},
		{"type":"function_call_output","id":"mine","call_id":"c","output":"42"},{"type":"odd"}]}`, claude, "r2", `{"id":"m2"}`)
	check := func() []string {
		t.Helper()
		got, err := w.InputItems(t.Context(), "laptop", "r2", session.Page{Order: "asc"})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, item := range gjson.GetBytes(got, "data").Array() {
			ids = append(ids, item.Get("id").Str)
		}
		if len(ids) != 6 || !strings.HasPrefix(ids[0], "msg_") || !strings.HasPrefix(ids[2], "msg_") || !strings.HasPrefix(ids[5], "item_") {
			t.Fatalf("ids %v", ids)
		}
		diff(t, got, `{"object":"list","first_id":"`+ids[0]+`","last_id":"`+ids[5]+`","has_more":false,"data":[
			{"id":"`+ids[0]+`","type":"message","role":"user","status":"completed","content":[{"type":"input_text","text":"one <"}]},
			`+said+`,
			{"id":"`+ids[2]+`","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"so?","annotations":[]}]},
			`+said+`,
			{"type":"function_call_output","id":"mine","call_id":"c","output":"42"},
			{"type":"odd","id":"`+ids[5]+`"}
		]}`)
		return ids
	}
	before := check()
	w.saved("r2")
	after := check()
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("other ids once it is saved (-before +after):\n%s", d)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	items := []string{}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		items = append(items, `{"id":"`+string(c)+`"}`)
	}
	w.turn(`{"input":[`+strings.Join(items, ",")+`]}`, claude, "r1", ``)
	for _, tt := range []struct {
		page session.Page
		want string
		more bool
	}{
		{session.Page{}, "zyxwvutsrqponmlkjihg", true},
		{session.Page{Order: "desc", After: "g"}, "fedcba", false},
		{session.Page{Order: "asc", Limit: "3"}, "abc", true},
		{session.Page{Order: "asc", Limit: "3", After: "c"}, "def", true},
		{session.Page{Order: "asc", Limit: "3", After: "w"}, "xyz", false},
		{session.Page{Order: "asc", Limit: "100", After: "z"}, "", false},
	} {
		got, err := w.InputItems(t.Context(), "laptop", "r1", tt.page)
		if err != nil {
			t.Errorf("%+v: %v", tt.page, err)
			continue
		}
		list := gjson.ParseBytes(got)
		ids := ""
		for _, item := range list.Get("data").Array() {
			ids += item.Get("id").Str
		}
		first, last := "", ""
		if ids != "" {
			first, last = ids[:1], ids[len(ids)-1:]
		}
		if ids != tt.want || list.Get("has_more").Bool() != tt.more || list.Get("first_id").Str != first || list.Get("last_id").Str != last ||
			!list.Get("data").IsArray() {
			t.Errorf("%+v: %s", tt.page, got)
		}
	}
	for _, tt := range []struct {
		page              session.Page
		status            int
		code, param, text string
	}{
		{session.Page{Limit: "0"}, 400, "integer_below_min_value", "limit", "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead."},
		{session.Page{Limit: "101"}, 400, "integer_above_max_value", "limit", "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead."},
		{session.Page{Limit: "many"}, 400, "invalid_type", "limit", "Invalid type for 'limit': expected an integer, but got a string instead."},
		{session.Page{Order: "up"}, 400, "invalid_value", "order", "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."},
		{session.Page{After: "?"}, 404, "", "after", "Item with id '?' not found."},
	} {
		_, err := w.InputItems(t.Context(), "laptop", "r1", tt.page)
		wantError(t, err, tt.status, tt.code, tt.param, tt.text)
	}
}

func TestConversation(t *testing.T) {
	now := time.Unix(1_770_000_000, 0)
	w := newWorld(t, func(o *session.Options) { o.Now = func() time.Time { return now } })
	created, err := w.CreateConversation(t.Context(), "laptop",
		[]byte(` {"metadata":{"topic":"<x>"},"items":[{"type":"message","role":"system","content":"be brief"}]} `))
	if err != nil {
		t.Fatal(err)
	}
	id := gjson.GetBytes(created, "id").Str
	if !strings.HasPrefix(id, "conv_") || len(id) < 20 {
		t.Errorf("id %s", id)
	}
	want := `{"id":"` + id + `","object":"conversation","created_at":1770000000,"metadata":{"topic":"<x>"}}`
	diff(t, created, want)
	got, err := w.Conversation(t.Context(), "laptop", id)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, want)

	const system = `{"type":"message","role":"system","content":"be brief"}`
	user := func(text string) string { return `{"type":"message","role":"user","content":"` + text + `"}` }
	a := w.begin(`{"model":"m","conversation":{"id":"` + id + `"},"input":"1"}`)
	if got, want := w.sent(a, openai), `{"model":"m","input":[`+system+`,`+user("1")+`]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	a.End(openai, []byte(answer(openai, "r1", `{"type":"message","id":"m1"}`)))
	// Its name means nothing to the backend, so it gets the items, with ids that do.
	if got, want := w.sent(w.begin(`{"conversation":"`+id+`","input":"2"}`), openai),
		`{"input":[`+system+`,`+user("1")+`,{"type":"message","id":"m1"},`+user("2")+`]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// One of its responses can be continued by itself.
	if got := w.sent(w.begin(`{"previous_response_id":"r1","input":"2"}`), openai); got != `{"previous_response_id":"r1","input":"2"}` {
		t.Errorf("got %s", got)
	}
	page, err := w.ConversationItems(t.Context(), "laptop", id, session.Page{Order: "asc"})
	if err != nil {
		t.Fatal(err)
	}
	data := gjson.GetBytes(page, "data").Array()
	if len(data) != 3 || data[0].Get("content.0.text").Str != "be brief" || data[1].Get("role").Str != "user" || data[2].Get("id").Str != "m1" {
		t.Errorf("items %s", page)
	}
	for _, caller := range []string{"other", ""} {
		_, get := w.Conversation(t.Context(), caller, id)
		_, remove := w.DeleteConversation(t.Context(), caller, id)
		_, items := w.ConversationItems(t.Context(), caller, id, session.Page{})
		for _, err := range []*llm.Error{get, remove, items} {
			wantError(t, err, 404, "", "", "Conversation with id '"+id+"' not found.")
		}
	}
	if got, err = w.DeleteConversation(t.Context(), "laptop", id); err != nil {
		t.Fatal(err)
	}
	diff(t, got, `{"id":"`+id+`","object":"conversation.deleted","deleted":true}`)
	_, err = w.DeleteConversation(t.Context(), "laptop", id)
	wantError(t, err, 404, "", "", "Conversation with id '"+id+"' not found.")
	if _, err := w.Response(t.Context(), "laptop", "r1"); err != nil {
		t.Errorf("its response is gone as well: %v", err)
	}
}

func TestConversationsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	many := `{"items":[` + strings.Repeat(`{},`, 20) + `{}]}`
	pairs := `{"metadata":{` + strings.TrimSuffix(strings.Repeat(`"k":"v",`, 17), ",") + `}}`
	for i := range 17 {
		pairs = strings.Replace(pairs, `"k"`, `"k`+string(rune('a'+i))+`"`, 1)
	}
	for _, tt := range []struct{ text, code, param, message string }{
		{`[]`, "invalid_json", "", "The request's body is not a JSON object."},
		{`{`, "invalid_json", "", "The request's body is not a JSON object."},
		{`{"items":{}}`, "invalid_type", "items", "Invalid type for 'items': expected an array of input items, but got an object instead."},
		{many, "array_above_max_length", "items", "Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length 21 instead."},
		{`{"metadata":"x"}`, "invalid_type", "metadata", "Invalid type for 'metadata': expected a metadata object, but got a string instead."},
		{
			pairs, "object_above_max_properties", "metadata",
			"Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
		},
	} {
		_, err := w.CreateConversation(t.Context(), "laptop", []byte(tt.text))
		wantError(t, err, 400, tt.code, tt.param, tt.message)
	}
	got, err := w.CreateConversation(t.Context(), "laptop", []byte(`{"items":[],"metadata":null}`))
	if err != nil || gjson.GetBytes(got, "metadata").Raw != "{}" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestPrune(t *testing.T) {
	const month = 30 * 24 * time.Hour
	now := time.Unix(1_770_000_000, 0)
	w := newWorld(t, func(o *session.Options) { o.Now = func() time.Time { return now } })
	w.turn(`{"input":"1"}`, claude, "r1", said)
	w.saved("r1")
	now = now.Add(month - time.Second)
	for _, want := range []bool{true, false} {
		if err := w.db.PruneSessions(t.Context(), now, month, 512<<20); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Response(t.Context(), "laptop", "r1"); want != (err == nil) {
			t.Errorf("at %v: %v", now, err)
		}
		now = now.Add(2 * time.Second)
	}
}
