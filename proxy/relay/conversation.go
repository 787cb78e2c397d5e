package relay

import (
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/session"
)

// thread is what an exchange belongs to.
type thread struct {
	// conversation names it once that is known, and answerID is the name by which
	// the next request of a Responses client refers to this one.
	conversation *string
	answerID     string
	// state is what a Responses request refers to.
	state *session.Asked
}

// belongs is the conversation of a request where there is a choice of targets.
func (x *exchange) belongs() string {
	if !x.call.Snapshot.cfg.Router.Affinity.Enabled || !x.call.Snapshot.router.Choice(x.goal()) {
		return ""
	}
	if x.conversation == nil {
		name := x.named()
		x.conversation = &name
	}
	return *x.conversation
}

// stay keeps the conversation with the target that has answered.
func (x *exchange) stay(t router.Target) {
	if t.Group == "" || x.conversation == nil || *x.conversation == "" {
		return
	}
	keep := x.call.Snapshot.cfg.Router.Affinity.Keep
	x.relay.health.Remember(*x.conversation, t.Group, t.Backend(), keep)
	if x.answerID != "" { // by which the next request will refer to this one
		x.relay.health.Remember(x.nameOf(x.answerID), t.Group, t.Backend(), keep)
	}
}

// named is what the requests of one conversation have in common and those of
// others have not, so that they can stay with the target whose prompt cache
// knows them. It is "" where nobody can tell.
func (x *exchange) named() string {
	if id := x.conversationID(); id != "" {
		return x.nameOf(id)
	}
	if x.json == nil || !x.call.Operation.Generates() {
		return ""
	}
	var h maphash.Hash
	h.SetSeed(x.relay.seed)
	h.WriteString(x.call.Caller)
	x.beginning(&h)
	return strconv.FormatUint(h.Sum64(), 36)
}

// nameOf keeps callers from steering others.
func (x *exchange) nameOf(id string) string {
	return strconv.FormatUint(maphash.String(x.relay.seed, x.call.Caller+"\x00"+id), 36)
}

// conversationID is the name that a client gives a conversation: in a header
// (Codex, opencode and others), as OpenAI's prompt_cache_key or conversation, or
// as the session in Claude Code's metadata.user_id.
func (x *exchange) conversationID() string {
	for _, name := range [...]string{"Session_id", "Conversation_id", "Session-Id", "X-Session-Id", "X-Conversation-Id"} {
		if v := x.req.Header[name]; len(v) > 0 && v[0] != "" {
			return v[0]
		}
	}
	if x.json == nil {
		return ""
	}
	for _, name := range [...]string{"prompt_cache_key", "previous_response_id"} {
		if v := x.json.Get(name); v.Str != "" {
			return v.Str
		}
	}
	switch c := x.json.Get("conversation"); {
	case c.Str != "":
		return c.Str
	case c.IsObject():
		return c.Get("id").Str
	}
	if user := x.json.Get("metadata").Get("user_id").Str; strings.Contains(user, "session") {
		return user
	}
	return ""
}

// beginning hashes what every request of a conversation repeats: what the
// system says, and everything up to the first message of the user.
func (x *exchange) beginning(h *maphash.Hash) {
	for _, name := range [...]string{"system", "instructions", "systemInstruction", "system_instruction"} {
		h.Write(x.json.Raw(name))
	}
	for _, name := range [...]string{"messages", "contents", "input"} {
		said := x.json.Get(name)
		if said.Type == gjson.String {
			h.WriteString(said.Raw)
			continue
		}
		said.ForEach(func(_, message gjson.Result) bool {
			h.WriteString(message.Raw)
			role := message.Get("role").Str
			return role != "user" && !(role == "" && x.call.Dialect == llm.Gemini)
		})
	}
}
