package server

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/peer"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// who is a caller that may come in, and what holds for them.
type who struct {
	id    string // of the app key; empty without one
	turn  config.Turn
	limit config.Rate
}

// caller finds out who calls, by the rules of app_keys, and turns away those
// who may not: whoever shows no good key where one is needed, other users of
// this machine, and the proxy itself.
func (s *Server) caller(req *http.Request, cfg *config.Config) (who, *llm.Error) {
	if comesFrom(req.Header, s.relay.Hop()) {
		return who{}, loop()
	}
	keys := cfg.AppKeys
	secret := given(req, keys)
	if !keys.Enabled || secret == "" && keys.AllowUnauthenticated {
		if refused := stranger(req, cfg, secret); refused != nil {
			return who{}, refused
		}
		return who{turn: keys.Unauthenticated}, nil
	}
	if secret == "" {
		return who{}, unauthorized("missing_api_key", "API key required")
	}
	k := keyOf(keys, secret)
	if k == nil {
		return who{}, unauthorized("invalid_api_key", "Invalid API key")
	}
	if !k.Enabled {
		return who{}, unauthorized("disabled_api_key", "API key is disabled")
	}
	return who{id: k.ID, turn: k.Turn, limit: k.Limit}, nil
}

// keyOf returns the key with that secret, or nil. How long a comparison takes
// says nothing about the secret.
func keyOf(keys config.AppKeys, secret string) *config.AppKey {
	for i := range keys.Keys {
		k := &keys.Keys[i]
		if !k.Secret.Empty() && subtle.ConstantTimeCompare([]byte(k.Secret.Reveal()), []byte(secret)) == 1 {
			return k
		}
	}
	return nil
}

func unauthorized(code, message string) *llm.Error {
	return &llm.Error{Kind: llm.KindAuth, Status: http.StatusUnauthorized, Code: code, Message: message, Source: llm.FromProxy}
}

// given is the secret that a caller shows, wherever the dialects keep it. Some
// clients show two, the provider's key beside the proxy's: the one that is known
// here counts.
func given(req *http.Request, keys config.AppKeys) string {
	all := shown(req, keys.HeaderName)
	for _, secret := range all {
		if keyOf(keys, secret) != nil {
			return secret
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return ""
}

func shown(req *http.Request, header string) []string {
	h := req.Header
	var out []string
	for _, name := range []string{header, "X-Api-Key", "X-Goog-Api-Key", "Api-Key"} {
		if secret := h.Get(name); secret != "" {
			out = append(out, secret)
		}
	}
	scheme, rest, ok := strings.Cut(h.Get("Authorization"), " ")
	if secret := strings.TrimSpace(rest); ok && strings.EqualFold(scheme, "Bearer") && secret != "" {
		out = append(out, secret)
	}
	if secret := req.URL.Query().Get("key"); secret != "" && strings.HasPrefix(req.URL.Path, "/v1beta/") {
		out = append(out, secret)
	}
	return out
}

// stranger refuses a caller without a key who is another user of this machine:
// the loopback interface is open to all of them. While keys are off most
// clients show something that is none; one that is a key counts as one.
func stranger(req *http.Request, cfg *config.Config, secret string) *llm.Error {
	if cfg.Server.OtherUsers {
		return nil
	}
	whose := whoseIs(req.Context())
	if whose != peer.Other && whose != peer.Gone {
		return nil
	}
	if k := keyOf(cfg.AppKeys, secret); k != nil && k.Enabled {
		return nil
	}
	if whose == peer.Gone {
		const clientClosed = 499 // nginx's
		return &llm.Error{Kind: llm.KindCancelled, Status: clientClosed, Message: "The client went away.", Source: llm.FromProxy}
	}
	return forbidden("other_user", "This call comes from a process of another user of this machine. Send one of the proxy's app keys with it, "+
		"or set proxy_settings.server.allow_other_users: true to let all users of this machine in.")
}

// visitor is the other end of a connection. Who it is is asked when it first
// matters, and once.
type visitor struct {
	conn  net.Conn
	once  sync.Once
	whose peer.Whose
}

// visitorKey is where a connection's context holds its visitor.
type visitorKey struct{}

// greet is the http.Server's ConnContext. It runs before the next connection
// is accepted, so it does not ask yet.
func greet(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, visitorKey{}, &visitor{conn: conn})
}

// whoseIs tells who is at the other end of a request's connection.
func whoseIs(ctx context.Context) peer.Whose {
	v, ok := ctx.Value(visitorKey{}).(*visitor)
	if !ok {
		return peer.Unknown // a handler without a listener
	}
	v.once.Do(func() { v.whose = peer.Of(v.conn) })
	return v.whose
}

// comesFrom reports whether a request has been at the proxy of that name
// before. Several proxies may stand in the header, in lines or in a list.
func comesFrom(h http.Header, hop string) bool {
	for _, line := range h[relay.HopHeader] {
		for name := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(name) == hop {
				return true
			}
		}
	}
	return false
}

// loop is a call that the proxy has sent to itself. No other attempt would
// fare better.
func loop() *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusLoopDetected, Code: "loop_detected", Source: llm.FromProxy,
		Message: "This call comes from this proxy itself: the base URL of a model or provider leads back to it. Correct that api_base in the configuration.",
	}
}
