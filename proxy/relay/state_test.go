package relay_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// A Responses client goes on where it left off, though its model's provider
// knows nothing of that.
func TestPreviousResponse(t *testing.T) {
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream %v", stream), func(t *testing.T) {
			up := NewUpstream(t, JSON(200, Chat("first")), JSON(200, Chat("second")))
			if stream {
				up.Script(Stream(ChatStream(true, "first")...), JSON(200, Chat("second")))
			}
			p := NewProxy(t, models("openai", up), Remember(t))
			got := p.Post("/v1/responses", fmt.Sprintf(`{"model":"m0","input":"one","stream":%v}`, stream))
			id := gjson.Get(got.Body, "id").Str
			if stream {
				_, rest, _ := strings.Cut(got.Body, "event: response.completed\ndata: ")
				id = gjson.Get(rest, "response.id").Str
			}
			if got.Status != 200 || !strings.HasPrefix(id, "resp_") {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
			got = p.Post("/v1/responses", `{"model":"m0","input":"two","previous_response_id":"`+id+`"}`)
			if got.Status != 200 || gjson.Get(got.Body, "previous_response_id").Str != id {
				t.Errorf("%d %s", got.Status, got.Body)
			}
			sent := up.Last(t).Body
			if said := gjson.Get(sent, "messages.#.content").Raw; said != `["one","first","two"]` {
				t.Errorf("the provider got %s", sent)
			}
			if dropped := got.Header.Get("X-Yallmp-Dropped"); dropped != "" {
				t.Errorf("dropped %s", dropped)
			}
			got = p.Post("/v1/responses", `{"model":"m0","input":"x","previous_response_id":"resp_unknown"}`)
			if got.Status != 400 || gjson.Get(got.Body, "error.code").Str != "previous_response_not_found" {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
}

// Servers give the same id to several answers; a conversation is still its own.
func TestIDsThatComeAgain(t *testing.T) {
	for _, stream := range []bool{false, true} {
		up := NewUpstream(t, JSON(200, Chat("first")), JSON(200, Chat("other")), JSON(200, Chat("second")))
		if stream {
			up.Script(Stream(ChatStream(true, "first")...), Stream(ChatStream(true, "other")...), JSON(200, Chat("second")))
		}
		p := NewProxy(t, models("openai", up), Remember(t))
		var ids []string
		for range 2 {
			got := p.Post("/v1/responses", fmt.Sprintf(`{"model":"m0","input":"one","stream":%v}`, stream))
			_, rest, _ := strings.Cut(got.Body, `"id":"resp_`)
			id, _, _ := strings.Cut(rest, `"`)
			ids = append(ids, "resp_"+id)
		}
		got := p.Post("/v1/responses", `{"model":"m0","input":"two","previous_response_id":"`+ids[0]+`"}`)
		if said := gjson.Get(up.Last(t).Body, "messages.#.content").Raw; got.Status != 200 || said != `["one","first","two"]` {
			t.Errorf("stream %v: %d, the provider got %s", stream, got.Status, said)
		}
	}
}

// The same over a WebSocket, as Codex does it: a request that only prepares,
// then one that refers to it, with nothing stored.
func TestResponsesOverWebSocket(t *testing.T) {
	up := NewUpstream(t, Stream(ChatStream(true, "hello")...))
	p := NewProxy(t, models("openai", up), Remember(t))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(p.URL, "http", "ws", 1)+"/v1/responses", nil) //nolint:bodyclose // a connection has none
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	turn := func(message string) (types []string, last string) {
		if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		for {
			_, text, err := conn.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			kind := gjson.GetBytes(text, "type").Str
			types, last = append(types, kind), string(text)
			if kind == "response.completed" || kind == "error" {
				return types, last
			}
		}
	}
	types, last := turn(`{"type":"response.create","model":"m0","store":false,"generate":false,"input":"one"}`)
	id := gjson.Get(last, "response.id").Str
	if types[0] != "response.created" || id == "" || len(up.Received()) != 0 {
		t.Fatalf("%v %s", types, last)
	}
	types, last = turn(`{"type":"response.create","model":"m0","store":false,"previous_response_id":"` + id + `","input":[{"role":"user","content":"two"}]}`)
	if !strings.Contains(strings.Join(types, " "), "response.output_text.delta") || gjson.Get(last, "response.output.0.content.0.text").Str != "hello" {
		t.Errorf("%v %s", types, last)
	}
	if said := gjson.Get(up.Last(t).Body, "messages.#.content").Raw; said != `["one","two"]` {
		t.Errorf("the provider got %s", up.Last(t).Body)
	}
	if _, last = turn(`{"type":"response.create","model":"nobody","input":"x"}`); gjson.Get(last, "status").Int() != http.StatusNotFound || gjson.Get(last, "error.code").Str != "model_not_found" {
		t.Errorf("%s", last)
	}
	if _, last = turn(`nonsense`); gjson.Get(last, "status").Int() != http.StatusBadRequest {
		t.Errorf("%s", last)
	}
	// What was asked here with store:false is nobody else's to refer to.
	if got := p.Post("/v1/responses", `{"model":"m0","input":"x","previous_response_id":"`+id+`"}`); got.Status != 400 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}
