package responses

import (
	"slices"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// tools writes the tools and how free the model is in using them.
func (e *requestEncoder) tools() error {
	var w writer
	names := map[string]bool{} // of server tools that are there already
	groups := namespaces(e.r.Tools)
	for i := range e.r.Tools {
		t := &e.r.Tools[i]
		if t.Cache != nil {
			e.drop("cache_control")
		}
		if t.Kind == llm.ToolServer && t.Dialect != llm.Responses {
			if err := e.serverTool(&w, t, names); err != nil {
				return err
			}
			continue
		}
		writeTool(&w, t, groups, e.own)
	}
	if slices.Contains(e.r.Modalities, "image") && !slices.ContainsFunc(e.r.Tools, drawing) {
		w.object("")
		w.str("type", "image_generation") // here a picture is drawn by a tool
		w.endObject()
	}
	if len(w.buf) > 0 || e.r.Tools != nil && e.own {
		e.list("tools", w.buf)
	}
	if c := e.r.ToolChoice; c != nil {
		writeChoice(&e.writer, c, e.r.Tools, groups)
	}
	if e.r.ParallelTools != nil {
		e.bool("parallel_tool_calls", *e.r.ParallelTools)
	}
	return nil
}

func drawing(t llm.Tool) bool { return t.Kind == llm.ToolServer && t.Name == "image_generation" }

// writeTool writes a tool that the client runs, or one of this dialect's own. A
// group of tools is written where its first function is.
func writeTool(w *writer, t *llm.Tool, groups map[string][2]string, own bool) {
	if t.Kind != llm.ToolCustom && t.Dialect == llm.Responses && len(t.Raw) > 0 {
		w.raw("", t.Raw)
		return
	}
	if _, ok := groups[t.Name]; ok {
		return
	}
	w.object("")
	if t.Kind == llm.ToolCustom {
		w.str("type", "custom")
		w.str("name", t.Name)
		w.text("description", t.Description)
		if len(t.Raw) > 0 {
			writeGrammar(w, t)
		}
		w.endObject()
		return
	}
	w.str("type", "function")
	w.str("name", t.Name)
	w.text("description", t.Description)
	switch {
	case len(t.Schema) > 0:
		w.raw("parameters", t.Schema)
	case own:
		w.null("parameters")
	default:
		w.raw("parameters", []byte(`{"type":"object","properties":{}}`))
	}
	switch {
	case t.Strict != nil:
		w.bool("strict", *t.Strict)
	case !own:
		w.bool("strict", false) // what is not said is true here, and false elsewhere
	}
	w.endObject()
}

// writeGrammar writes the format of a custom tool. Chat Completions has the same
// one with the grammar in an object of its own.
func writeGrammar(w *writer, t *llm.Tool) {
	v := gjson.ParseBytes(t.Raw)
	grammar := v.Get("grammar")
	if t.Dialect == llm.Responses || !grammar.IsObject() {
		w.raw("format", t.Raw)
		return
	}
	w.object("format")
	w.str("type", "grammar")
	w.str("syntax", grammar.Get("syntax").Str)
	w.str("definition", grammar.Get("definition").Str)
	w.endObject()
}

// serverTool writes a tool of another provider's that OpenAI runs, too. How that
// provider was to run it cannot be said. One that OpenAI does not run is left
// out, unless it holds what the client asks about or is the one to be called.
func (e *requestEncoder) serverTool(w *writer, t *llm.Tool, names map[string]bool) error {
	kind := map[string]string{
		"web_search": "web_search", "web_fetch": "web_search", // which opens pages, too
		"code_execution": "code_interpreter", "image_generation": "image_generation",
	}[t.Name]
	if kind == "" {
		c := e.r.ToolChoice
		if t.Name == "file_search" || t.Name == "mcp" || c != nil && slices.Contains(c.Names, t.Name) {
			return invalid("tools", "The tool %s is run by another provider, and this request depends on it: the Responses API cannot be told to run it.", llm.Clip(t.Name))
		}
		e.drop(t.Name)
		return nil
	}
	if options(t) {
		e.drop(t.Name + "_options")
	}
	if names[kind] {
		return nil
	}
	names[kind] = true
	w.object("")
	w.str("type", kind)
	if kind == "code_interpreter" {
		w.object("container")
		w.str("type", "auto")
		w.endObject()
	}
	w.endObject()
	return nil
}

// options reports whether a server tool's definition says more than which it is.
func options(t *llm.Tool) bool {
	more := false
	gjson.ParseBytes(t.Raw).ForEach(func(name, v gjson.Result) bool {
		empty := v.IsObject() && len(v.Map()) == 0
		more = more || name.Str != "type" && name.Str != "name" && !empty
		return !more
	})
	return more
}

// writeChoice writes how free the model is in using tools.
func writeChoice(w *writer, c *llm.ToolChoice, tools []llm.Tool, groups map[string][2]string) {
	switch {
	case c.Mode == llm.ChooseNamed && len(c.Names) == 1:
		w.object("tool_choice")
		writeChosen(w, c.Names[0], tools, groups)
		w.endObject()
	case len(c.Names) > 0:
		mode := c.Mode
		if mode == llm.ChooseNamed {
			mode = llm.ChooseRequired
		}
		w.object("tool_choice")
		w.str("type", "allowed_tools")
		w.str("mode", string(mode))
		w.array("tools")
		for _, name := range c.Names {
			w.object("")
			writeChosen(w, name, tools, groups)
			w.endObject()
		}
		w.endArray()
		w.endObject()
	default:
		w.str("tool_choice", string(c.Mode))
	}
}

// writeChosen writes the members that name one tool.
func writeChosen(w *writer, name string, tools []llm.Tool, groups map[string][2]string) {
	i := slices.IndexFunc(tools, func(t llm.Tool) bool { return t.Name == name })
	switch {
	case i >= 0 && tools[i].Kind == llm.ToolServer:
		w.str("type", serverType(&tools[i]))
	case i >= 0 && undescribed(&tools[i]) != "":
		w.str("type", undescribed(&tools[i]))
	case i >= 0 && tools[i].Kind == llm.ToolCustom:
		w.str("type", "custom")
		w.str("name", name)
	default:
		w.str("type", "function")
		if group, ok := groups[name]; ok {
			w.str("name", group[1])
			w.str("namespace", group[0])
			return
		}
		w.str("name", name)
	}
}

// serverType is the type of a server tool as it was written.
func serverType(t *llm.Tool) string {
	if t.Dialect == llm.Responses {
		if kind := gjson.GetBytes(t.Raw, "type").Str; kind != "" {
			return kind
		}
	}
	switch t.Name {
	case "web_fetch":
		return "web_search"
	case "code_execution":
		return "code_interpreter"
	}
	return t.Name
}
