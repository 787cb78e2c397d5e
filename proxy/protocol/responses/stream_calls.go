package responses

import (
	"encoding/json"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

func callEvent(kind string) string {
	if kind == itemCustomCall {
		return "response.custom_tool_call_input"
	}
	return "response.function_call_arguments"
}

// callStart opens a call. If the client knows the tool as a custom one, but its
// provider only knew functions, the call is turned back into a custom one.
func (e *streamEncoder) callStart(p *llm.ToolCall) {
	if itself(p) {
		e.close("completed")
		e.added().raw("item", p.Raw)
		e.send()
		e.done(p.Raw)
		return
	}
	if tool := e.types[p.Name]; tool != "" {
		e.knownStart(p, tool)
		return
	}
	custom := p.Custom || e.custom[p.Name]
	if custom {
		e.openItem(itemCustomCall, "ctc_")
	} else {
		e.openItem(itemFunctionCall, "fc_")
	}
	o := &e.open
	call := *p
	call.Custom = custom
	if call.ID == "" {
		call.ID = e.itemID("call_", e.place)
	}
	o.call, o.unwrap, o.seal = &call, custom && !p.Custom, p.Seal
	w := e.added()
	e.writeCall(w, "item", "in_progress")
	e.send()
}

// writeCall writes the open call.
func (e *streamEncoder) writeCall(w *writer, name, status string) {
	o := &e.open
	call := *o.call
	call.Arguments, call.Seal = string(o.text), o.seal
	w.object(name)
	w.str("id", o.id)
	w.str("type", o.kind)
	w.str("status", status)
	w.str("call_id", call.ID)
	namespace, name := e.known(call.Name, call.Seal)
	w.text("namespace", namespace)
	if call.Seal.Origin != llm.Responses {
		call.Name = name
	}
	writeCall(w, &call, true)
	w.endObject()
}

// callEnd finishes a call.
func (e *streamEncoder) callEnd(status string) {
	o := &e.open
	if o.tool != "" {
		e.knownEnd(status)
		return
	}
	if o.unwrap {
		o.unwrap = false
		input := unwrapped(string(o.text))
		o.text = o.text[:0]
		e.delta(llm.PartDelta{Text: input})
	} else if len(o.text) == 0 && o.kind == itemFunctionCall {
		e.delta(llm.PartDelta{Text: "{}"}) // clients read arguments as JSON
	}
	w := e.itemEvent(callEvent(o.kind) + ".done")
	if o.kind == itemCustomCall {
		w.str("input", string(o.text))
	} else {
		w.str("arguments", string(o.text))
		_, name := e.known(o.call.Name, o.seal)
		w.str("name", name)
	}
	e.send()
	if o.seal.Set() && o.seal.Origin != llm.Responses {
		e.riders = append(e.riders, rider{callID: o.call.ID, seal: o.seal})
	}
	var item writer
	e.writeCall(&item, "", status)
	e.done(item.buf)
}

// known is how the client knows a tool: by a namespace and a name in it, which
// its provider told, or the request did.
func (e *streamEncoder) known(name string, seal llm.Seal) (namespace, local string) {
	if seal.Origin == llm.Responses {
		return "", localName(name, gjson.Parse(seal.Value))
	}
	if group, ok := e.groups[name]; ok {
		return group[0], group[1]
	}
	return "", name
}

// unwrapped is the free text that a function was called with in place of a
// custom tool: its one property "input".
func unwrapped(arguments string) string {
	if input := gjson.Get(arguments, "input"); json.Valid([]byte(arguments)) && input.Type == gjson.String {
		return input.Str
	}
	return arguments
}

// serverStart tells of a tool that a provider runs: one of this dialect as it
// came, one of another where this dialect has the like.
func (e *streamEncoder) serverStart(p *llm.ServerCall) {
	if native(p) {
		e.close("completed")
		e.open = item{kind: gjson.GetBytes(p.Raw, "type").Str, id: gjson.GetBytes(p.Raw, "id").Str, server: p, text: e.open.text[:0]}
	} else {
		kind, prefix := foreignItem(p.Name)
		if kind == "" {
			return
		}
		e.openItem(kind, prefix+made)
		e.open.server = p
	}
	e.added().raw("item", e.open.begun())
	e.send()
	e.phases()
}

// begun is the item of a tool that has not given anything yet.
func (o *item) begun() []byte {
	if !native(o.server) {
		return o.foreign("in_progress")
	}
	text := []byte(o.server.Raw)
	for name, value := range map[string]string{"status": `"in_progress"`, "result": "null"} {
		if gjson.GetBytes(text, name).Exists() {
			if set, err := sjson.SetRawBytes(text, name, []byte(value)); err == nil {
				text = set
			}
		}
	}
	return text
}

// phases tells what a tool is doing before it gives something.
func (e *streamEncoder) phases() {
	o := &e.open
	if o.kind == itemWebSearch || o.kind == itemFileSearch || o.kind == itemCode || o.kind == itemImage || o.kind == itemMCP || o.kind == "mcp_list_tools" {
		e.phase("in_progress")
	}
	switch o.kind {
	case itemWebSearch, itemFileSearch:
		e.phase("searching")
	case itemImage:
		e.phase("generating")
	case itemCode:
		e.pieces("response.code_interpreter_call_code", "code", gjson.Get(o.server.Input, "code").Str)
		e.phase("interpreting")
	case itemMCP:
		e.pieces("response.mcp_call_arguments", "arguments", gjson.GetBytes(o.server.Raw, "arguments").Str)
	}
}

func (e *streamEncoder) phase(name string) {
	e.itemEvent("response." + e.open.kind + "." + name)
	e.send()
}

// pieces tells a text in one piece.
func (e *streamEncoder) pieces(event, name, text string) {
	e.itemEvent(event+".delta").str("delta", text)
	e.send()
	e.itemEvent(event+".done").str(name, text)
	e.send()
}

// serverResult tells what a tool gave: in the item of its call, or as an item of
// its own where this dialect has it so.
func (e *streamEncoder) serverResult(p *llm.ServerResult) {
	switch {
	case p.Dialect == llm.Responses && len(p.Raw) > 0:
		e.close("completed")
		e.added().raw("item", p.Raw)
		e.send()
		e.done(p.Raw)
	case p.Dialect != llm.Responses && e.open.server != nil && !native(e.open.server) && e.open.server.ID == p.CallID:
		e.open.found = p
	}
}

func (e *streamEncoder) serverEnd() {
	o := &e.open
	end := "completed"
	if o.found != nil && o.found.Error != "" || gjson.GetBytes(o.server.Raw, "status").Str == "failed" {
		end = "failed"
	}
	text := []byte(o.server.Raw)
	if !native(o.server) {
		text = o.foreign(end)
	}
	switch o.kind {
	case itemMCP, "mcp_list_tools":
		e.phase(end)
	case itemWebSearch, itemFileSearch, itemCode, itemImage:
		e.phase("completed")
	}
	e.done(text)
}

// foreignItem is the type of item, and the prefix of its id, for a tool that a
// provider of another dialect ran.
func foreignItem(name string) (kind, prefix string) {
	switch name {
	case "web_search", "web_fetch":
		return itemWebSearch, "ws_"
	case "code_execution":
		return itemCode, "ci_"
	case "file_search":
		return itemFileSearch, "fs_"
	}
	return "", ""
}

// foreign writes the item of a tool that another provider ran.
func (o *item) foreign(status string) []byte {
	input := gjson.Parse(o.server.Input)
	found := o.found
	if found == nil {
		found = &llm.ServerResult{}
	}
	var w writer
	w.object("")
	w.str("id", o.id)
	w.str("type", o.kind)
	w.str("status", status)
	switch o.kind {
	case itemWebSearch:
		writeSearch(&w, input, found.Sources)
	case itemFileSearch:
		writeFileSearch(&w, input)
	case itemCode:
		w.str("code", orElse(input.Get("code").Str, input.Get("command").Str))
		w.str("container_id", "")
		w.array("outputs")
		if text := orElse(found.Text, found.Error); text != "" {
			w.object("")
			w.str("type", "logs")
			w.str("logs", text)
			w.endObject()
		}
		w.endArray()
	}
	w.endObject()
	return w.buf
}

func writeSearch(w *writer, input gjson.Result, found []llm.Citation) {
	w.object("action")
	if url := input.Get("url").Str; url != "" {
		w.str("type", "open_page")
		w.str("url", url)
		w.endObject()
		return
	}
	w.str("type", "search")
	w.str("query", input.Get("query").Str)
	if len(found) > 0 {
		w.array("sources")
		for i := range found {
			w.object("")
			w.str("type", "url")
			w.str("url", found[i].URL)
			w.endObject()
		}
		w.endArray()
	}
	w.endObject()
}

// writeFileSearch writes what was looked for. What was found is said only to
// those who include it, with figures that other providers do not give.
func writeFileSearch(w *writer, input gjson.Result) {
	w.array("queries")
	w.text("", input.Get("query").Str)
	input.Get("queries").ForEach(func(_, q gjson.Result) bool {
		w.str("", q.Str)
		return true
	})
	w.endArray()
	w.null("results")
}

// picture tells of a picture that a model has made, as the call of the tool that
// makes pictures here.
func (e *streamEncoder) picture(m *llm.Media) {
	if m.Kind != llm.Image || m.Data == "" || e.open.server != nil && e.open.kind == itemImage {
		return // the call that drew it has it
	}
	format := "png"
	if n := len("image/"); len(m.MIME) > n {
		format = m.MIME[n:]
	}
	e.openItem(itemImage, "ig_"+made)
	id := e.open.id
	write := func(w *writer, name, status string) {
		w.object(name)
		w.str("id", id)
		w.str("type", itemImage)
		w.str("status", status)
		w.str("output_format", format)
	}
	w := e.added()
	write(w, "item", "in_progress")
	w.null("result")
	w.endObject()
	e.send()
	for _, name := range []string{"in_progress", "generating", "completed"} {
		e.phase(name)
	}
	var item writer
	write(&item, "", "completed")
	item.str("result", m.Data)
	item.endObject()
	e.done(item.buf)
}
