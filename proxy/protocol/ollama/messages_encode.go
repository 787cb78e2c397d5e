package ollama

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// turn is a message as the dialect has it: one text, and files beside it.
type turn struct {
	role            string
	texts, thoughts []string
	images          []string
	calls           []*llm.ToolCall
	result          *llm.ToolResult
}

func (t *turn) empty() bool {
	return len(t.texts)+len(t.thoughts)+len(t.images)+len(t.calls) == 0 && t.result == nil
}

// chat renders the conversation and its tools.
func (e *encoder) chat() error {
	e.list("messages")
	for i := range e.r.Messages {
		e.drop("name", e.r.Messages[i].Name != "")
		turns, err := e.turns(i)
		if err != nil {
			return err
		}
		for j := range turns {
			e.message(&turns[j])
		}
	}
	e.shut(']')
	return e.tools()
}

// turns splits a message where a tool's result stands, for those are messages
// of their own here.
func (e *encoder) turns(index int) ([]turn, error) {
	m := &e.r.Messages[index]
	role := string(m.Role)
	if m.Role == llm.RoleDeveloper {
		role = string(llm.RoleSystem)
	}
	if len(m.Parts) == 0 {
		return []turn{{role: role}}, nil
	}
	var out []turn
	open := turn{role: role}
	for i, p := range m.Parts {
		path := fmt.Sprintf("messages[%d].content[%d]", index, i)
		if result, ok := p.(*llm.ToolResult); ok {
			if !open.empty() {
				out = append(out, open)
				open = turn{role: role}
			}
			t, err := e.resultTurn(path, result)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
			continue
		}
		if err := e.part(path, &open, p); err != nil {
			return nil, err
		}
	}
	if !open.empty() {
		out = append(out, open)
	}
	return out, nil
}

// part adds a part to a turn.
func (e *encoder) part(path string, t *turn, p llm.Part) error {
	switch p := p.(type) {
	case *llm.Text:
		e.drop("cache_control", p.Cache != nil)
		t.say(p.Text)
	case *llm.Refusal:
		t.say(p.Text)
	case *llm.Media:
		e.drop("cache_control", p.Cache != nil)
		return e.media(path, t, p)
	case *llm.ToolCall:
		e.drop("cache_control", p.Cache != nil)
		t.calls = append(t.calls, p)
	case *llm.Reasoning:
		thought(t, p)
	case *llm.ServerCall:
		e.drop(p.Name, p.Name != "")
	case *llm.ServerResult:
		e.drop(p.Name, p.Name != "")
	}
	return nil
}

// thought keeps the thinking of models that think in the open, as Ollama's and
// those of OpenAI-compatible servers do. What another provider's model thought
// is not this one's.
func thought(t *turn, p *llm.Reasoning) {
	switch p.Seal.Origin {
	case llm.Ollama, llm.OpenAI, "":
		if p.Text != "" {
			t.thoughts = append(t.thoughts, p.Text)
		}
	}
}

// media adds a file. A server takes images, in base64.
func (e *encoder) media(path string, t *turn, m *llm.Media) error {
	data := m.Data
	if rest, ok := strings.CutPrefix(m.URL, "data:"); ok && data == "" {
		if head, body, ok := strings.Cut(rest, ","); ok && strings.HasSuffix(head, ";base64") {
			data = body
		}
	}
	switch {
	case m.Kind == llm.Document && m.Text != "":
		text := m.Text
		if m.Name != "" {
			text = m.Name + ":\n" + text
		}
		t.say(text)
		e.drop("citations", m.Cite)
		return nil
	case m.Kind != llm.Image && !e.own:
		return invalid(path, "is "+kindName(m.Kind)+", and an Ollama server takes text and images only: leave it out, or choose another model")
	case data == "" && m.FileID != "":
		return invalid(path, "refers to a file of another provider; an Ollama server takes images in base64 only")
	case data == "":
		return invalid(path, "is an image by URL; an Ollama server takes images in base64 only")
	}
	e.drop("detail", m.Detail != "" && m.Detail != "auto")
	e.drop("citations", m.Cite)
	t.images = append(t.images, data)
	return nil
}

func kindName(k llm.MediaKind) string {
	if k == llm.Audio {
		return "audio"
	}
	return "a " + string(k)
}

