package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/peer"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// TestCaller: who may come in, for each state of the keys and each thing that
// the system may know of the other end.
func TestCaller(t *testing.T) {
	s := &Server{relay: relay.New(relay.Options{})}
	known := who{id: "k", turn: config.Turn{Slots: 3, Priority: 7}, limit: config.Rate{RequestsPerMinute: 9}}
	nobody := who{turn: config.Turn{Slots: 2, Priority: 1000}}
	keys := config.AppKeys{HeaderName: "x-api-key", Unauthenticated: nobody.turn, Keys: []config.AppKey{
		{ID: "empty", Enabled: true},
		{ID: "off", Secret: config.NewSecret("s-off")},
		{ID: "k", Secret: config.NewSecret("s-k"), Enabled: true, Turn: known.turn, Limit: known.limit},
	}}
	off := config.Config{AppKeys: keys}
	on, both, all := off, off, off
	on.AppKeys.Enabled = true
	both.AppKeys.Enabled, both.AppKeys.AllowUnauthenticated = true, true
	all.Server.OtherUsers = true
	for _, tt := range []struct {
		name   string
		cfg    config.Config
		whose  peer.Whose
		secret string
		want   who
		code   string
	}{
		{"keys off", off, peer.Own, "", nobody, ""},
		{"keys off, with what is no key", off, peer.Own, "dummy", nobody, ""},
		{"keys off, with a key", off, peer.Own, "s-k", nobody, ""},
		{"keys off, nobody knows who", off, peer.Unknown, "", nobody, ""},
		{"keys off, another user", off, peer.Other, "", who{}, "other_user"},
		{"keys off, another user with what is no key", off, peer.Other, "dummy", who{}, "other_user"},
		{"keys off, another user with a key", off, peer.Other, "s-k", nobody, ""},
		{"keys off, another user with a disabled key", off, peer.Other, "s-off", who{}, "other_user"},
		{"keys off, all users", all, peer.Other, "", nobody, ""},
		{"keys off, all users, gone", all, peer.Gone, "", nobody, ""},
		{"keys off, gone", off, peer.Gone, "", who{}, "cancelled"},
		{"keys on", on, peer.Own, "", who{}, "missing_api_key"},
		{"keys on, unknown", on, peer.Own, "dummy", who{}, "invalid_api_key"},
		{"keys on, disabled", on, peer.Own, "s-off", who{}, "disabled_api_key"},
		{"keys on, good", on, peer.Own, "s-k", known, ""},
		{"keys on, another user with a good one", on, peer.Other, "s-k", known, ""},
		{"keys on, another user without", on, peer.Other, "", who{}, "missing_api_key"},
		{"keys optional, none", both, peer.Own, "", nobody, ""},
		{"keys optional, good", both, peer.Other, "s-k", known, ""},
		{"keys optional, bad", both, peer.Own, "dummy", who{}, "invalid_api_key"},
		{"keys optional, another user without", both, peer.Other, "", who{}, "other_user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := &visitor{whose: tt.whose}
			v.once.Do(func() {}) // it has been asked
			req := httptest.NewRequestWithContext(context.WithValue(t.Context(), visitorKey{}, v), http.MethodGet, "/v1/models", http.NoBody)
			if tt.secret != "" {
				req.Header.Set("Authorization", "bearer "+tt.secret)
			}
			got, refused := s.caller(req, &tt.cfg)
			code := ""
			if refused != nil {
				if code = refused.Code; refused.Kind == llm.KindCancelled {
					code = "cancelled"
				}
			}
			if code != tt.code {
				t.Fatalf("got %q, want %q", code, tt.code)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(who{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Claude Code sends an API key and a token when it has both.
func TestTheKnownOfTwoSecretsCounts(t *testing.T) {
	s := &Server{relay: relay.New(relay.Options{})}
	cfg := config.Config{AppKeys: config.AppKeys{
		Enabled: true, HeaderName: "x-api-key",
		Keys: []config.AppKey{{ID: "k", Secret: config.NewSecret("s-k"), Enabled: true}},
	}}
	for _, secrets := range [][2]string{{"sk-ant-1", "s-k"}, {"s-k", "sk-ant-1"}} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/messages", http.NoBody)
		req.Header.Set("X-Api-Key", secrets[0])
		req.Header.Set("Authorization", "Bearer "+secrets[1])
		if got, refused := s.caller(req, &cfg); refused != nil || got.id != "k" {
			t.Errorf("%v: %+v %v", secrets, got, refused)
		}
	}
}
