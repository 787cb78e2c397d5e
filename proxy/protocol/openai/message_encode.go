package openai

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// maxCallID is the longest id of a tool call that OpenAI takes.
const maxCallID = 40

func (e *requestWriter) messages() error {
	r := *e.r
	r.Messages = answersFirst(r.Messages)
	e.r = &r
	e.w.field("messages").open('[')
	for i := range e.r.Messages {
		at := fmt.Sprintf("messages[%d]", i)
		m := &e.r.Messages[i]
		if m.Role != llm.RoleTool {
			if err := e.flush(at); err != nil {
				return err
			}
		}
		if err := e.message(at, i, m); err != nil {
			return err
		}
	}
	if err := e.flush("messages"); err != nil {
		return err
	}
	e.w.close(']')
	return nil
}

func (e *requestWriter) message(at string, i int, m *llm.Message) error {
	switch m.Role {
	case llm.RoleTool:
		return e.toolResults(at, m.Parts)
	case llm.RoleAssistant:
		return e.assistant(at, m)
	case llm.RoleSystem, llm.RoleDeveloper:
		if !e.own {
			return e.system(at, i)
		}
	}
	e.begin(string(m.Role))
	e.w.optional("name", m.Name)
	e.w.field("content")
	if err := e.content(at+".content", m.Parts, "\n\n"); err != nil {
		return err
	}
	e.w.close('}')
	return nil
}

func (e *requestWriter) begin(role string) {
	e.w.item().open('{')
	e.w.field("role").str(role)
}

// system writes the instructions of another dialect's client: those that
// follow each other as one message, because chat templates of open models take
// only one, and as "system", because only OpenAI knows "developer" and takes
// both for the same.
func (e *requestWriter) system(at string, i int) error {
	instructs := func(i int) bool {
		role := e.r.Messages[i].Role
		return role == llm.RoleSystem || role == llm.RoleDeveloper
	}
	if i > 0 && instructs(i-1) {
		return nil // written already
	}
	var parts []llm.Part
	for ; i < len(e.r.Messages) && instructs(i); i++ {
		parts = append(parts, e.r.Messages[i].Parts...)
	}
	e.begin(string(llm.RoleSystem))
	e.w.field("content")
	if err := e.content(at+".content", parts, "\n\n"); err != nil {
		return err
	}
	e.w.close('}')
	return nil
}

// assistant writes what the model has said. A refusal of another provider's
// goes as text: few servers know the field.
func (e *requestWriter) assistant(at string, m *llm.Message) error {
	var said []llm.Part
	var refusal string
	var calls []*llm.ToolCall
	var reasoning []*llm.Reasoning
	var audio string
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *llm.Text:
			said = append(said, p)
		case *llm.Refusal:
			if e.own {
				refusal += p.Text
			} else {
				said = append(said, &llm.Text{Text: p.Text})
			}
		case *llm.ToolCall:
			calls = append(calls, p)
		case *llm.Reasoning:
			switch {
			case p.Seal.Origin != llm.OpenAI: // worth nothing here
			case isThinking(p):
				said = append(said, p)
			default:
				reasoning = append(reasoning, p)
			}
		case *llm.Media:
			if e.own && p.FileID != "" {
				audio = p.FileID
			} else {
				e.drop("assistant_media")
			}
		case *llm.ServerCall, *llm.ServerResult:
			e.drop("server_tool_calls")
		}
	}
	if len(m.Parts) > 0 && len(said)+len(calls)+len(reasoning) == 0 && refusal == "" && audio == "" {
		return nil // nothing of it can be said here, and some servers refuse an empty message
	}
	e.begin(string(llm.RoleAssistant))
	e.w.optional("name", m.Name)
	e.reasoning(reasoning)
	e.w.field("content")
	if len(said) == 0 && (len(calls) > 0 || refusal != "" || audio != "") {
		e.w.null()
	} else if err := e.content(at+".content", said, ""); err != nil {
		return err
	}
	e.w.optional("refusal", refusal)
	e.textSeal(said)
	if audio != "" {
		e.w.field("audio").open('{')
		e.w.field("id").str(audio)
		e.w.close('}')
	}
	e.toolCalls(calls)
	e.w.close('}')
	return nil
}

// reasoning writes what this dialect's providers want back: details if any of
// it came so, for who reads those does not read the plain text.
func (e *requestWriter) reasoning(parts []*llm.Reasoning) {
	var flat strings.Builder
	marked := false
	for _, p := range parts {
		flat.WriteString(p.Text)
		marked = marked || p.Seal.Value != "" || p.Redacted
	}
	if !marked {
		e.w.optional("reasoning_content", flat.String())
		return
	}
	e.w.field("reasoning_details").open('[')
	for i, p := range parts {
		writeDetail(&e.w, p, int64(i))
	}
	e.w.close(']')
}

func (e *requestWriter) textSeal(said []llm.Part) {
	for i := len(said) - 1; i >= 0; i-- {
		if t, ok := said[i].(*llm.Text); ok && t.Seal.Origin == llm.OpenAI && t.Seal.Value != "" {
			writeSignature(&e.w, t.Seal)
			return
		}
	}
}

// writeSignature writes a seal as Gemini's OpenAI-compatible endpoint has it.
func writeSignature(w *writer, s llm.Seal) {
	w.field("extra_content").open('{')
	w.field("google").open('{')
	w.field("thought_signature").str(s.Wrap(llm.OpenAI))
	w.close('}')
	w.close('}')
}

