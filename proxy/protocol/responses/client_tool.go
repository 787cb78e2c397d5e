package responses

import (
	"encoding/json"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// knownTool is a tool that OpenAI's models know without a schema. Other models
// have to be told.
type knownTool struct{ description, schema string }

// clientTool describes the tools of OpenAI's that a client runs. A shell in a
// container of OpenAI's is none of them.
func clientTool(v gjson.Result) (knownTool, bool) {
	switch v.Get("type").Str {
	case "local_shell":
		return knownTool{"Run a command on the user's computer and read what it writes.", localShellSchema}, true
	case "shell":
		environment := v.Get("environment.type").Str
		return knownTool{"Run shell commands, one after another, and read what they write.", shellSchema}, environment == "" || environment == "local"
	case "apply_patch":
		return knownTool{"Create, update or delete one file. A diff is in the V4A format: @@ begins a section, and each of its lines " +
			"begins with a space if it stays, with - if it goes and with + if it is new. Of a new file every line begins with +.", patchSchema}, true
	case "computer", "computer_use_preview":
		return knownTool{"Use the computer by its screen, mouse and keyboard. Take a screenshot first to see what is there; " +
			"coordinates are pixels from its upper left corner.", computerSchema}, true
	}
	return knownTool{}, false
}

const (
	localShellSchema = `{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"The program and its arguments"},` +
		`"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"}},"required":["command"]}`
	shellSchema = `{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"}},` +
		`"timeout_ms":{"type":"integer"},"max_output_length":{"type":"integer","description":"Most characters of output"}},"required":["commands"]}`
	patchSchema = `{"type":"object","properties":{"type":{"type":"string","enum":["create_file","update_file","delete_file"]},` +
		`"path":{"type":"string"},"diff":{"type":"string","description":"create_file and update_file: what changes"}},"required":["type","path"]}`
	computerSchema = `{"type":"object","properties":{"type":{"type":"string","enum":["screenshot","click","double_click","drag","keypress","move","scroll","type","wait"]},` +
		`"x":{"type":"integer"},"y":{"type":"integer"},"button":{"type":"string","enum":["left","right","wheel","back","forward"],"description":"click"},` +
		`"keys":{"type":"array","items":{"type":"string"},"description":"keypress: the keys that are pressed together"},` +
		`"path":{"type":"array","items":{"type":"object","properties":{"x":{"type":"integer"},"y":{"type":"integer"}},"required":["x","y"]},"description":"drag: where it leads"},` +
		`"scroll_x":{"type":"integer"},"scroll_y":{"type":"integer"},"text":{"type":"string","description":"type"}},"required":["type"]}`
)

// described is such a tool as a function, which goes back to this dialect as it
// came.
func described(v gjson.Result) (llm.Tool, bool) {
	known, ok := clientTool(v)
	if !ok {
		return llm.Tool{}, false
	}
	return llm.Tool{
		Kind: llm.ToolFunction, Name: serverName(v.Get("type").Str), Description: known.description, Schema: json.RawMessage(known.schema),
		Raw: rawOf(v), Dialect: llm.Responses,
	}, true
}

// undescribed is the type of such a tool, or "" for any other tool.
func undescribed(t *llm.Tool) string {
	if t.Kind != llm.ToolFunction || t.Dialect != llm.Responses || len(t.Raw) == 0 {
		return ""
	}
	v := gjson.ParseBytes(t.Raw)
	if _, ok := clientTool(v); !ok {
		return ""
	}
	return v.Get("type").Str
}

// knownStart opens the call of such a tool. Its item is told when it is whole.
func (e *streamEncoder) knownStart(p *llm.ToolCall, tool string) {
	kind, prefix := tool+"_call", "sh_"
	switch tool {
	case "local_shell":
		prefix = "lsh_"
	case "apply_patch":
		prefix = "apc_"
	case "computer", "computer_use_preview":
		kind, prefix = "computer_call", "cu_"
	}
	e.openItem(kind, prefix)
	call := *p
	if call.ID == "" {
		call.ID = e.itemID("call_", e.place)
	}
	e.open.call, e.open.tool, e.open.seal = &call, tool, p.Seal
}

// knownEnd tells of the call of such a tool. The client runs what is in the
// finished item.
func (e *streamEncoder) knownEnd(status string) {
	o := &e.open
	asked := gjson.ParseBytes(o.text)
	if !json.Valid(o.text) || !asked.IsObject() {
		asked = gjson.Parse("{}")
	}
	var w writer
	w.object("")
	w.str("id", o.id)
	w.str("type", o.kind)
	w.str("status", status)
	w.str("call_id", o.call.ID)
	writeAsked(&w, o.tool, asked)
	w.endObject()
	e.added().raw("item", w.buf)
	e.send()
	if o.seal.Set() && o.seal.Origin != llm.Responses {
		e.riders = append(e.riders, rider{callID: o.call.ID, seal: o.seal})
	}
	e.done(w.buf)
}

// writeAsked writes what such a tool is to do, with what clients of it take for
// granted.
func writeAsked(w *writer, tool string, asked gjson.Result) {
	text := oneLine([]byte(asked.Raw))
	switch tool {
	case "local_shell":
		w.object("action")
		w.str("type", "exec")
		if !asked.Get("env").IsObject() {
			w.object("env")
			w.endObject()
		}
		asked.ForEach(func(name, v gjson.Result) bool {
			if name.Str != "type" && (name.Str != "env" || v.IsObject()) {
				w.named(name.Str)
				w.buf = append(w.buf, oneLine([]byte(v.Raw))...)
			}
			return true
		})
		w.endObject()
	case "apply_patch":
		w.raw("operation", text)
	case "computer":
		if actions := asked.Get("actions"); actions.IsArray() {
			w.raw("actions", oneLine([]byte(actions.Raw)))
		} else {
			w.list("actions", text)
		}
	default:
		w.raw("action", text)
	}
	if tool == "computer" || tool == "computer_use_preview" {
		w.array("pending_safety_checks")
		w.endArray()
	}
}
