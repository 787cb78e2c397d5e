package anthropic

import (
	"slices"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// mostStrict is how many strict tools a request may have (documentation,
// Structured outputs: Schema complexity).
const mostStrict = 20

// gatherTools finds the tools that the model may use. The API cannot name some
// of the tools as the only ones allowed, so that the others are left out.
func (e *requestEncoder) gatherTools() error {
	c := e.r.ToolChoice
	e.choice = c
	for i := range e.r.Tools {
		t := &e.r.Tools[i]
		if c != nil && len(c.Names) > 0 && c.Mode != llm.ChooseNamed && !slices.Contains(c.Names, t.Name) {
			continue
		}
		keep, err := e.takes(t, index("tools", i))
		if err != nil {
			return err
		}
		if keep {
			e.tools = append(e.tools, *t)
		}
	}
	if c != nil && c.Mode == llm.ChooseNamed && !slices.ContainsFunc(e.tools, func(t llm.Tool) bool { return len(c.Names) > 0 && t.Name == c.Names[0] }) && !e.own {
		return invalid("tool_choice", "names the tool %q, which is not among the tools", llm.Clip(first(c.Names)))
	}
	if len(e.tools) == 0 && !e.own {
		e.recallTools()
	}
	return nil
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// takes reports whether a tool can be told to the provider.
func (e *requestEncoder) takes(t *llm.Tool, at string) (bool, error) {
	switch {
	case t.Dialect == llm.Anthropic && t.Raw != nil:
		return true, nil
	case t.Kind != llm.ToolServer:
		if !validName(t.Name) {
			return false, invalid(at+".name", "is %q; the Anthropic API takes names of up to 128 letters, digits, _ and -", llm.Clip(t.Name))
		}
		return true, nil
	case e.gen.known && serverToolType(t.Name) != "":
		return true, nil
	case t.Name == "file_search" || t.Name == "mcp":
		return false, invalid(at, "%s is a tool of another provider, which the answer may depend on; the Anthropic API does not have it", t.Name)
	}
	e.drop(t.Name, true)
	return false, nil
}

func validName(name string) bool {
	return Codec{}.ToolNames().Fits(name)
}

// serverToolType is the oldest version of a server tool, which most models have.
func serverToolType(name string) string {
	switch name {
	case "web_search":
		return "web_search_20250305"
	case "web_fetch":
		return "web_fetch_20250910"
	case "code_execution":
		return "code_execution_20250825"
	}
	return ""
}

// recallTools declares the tools that a conversation has used, for a client who
// wants none now: the API refuses calls and results without any tools.
func (e *requestEncoder) recallTools() {
	for _, m := range e.r.Messages {
		for _, p := range m.Parts {
			call, ok := p.(*llm.ToolCall)
			if ok && validName(call.Name) && !slices.ContainsFunc(e.tools, func(t llm.Tool) bool { return t.Name == call.Name }) {
				e.tools = append(e.tools, llm.Tool{Kind: llm.ToolFunction, Name: call.Name})
			}
		}
	}
	if len(e.tools) > 0 {
		e.choice = &llm.ToolChoice{Mode: llm.ChooseNone}
	}
}

func (e *requestEncoder) writeTools() {
	if len(e.tools) == 0 {
		return
	}
	e.w.array("tools")
	strict := 0
	for i := range e.tools {
		t := &e.tools[i]
		switch {
		case t.Dialect == llm.Anthropic && t.Raw != nil:
			e.w.element(t.Raw)
		case t.Kind == llm.ToolServer:
			e.w.typed(serverToolType(t.Name))
			e.w.text("name", t.Name)
			e.w.cache(t.Cache)
			e.w.shut('}')
		default:
			if t.Strict != nil && *t.Strict {
				strict++
			}
			e.writeTool(t, strict <= mostStrict)
		}
	}
	e.w.shut(']')
	e.writeToolChoice()
}

// writeTool writes a tool of the client's. A strict one must keep to the part
// of JSON Schema that Anthropic can hold a model to. Free text, which Anthropic
// does not have, becomes an object with the text in "input".
func (e *requestEncoder) writeTool(t *llm.Tool, room bool) {
	w := &e.w
	description, schema := t.Description, inputSchema(t.Schema)
	strict := t.Strict != nil && *t.Strict
	if t.Kind == llm.ToolCustom {
		description, schema, strict = describeCustom(t), []byte(customSchema), false
	}
	if !e.own && strict {
		if strict = room && e.gen.known && e.gen.constrains(); strict {
			schema = constrained(schema)
		} else {
			e.drop("strict", true)
		}
	}
	w.open()
	w.text("name", t.Name)
	w.some("description", description)
	w.raw("input_schema", schema)
	if strict || e.own && t.Strict != nil {
		w.flag("strict", strict)
	}
	w.cache(t.Cache)
	w.shut('}')
}

const customSchema = `{"type":"object","properties":{"input":{"type":"string","description":"The tool's whole input, as plain text"}},"required":["input"],"additionalProperties":false}`

// describeCustom adds the grammar of a custom tool's input to its description.
func describeCustom(t *llm.Tool) string {
	format := gjson.ParseBytes(t.Raw)
	if inner := format.Get("grammar"); inner.IsObject() {
		format = inner
	}
	grammar := format.Get("definition").Str
	if grammar == "" {
		return t.Description
	}
	text := "The input must follow this grammar (" + format.Get("syntax").Str + "):\n" + grammar
	if t.Description != "" {
		text = t.Description + "\n\n" + text
	}
	return text
}

func (e *requestEncoder) writeToolChoice() {
	w, c, alone := &e.w, e.choice, e.r.ParallelTools
	if c == nil {
		if alone == nil || *alone {
			return
		}
		c = &llm.ToolChoice{Mode: llm.ChooseAuto}
	}
	w.object("tool_choice")
	switch c.Mode {
	case llm.ChooseRequired:
		w.text("type", "any")
	case llm.ChooseNone:
		w.text("type", "none")
		alone = nil // none has nothing to run side by side
	case llm.ChooseNamed:
		w.text("type", "tool")
		w.text("name", first(c.Names))
	default:
		w.text("type", "auto")
	}
	if alone != nil && (e.own || !*alone) {
		w.flag("disable_parallel_tool_use", !*alone)
	}
	w.shut('}')
}
