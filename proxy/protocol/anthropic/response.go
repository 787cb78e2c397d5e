package anthropic

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// DecodeResponse reads a whole message.
func (Codec) DecodeResponse(text []byte) (*llm.Response, error) {
	v := gjson.ParseBytes(text)
	switch {
	case !json.Valid(text) || !v.IsObject():
		return nil, garbled("The provider answered with something that is not a JSON object.")
	case v.Get("type").Str == "error" || v.Get("error").IsObject():
		return nil, decode(v, 0)
	case !v.Get("content").IsArray():
		return nil, garbled("The provider's answer is not a message of the Anthropic API.")
	}
	parts, err := contentReader{}.parts(v.Get("content"), "content")
	if err != nil {
		return nil, garbled("The provider's answer cannot be understood: " + err.Error())
	}
	r := &llm.Response{ID: v.Get("id").Str, Model: v.Get("model").Str, ServiceTier: readTier(v.Get("usage.service_tier").Str)}
	readUsage(v.Get("usage"), &r.Usage)
	c := llm.Choice{Parts: parts, Reason: readReason(v.Get("stop_reason").Str, calls(parts)), Sequence: v.Get("stop_sequence").Str}
	if why := v.Get("stop_details.explanation").Str; why != "" {
		c.Parts = append(c.Parts, &llm.Refusal{Text: why})
	}
	r.Choices = []llm.Choice{c}
	return r, nil
}

func garbled(message string) *llm.Error {
	return &llm.Error{Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "api_error", Message: message, Source: llm.FromUpstream}
}

func calls(parts []llm.Part) bool {
	for _, p := range parts {
		if _, ok := p.(*llm.ToolCall); ok {
			return true
		}
	}
	return false
}

// readReason reads a stop_reason (API reference, Handling stop reasons). One
// that is new is read by what the answer ends with, and so is end_turn: other
// servers that speak the dialect say it behind a call, too.
func readReason(reason string, calls bool) llm.StopReason {
	switch reason {
	case "max_tokens":
		return llm.StopLength
	case "stop_sequence":
		return llm.StopSequence
	case "tool_use":
		return llm.StopTools
	case "pause_turn", "compaction":
		return llm.StopPause
	case "refusal":
		return llm.StopRefusal
	case "model_context_window_exceeded":
		return llm.StopContext
	}
	if calls {
		return llm.StopTools
	}
	return llm.StopEnd
}

// writeReason is its inverse. A filter is what Anthropic calls a refusal; a
// tool call that made no sense just ends the turn.
func writeReason(reason llm.StopReason, calls, refused bool) string {
	switch reason {
	case llm.StopLength:
		return "max_tokens"
	case llm.StopContext:
		return "model_context_window_exceeded"
	case llm.StopPause:
		return "pause_turn"
	case llm.StopRefusal, llm.StopFilter:
		return "refusal"
	}
	switch {
	case refused:
		return "refusal"
	case reason == llm.StopSequence:
		return "stop_sequence"
	case reason == llm.StopTools, calls && (reason == llm.StopEnd || reason == ""):
		return "tool_use" // clients go on only if told so, and some providers do not tell
	}
	return "end_turn"
}

// EncodeResponse renders the first choice as a message: a client of this
// dialect cannot ask for more of them.
func (Codec) EncodeResponse(_ llm.Operation, r *llm.Response, asked *llm.Request) ([]byte, error) {
	var c llm.Choice
	if len(r.Choices) > 0 {
		c = r.Choices[0]
	}
	e := &answerEncoder{id: messageID(r.ID), model: modelName(r.Model, asked)}
	w := &e.w
	e.begin()
	w.array("content")
	for _, p := range c.Parts {
		e.whole(p)
	}
	w.shut(']')
	e.writeStop(c.Reason, c.Sequence)
	e.writeUsage(r.Usage, readTier(r.ServiceTier))
	w.shut('}')
	return w.buf, nil
}

// messageID has the prefix that Anthropic's have. Some clients tell messages
// apart by it, so that an answer without one gets one of its own.
func messageID(id string) string {
	switch {
	case id == "":
		return "msg_" + rand.Text()
	case strings.HasPrefix(id, "msg_"):
		return id
	}
	return "msg_" + id
}

func modelName(name string, asked *llm.Request) string {
	if name == "" && asked != nil {
		return asked.Model
	}
	return name
}

// begin writes what a message begins with, whole or streamed.
func (e *answerEncoder) begin() {
	w := &e.w
	w.open()
	w.text("id", e.id)
	w.text("type", "message")
	w.text("role", "assistant")
	w.text("model", e.model)
}

func (e *answerEncoder) writeStop(reason llm.StopReason, sequence string) {
	w := &e.w
	w.text("stop_reason", writeReason(reason, e.calls > 0, e.refusal != ""))
	if sequence != "" {
		w.text("stop_sequence", sequence)
	} else {
		w.null("stop_sequence")
	}
	if e.refusal != "" {
		w.object("stop_details")
		w.text("type", "refusal")
		w.null("category")
		w.text("explanation", e.refusal)
		w.shut('}')
	}
}

// writeUsage writes all counts, zeros too: clients add them up.
func (e *answerEncoder) writeUsage(u llm.Usage, tier string) {
	w := &e.w
	w.object("usage")
	w.integer("input_tokens", u.Input)
	w.integer("cache_creation_input_tokens", u.CacheWrite)
	w.integer("cache_read_input_tokens", u.CacheRead)
	w.object("cache_creation")
	w.integer("ephemeral_5m_input_tokens", max(0, u.CacheWrite-u.CacheWrite1h))
	w.integer("ephemeral_1h_input_tokens", u.CacheWrite1h)
	w.shut('}')
	w.integer("output_tokens", u.Output)
	if u.Reasoning > 0 {
		w.object("output_tokens_details")
		w.integer("thinking_tokens", u.Reasoning)
		w.shut('}')
	}
	if e.searches+e.fetches > 0 {
		w.object("server_tool_use")
		w.integer("web_search_requests", e.searches)
		w.integer("web_fetch_requests", e.fetches)
		w.shut('}')
	}
	switch tier {
	case "":
	case "priority", "batch":
		w.text("service_tier", tier)
	default: // every other provider's tier is none of Anthropic's
		w.text("service_tier", "standard")
	}
	w.shut('}')
}
