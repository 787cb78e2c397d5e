package relay

import (
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// conversation is what the requests of one conversation have in common and
// those of others have not, so that they can stay with the target whose prompt
// cache knows them. It is "" where nobody can tell, and is asked for only where
// there is a choice. The seed keeps callers from steering others.
func (x *exchange) conversation() string {
	var h maphash.Hash
	h.SetSeed(x.relay.seed)
	h.WriteString(x.call.Caller)
	before := h.Sum64()
	if id := x.conversationID(); id != "" {
		h.WriteString(id)
	} else {
		x.beginning(&h)
	}
	if h.Sum64() == before {
		return ""
	}
	return strconv.FormatUint(h.Sum64(), 36)
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
	if key := x.json.Get("prompt_cache_key"); key.Str != "" {
		return key.Str
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
	if x.json == nil || !x.call.Operation.Generates() {
		return
	}
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