// resultTurn is a message of the role "tool". The dialect cannot say that a
// tool failed, so the text does.
func (e *encoder) resultTurn(path string, r *llm.ToolResult) (turn, error) {
	t := turn{role: string(llm.RoleTool), result: r}
	e.drop("cache_control", r.Cache != nil)
	for _, p := range r.Parts {
		if err := e.part(path, &t, p); err != nil {
			return turn{}, err
		}
	}
	if text := strings.Join(t.texts, "\n"); r.Error && !hasFold(text[:min(len(text), 20)], "error") {
		t.texts = []string{strings.TrimSpace("Error: " + text)}
	}
	return t, nil
}

// say adds a text to a turn's, unless it is none.
func (t *turn) say(text string) {
	if text != "" {
		t.texts = append(t.texts, text)
	}
}

// message renders Message of api/types.go.
func (e *encoder) message(t *turn) {
	e.open('{')
	e.text("role", t.role)
	e.text("content", strings.Join(t.texts, "\n"))
	if len(t.thoughts) > 0 {
		e.text("thinking", strings.Join(t.thoughts, "\n\n"))
	}
	e.images(t.images)
	if len(t.calls) > 0 {
		e.list("tool_calls")
		for i, c := range t.calls {
			e.call(i, c, []byte(c.Arguments), false)
		}
		e.shut(']')
	}
	if t.result != nil {
		name := t.result.Name
		if name == "" {
			name = e.names[t.result.CallID]
		}
		if name != "" {
			e.text("tool_name", name)
		}
		if t.result.CallID != "" {
			e.text("tool_call_id", t.result.CallID)
		}
	}
	e.shut('}')
}

func (w *writer) images(all []string) {
	if len(all) == 0 {
		return
	}
	w.list("images")
	for _, s := range all {
		w.item(s)
	}
	w.shut(']')
}

// call renders ToolCall of api/types.go, with arguments that are an object
// whatever the model or a custom tool made of them. A client is given the seal
// of another provider to keep.
func (w *writer) call(index int, c *llm.ToolCall, arguments []byte, sealed bool) {
	w.open('{')
	if c.ID != "" {
		w.text("id", c.ID)
	}
	w.object("function")
	w.number("index", int64(index))
	w.text("name", c.Name)
	switch {
	case len(arguments) == 0 && !c.Custom:
		w.raw("arguments", []byte("{}"))
	case !c.Custom && json.Valid(arguments) && gjson.ParseBytes(arguments).IsObject():
		w.raw("arguments", arguments)
	default:
		w.object("arguments")
		w.text("input", string(arguments))
		w.shut('}')
	}
	w.shut('}')
	if sealed && c.Seal.Set() && c.Seal.Origin != llm.Ollama {
		w.text("signature", c.Seal.Wrap(llm.Ollama))
	}
	w.shut('}')
}

// tools renders the tools that may be used. The dialect has no tool choice:
// leaving tools out says the same where some or all are forbidden.
func (e *encoder) tools() error {
	choice := e.r.ToolChoice
	if choice != nil && choice.Mode == llm.ChooseNone {
		return nil
	}
	var names []string
	if choice != nil {
		names = choice.Names
		e.drop("tool_choice", choice.Mode == llm.ChooseRequired || choice.Mode == llm.ChooseNamed)
	}
	begun := false
	for i := range e.r.Tools {
		t := &e.r.Tools[i]
		if t.Kind == llm.ToolServer {
			if slices.Contains(names, t.Name) && choice.Mode == llm.ChooseNamed {
				return invalid("tool_choice", "asks for "+llm.Clip(t.Name)+", which the provider would have to run; an Ollama server runs no tools")
			}
			e.drop(t.Name, true)
			continue
		}
		if len(names) > 0 && !slices.Contains(names, t.Name) {
			continue
		}
		if !begun {
			e.list("tools")
			begun = true
		}
		e.tool(t)
	}
	if begun {
		e.shut(']')
	}
	return nil
}

// tool renders Tool of api/types.go.
func (e *encoder) tool(t *llm.Tool) {
	e.drop("cache_control", t.Cache != nil)
	e.open('{')
	e.text("type", "function")
	e.object("function")
	e.text("name", t.Name)
	if t.Description != "" {
		e.text("description", t.Description)
	}
	switch {
	case t.Kind == llm.ToolCustom:
		e.raw("parameters", []byte(`{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}`))
	case len(t.Schema) == 0 && e.own:
	case len(t.Schema) == 0:
		e.raw("parameters", []byte(`{"type":"object","properties":{}}`))
	default:
		e.raw("parameters", plainSchema(t.Schema))
	}
	if t.Strict != nil && e.own {
		e.flag("strict", *t.Strict)
	}
	e.shut('}')
	e.shut('}')
}
