package upstream_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// verdicts renders a report: dns- tcp+ key! for skipped, good and failed.
func verdicts(r upstream.TestReport) string {
	var out []string
	for _, s := range r.Steps {
		mark := "!"
		switch {
		case s.Skipped:
			mark = "-"
		case s.OK:
			mark = "+"
		}
		out = append(out, s.Name+mark)
	}
	return strings.Join(out, " ")
}

func TestTheFailingStepIsNamed(t *testing.T) {
	named := func(name, s string) config.Key { return config.Key{Name: name, Value: config.NewSecret(s)} }
	key := func(s string) config.Key { return named("", s) }
	provider := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer good" && r.Header.Get("X-Api-Key") != "good":
			JSON(401, `{"error":{"message":"no key like `+r.Header.Get("Authorization")+`"}}`)(w, r)
		case r.Method == http.MethodPost:
			JSON(200, Chat("ok"))(w, r)
		default:
			JSON(200, `{"data":[{"id":"one"},{"id":"two"}]}`)(w, r)
		}
	}
	up := NewUpstream(t, provider)
	bare := NewUpstream(t, JSON(404, `{"error":"not here"}`))
	page := NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>hello</html>")) })
	login := NewUpstream(t, With("Location", "/login", JSON(302, "")))
	broken := NewUpstream(t, JSON(500, `{"error":"on fire"}`))
	tests := []struct {
		name   string
		target upstream.TestTarget
		want   string
		detail string
	}{
		{"all good", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: key("good")}, "dns- tcp+ tls- key+ models+", "2 models"},
		{"anthropic", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.Anthropic, Base: up.Base()}, Key: key("good")}, "dns- tcp+ tls- key+ models+", "2 models"},
		{"with a model", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: key("good"), Model: "one"}, "dns- tcp+ tls- key+ models+ chat+", "It said: ok"},
		{"wrong key", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: key("bad-secret")}, "dns- tcp+ tls- key! models-", "refuses the key (401)"},
		{"no key", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}}, "dns- tcp+ tls- key! models-", "wants a key"},
		{"missing key", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: config.Key{Ref: "keyring:x", Problem: "not in the keychain"}}, "dns- tcp+ tls- key! models-", "not in the keychain"},
		{"two good keys", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: named("a", "good"), Others: []config.Key{named("b", "good")}}, "dns- tcp+ tls- key+ models+", "a: Accepted; b: Accepted"},
		{"a wrong second key", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: named("a", "good"), Others: []config.Key{named("b", "bad-secret")}}, "dns- tcp+ tls- key! models-", "not every key works. a: Accepted; b: the provider refuses the key (401)"},
		{"a missing second key", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: up.Base()}, Key: named("a", "good"), Others: []config.Key{{Name: "b", Ref: "$B", Problem: "B is not set"}}}, "dns- tcp+ tls- key! models-", "b: B is not set"},
		{"no list", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: bare.Base()}}, "dns- tcp+ tls- key- models-", "add them by name"},
		{"a web page", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: page.Base()}, Key: key("good")}, "dns- tcp+ tls- key- models!", "no list of models"},
		{"a login page", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: login.Base()}, Key: key("good")}, "dns- tcp+ tls- key! models-", "redirects"},
		{"server error", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: broken.Base()}}, "dns- tcp+ tls- key- models!", "on fire"},
		{"refused", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: "http://127.0.0.1:1/v1"}}, "dns- tcp! tls- key- models-", "refuses the connection"},
		{"no TLS", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: strings.Replace(up.Base(), "http:", "https:", 1)}}, "dns- tcp+ tls! key- models-", "TLS handshake failed"},
		{"no name", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: "http://no..such.name/v1"}}, "dns! tcp- tls- key- models-", "cannot be resolved"},
		{"no URL", upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: "api"}}, "dns!", "not a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := upstream.Test(t.Context(), tt.target)
			if got := verdicts(r); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			all := fmt.Sprint(r.Steps)
			if !strings.Contains(all, tt.detail) {
				t.Errorf("%q is not in %s", tt.detail, all)
			}
			if strings.Contains(all, "bad-secret") {
				t.Errorf("the key came out: %s", all)
			}
			if r.OK == strings.Contains(tt.want, "!") {
				t.Errorf("OK is %v", r.OK)
			}
		})
	}
}
