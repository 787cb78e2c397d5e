package responses

import (
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// decodeTools reads the list of tools.
func decodeTools(v gjson.Result) (tools []llm.Tool, err error) {
	if !v.IsArray() {
		return nil, invalid("tools", "Invalid type for 'tools': expected a list.")
	}
	i := 0
	v.ForEach(func(_, tool gjson.Result) bool {
		param := fmt.Sprintf("tools[%d]", i)
		i++
		switch kind := tool.Get("type").Str; kind {
		case "":
			err = missing(param + ".type")
		case "namespace":
			if tool.Get("name").Str == "" {
				err = missing(param + ".name")
			}
			tools = append(tools, decodeNamespace(tool)...)
		case "function", "custom":
			t := decodeTool(tool, "")
			if t.Name == "" {
				err = missing(param + ".name")
			}
			tools = append(tools, t)
		default:
			if t, ok := described(tool); ok {
				tools = append(tools, t)
				break
			}
			tools = append(tools, llm.Tool{Kind: llm.ToolServer, Name: serverName(kind), Raw: rawOf(tool), Dialect: llm.Responses})
		}
		return err == nil
	})
	return tools, err
}

// decodeTool reads a function or a custom tool, whose definitions are flat where
// Chat Completions nests them.
func decodeTool(v gjson.Result, namespace string) llm.Tool {
	whole := v
	if inner := v.Get(v.Get("type").Str); inner.IsObject() {
		v = inner
	}
	t := llm.Tool{
		Kind: llm.ToolFunction, Name: v.Get("name").Str, Description: v.Get("description").Str,
		Schema: rawOf(v.Get("parameters")),
	}
	if strict := v.Get("strict"); strict.IsBool() {
		b := strict.Bool()
		t.Strict = &b
	}
	if whole.Get("type").Str == "custom" {
		t.Kind, t.Schema, t.Raw = llm.ToolCustom, nil, rawOf(v.Get("format"))
	} else if namespace == "" && special(whole) {
		t.Raw = rawOf(whole)
	}
	if t.Name != "" {
		t.Name = qualified(namespace, t.Name)
	}
	if t.Raw != nil {
		t.Dialect = llm.Responses
	}
	return t
}

// special reports whether a function's definition says more than the neutral form
// can (defer_loading, output_schema, …).
func special(v gjson.Result) bool {
	more := false
	v.ForEach(func(name, v gjson.Result) bool {
		switch name.Str {
		case "type", "name", "description", "parameters", "strict", "function":
		default:
			more = more || there(v)
		}
		return !more
	})
	return more
}

// decodeNamespace reads a group of tools as functions with qualified names. The
// first function carries the definition of the whole group, for this dialect.
func decodeNamespace(v gjson.Result) []llm.Tool {
	var tools []llm.Tool
	carried := false
	v.Get("tools").ForEach(func(_, tool gjson.Result) bool {
		t := decodeTool(tool, v.Get("name").Str)
		if t.Name == "" {
			return true
		}
		if t.Kind == llm.ToolFunction && !carried {
			t.Raw, t.Dialect = rawOf(v), llm.Responses
			carried = true
		}
		tools = append(tools, t)
		return true
	})
	return tools
}

// namespaces maps the qualified names of tools to the namespace and the name by
// which the client knows them.
func namespaces(tools []llm.Tool) map[string][2]string {
	var out map[string][2]string
	for i := range tools {
		group := namespaceOf(&tools[i])
		if !group.Exists() {
			continue
		}
		if out == nil {
			out = map[string][2]string{}
		}
		namespace := group.Get("name").Str
		group.Get("tools.#.name").ForEach(func(_, name gjson.Result) bool {
			out[qualified(namespace, name.Str)] = [2]string{namespace, name.Str}
			return true
		})
	}
	return out
}

// namespaceOf is the group that a tool carries the definition of.
func namespaceOf(t *llm.Tool) gjson.Result {
	if t.Kind != llm.ToolFunction || t.Dialect != llm.Responses || len(t.Raw) == 0 {
		return gjson.Result{}
	}
	if v := gjson.ParseBytes(t.Raw); v.Get("type").Str == "namespace" {
		return v
	}
	return gjson.Result{}
}

// toolChoice reads a mode, or an object that names one tool or the allowed ones.
// What names a tool in a way that the neutral form does not know is kept.
func (d *requestDecoder) toolChoice(v gjson.Result) {
	if v.Type == gjson.String {
		d.r.ToolChoice = &llm.ToolChoice{Mode: llm.ChoiceMode(v.Str)}
		return
	}
	switch kind := v.Get("type").Str; kind {
	case "function", "custom":
		d.r.ToolChoice = &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{choiceName(v)}}
	case "allowed_tools":
		if inner := v.Get("allowed_tools"); inner.IsObject() {
			v = inner
		}
		choice := &llm.ToolChoice{Mode: llm.ChoiceMode(orElse(v.Get("mode").Str, string(llm.ChooseAuto)))}
		v.Get("tools").ForEach(func(_, tool gjson.Result) bool {
			choice.Names = append(choice.Names, choiceName(tool))
			return true
		})
		d.r.ToolChoice = choice
	case "mcp", "":
		d.extra("tool_choice", v)
	default:
		d.r.ToolChoice = &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{serverName(kind)}}
	}
}

// choiceName is the neutral name of a tool that a choice names.
func choiceName(v gjson.Result) string {
	switch kind := v.Get("type").Str; kind {
	case "function", "custom", "":
		name := v.Get("name").Str
		if name == "" { // as Chat Completions has it
			name = orElse(v.Get("function.name").Str, v.Get("custom.name").Str)
		}
		return qualified(v.Get("namespace").Str, name)
	default:
		return serverName(kind)
	}
}
