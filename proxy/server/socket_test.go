package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// TestKeyWithdrawnFromASocket: a WebSocket may live for hours, a key need not.
func TestKeyWithdrawnFromASocket(t *testing.T) {
	up := NewUpstream(t, Stream(ChatStream(false, "x")...))
	const keys = "app_keys:\n  enabled: true\n  keys: [{key_id: k, secret: s-k, enabled: true}]\n"
	p := NewProxy(t, one(up)+keys)
	o := &websocket.DialOptions{HTTPHeader: map[string][]string{"Authorization": {"Bearer s-k"}}}
	url := strings.Replace(p.URL, "http", "ws", 1) + "/v1/responses"
	if _, res, err := websocket.Dial(t.Context(), url, nil); err == nil || res.StatusCode != http.StatusUnauthorized { //nolint:bodyclose // a connection has none
		t.Fatalf("without a key: %v", err)
	}
	conn, _, err := websocket.Dial(t.Context(), url, o) //nolint:bodyclose // the same
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	last := func() gjson.Result {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"response.create","model":"a/b","input":"x"}`)); err != nil {
			t.Fatal(err)
		}
		for {
			_, text, err := conn.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if e := gjson.ParseBytes(text); e.Get("type").Str == "response.completed" || e.Get("type").Str == "error" {
				return e
			}
		}
	}
	if e := last(); e.Get("type").Str != "response.completed" {
		t.Errorf("got %s", e)
	}
	p.Configure(one(up) + strings.Replace(keys, "enabled: true}", "enabled: false}", 1))
	if e := last(); e.Get("status").Int() != 401 || e.Get("error.code").Str != "disabled_api_key" {
		t.Errorf("got %s", e)
	}
	if n := len(up.Received()); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
}
