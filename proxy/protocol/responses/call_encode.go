package responses

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// maxCallID is the longest call_id that OpenAI takes.
const maxCallID = 64

// callIDs gives calls that have no id one, and the results that answer them the
// same: by name, then in order.
type callIDs struct {
	count   int
	waiting []*llm.ToolCall
	ids     map[*llm.ToolCall]string
	custom  map[string]bool // ids of calls of custom tools
}

func (c *callIDs) of(call *llm.ToolCall) string {
	if call.ID != "" {
		return call.ID
	}
	if c.ids == nil {
		c.ids = map[*llm.ToolCall]string{}
	}
	c.ids[call] = "call_" + strconv.Itoa(c.count)
	c.count++
	c.waiting = append(c.waiting, call)
	return c.ids[call]
}

func (c *callIDs) answered(r *llm.ToolResult) string {
	if r.CallID != "" || len(c.waiting) == 0 {
		return r.CallID
	}
	at := max(0, slices.IndexFunc(c.waiting, func(call *llm.ToolCall) bool { return call.Name == r.Name }))
	id := c.ids[c.waiting[at]]
	c.waiting = slices.Delete(c.waiting, at, at+1)
	return id
}

// callID is an id as the provider takes it: the same for a call and its result.
func (e *requestEncoder) callID(id string) string {
	if e.own {
		return id
	}
	return llm.SafeID(id, maxCallID)
}

func (e *requestEncoder) call(c *llm.ToolCall) {
	if itself(c) {
		e.raw("", c.Raw)
		return
	}
	id := e.calls.of(c)
	if c.Custom {
		if e.calls.custom == nil {
			e.calls.custom = map[string]bool{}
		}
		e.calls.custom[id] = true
	}
	if c.Cache != nil {
		e.drop("cache_control")
	}
	e.object("")
	e.str("type", callType(c.Custom))
	e.str("call_id", e.callID(id))
	writeCall(&e.writer, c, e.own)
	e.endObject()
}

func callType(custom bool) string {
	if custom {
		return itemCustomCall
	}
	return itemFunctionCall
}

// writeCall writes name, arguments and what only this dialect knows of a call.
func writeCall(w *writer, c *llm.ToolCall, own bool) {
	name := c.Name
	var more gjson.Result
	if c.Seal.Origin == llm.Responses && json.Valid([]byte(c.Seal.Value)) {
		more = gjson.Parse(c.Seal.Value)
		name = localName(name, more)
	}
	w.str("name", name)
	switch {
	case c.Custom:
		w.str("input", c.Arguments)
	case own:
		w.str("arguments", c.Arguments)
	default:
		w.str("arguments", orElse(c.Arguments, "{}"))
	}
	more.ForEach(func(name, v gjson.Result) bool {
		w.named(name.Str)
		w.buf = append(w.buf, v.Raw...)
		return true
	})
}

// localName is the name that a call has in its namespace, which is in its seal.
func localName(name string, seal gjson.Result) string {
	if namespace := seal.Get("namespace").Str; namespace != "" {
		return strings.TrimPrefix(name, qualified(namespace, ""))
	}
	return name
}

func (e *requestEncoder) result(r *llm.ToolResult, param string) error {
	if r.Dialect == llm.Responses && len(r.Raw) > 0 {
		e.raw("", r.Raw)
		return nil
	}
	id := e.calls.answered(r)
	kind := itemOutput
	if r.Custom || e.calls.custom[id] {
		kind = itemCustomOutput
	}
	if r.Error {
		e.drop("is_error") // what went wrong is said in words
	}
	if r.Cache != nil {
		e.drop("cache_control")
	}
	e.object("")
	e.str("type", kind)
	e.str("call_id", e.callID(id))
	if e.own && kind == itemOutput {
		e.text("name", r.Name)
	}
	t, ok := only(r.Parts)
	switch {
	case len(r.Parts) == 0 && r.Error:
		e.str("output", "error")
	case len(r.Parts) == 0 && !e.own:
		e.str("output", "")
	case ok && (t.Cache == nil || !e.own):
		e.str("output", t.Text)
	default:
		e.array("output")
		if err := e.content(r.Parts, param); err != nil {
			return err
		}
		e.endArray()
	}
	e.endObject()
	return nil
}

// native reports whether a part is an item of this dialect as it came.
func native(p llm.Part) bool {
	c, ok := p.(*llm.ServerCall)
	return ok && c.Dialect == llm.Responses && len(c.Raw) > 0
}

// server writes what a provider of this dialect ran itself, as it came. What
// another provider ran is in the words that it led to.
func (e *requestEncoder) server(p llm.Part) {
	switch p := p.(type) {
	case *llm.ServerCall:
		if native(p) {
			e.raw("", p.Raw)
			return
		}
	case *llm.ServerResult:
		if p.Dialect == llm.Responses {
			if len(p.Raw) > 0 {
				e.raw("", p.Raw)
			}
			return
		}
	}
	e.drop("server_tool_calls")
}