func (e *requestWriter) toolCalls(calls []*llm.ToolCall) {
	if len(calls) == 0 {
		return
	}
	w := &e.w
	if byFunctions(e.r) {
		w.field("function_call").open('{')
		w.field("name").str(calls[0].Name)
		w.field("arguments").str(arguments(calls[0]))
		w.close('}')
		return
	}
	w.field("tool_calls").open('[')
	for _, c := range calls {
		w.item()
		e.toolCall(c)
	}
	w.close(']')
}

func (e *requestWriter) toolCall(c *llm.ToolCall) {
	w := &e.w
	custom := c.Custom && e.freeText()
	w.open('{')
	w.field("id").str(e.callID(c))
	if custom {
		w.field("type").str(typeCustom)
		w.field(typeCustom).open('{')
		w.field("name").str(c.Name)
		w.field("input").str(c.Arguments)
	} else {
		w.field("type").str(typeFunction)
		w.field(typeFunction).open('{')
		w.field("name").str(c.Name)
		w.field("arguments").str(arguments(c))
	}
	w.close('}')
	if c.Seal.Origin == llm.OpenAI && c.Seal.Value != "" {
		writeSignature(w, c.Seal)
	}
	w.close('}')
	if c.Cache != nil {
		e.drop("cache_control")
	}
}

// arguments are what a function is called with: always JSON.
func arguments(c *llm.ToolCall) string {
	switch {
	case c.Custom:
		return wrap(c.Arguments)
	case strings.TrimSpace(c.Arguments) == "":
		return "{}"
	}
	return c.Arguments
}

// callID is a call's id in letters that the provider takes, or one by its
// place where its dialect had none.
func (e *requestWriter) callID(c *llm.ToolCall) string {
	e.calls++
	switch {
	case c.ID == "":
		id := fmt.Sprintf("call_%d", e.calls)
		e.unanswered = append(e.unanswered, callName{id, c.Name})
		return id
	case e.own:
		return c.ID
	}
	return llm.SafeID(c.ID, maxCallID)
}

// resultID is the same for the call's result. Without an id it answers the
// first open call of its name.
func (e *requestWriter) resultID(r *llm.ToolResult) string {
	if r.CallID != "" {
		if e.own {
			return r.CallID
		}
		return llm.SafeID(r.CallID, maxCallID)
	}
	for i, c := range e.unanswered {
		if r.Name == "" || r.Name == c.name {
			e.unanswered = append(e.unanswered[:i:i], e.unanswered[i+1:]...)
			return c.id
		}
	}
	return "call_0"
}

func (e *requestWriter) toolResults(at string, parts []llm.Part) error {
	for i, p := range parts {
		r, ok := p.(*llm.ToolResult)
		if !ok {
			e.later = append(e.later, p)
			continue
		}
		if err := e.toolResult(fmt.Sprintf("%s.content[%d]", at, i), r); err != nil {
			return err
		}
	}
	return nil
}

func (e *requestWriter) toolResult(at string, r *llm.ToolResult) error {
	w := &e.w
	if byFunctions(e.r) {
		e.begin(roleFunction)
		w.field("name").str(r.Name)
	} else {
		e.begin(string(llm.RoleTool))
		w.field("tool_call_id").str(e.resultID(r))
		if e.own {
			w.optional("name", r.Name)
		}
	}
	w.field("content")
	parts := r.Parts
	if !e.own {
		parts = e.textOf(r)
	}
	if err := e.content(at, parts, "\n\n"); err != nil {
		return err
	}
	w.close('}')
	return nil
}

// textOf is a result's text; its media follow in a message of the user's. The
// dialect has no mark for a failure, so that a word says it.
func (e *requestWriter) textOf(r *llm.ToolResult) []llm.Part {
	var parts []llm.Part
	media := 0
	for _, p := range r.Parts {
		if m, ok := p.(*llm.Media); ok && m.Text == "" {
			if media == 0 {
				e.later = append(e.later, &llm.Text{Text: "What the tool call " + e.peekID(r) + " returned:"})
			}
			media++
			e.later = append(e.later, m)
			continue
		}
		parts = append(parts, p)
	}
	if media > 0 && len(parts) == 0 {
		parts = append(parts, &llm.Text{Text: "The result is in the next message of the user."})
	}
	if r.Error {
		if text, _ := onlyText(parts); !strings.HasPrefix(strings.ToLower(text), "error") {
			parts = append([]llm.Part{&llm.Text{Text: "Error:"}}, parts...)
		}
	}
	return parts
}

func (e *requestWriter) peekID(r *llm.ToolResult) string {
	if r.CallID == "" {
		return r.Name
	}
	return llm.SafeID(r.CallID, maxCallID)
}

// flush writes the media of tool results that have come so far.
func (e *requestWriter) flush(at string) error {
	if len(e.later) == 0 {
		return nil
	}
	parts := e.later
	e.later = nil
	e.begin(string(llm.RoleUser))
	e.w.field("content")
	if err := e.content(at, parts, "\n\n"); err != nil {
		return err
	}
	e.w.close('}')
	return nil
}

// textDocument reads a document whose data is text, which a chat can say
// although it may not take such a file.
func textDocument(m *llm.Media) (string, bool) {
	if m.Text != "" {
		return m.Text, true
	}
	if !strings.HasPrefix(m.MIME, "text/") && m.MIME != "application/json" {
		return "", false
	}
	data, err := base64.StdEncoding.DecodeString(m.Data)
	if err != nil || len(data) == 0 || !utf8.Valid(data) {
		return "", false
	}
	return string(data), true
}
