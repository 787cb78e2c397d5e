package responses

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// runsAtClient reports whether the tool of a call, or of its output, is run by
// the client although no client describes it: OpenAI's models know it by its
// kind (guides "Shell", "Local shell", "Apply patch" and "Computer use"). In
// other dialects it is a tool like any other, named by its kind.
func runsAtClient(kind string) bool {
	switch strings.TrimSuffix(kind, "_output") {
	case "computer_call", "local_shell_call", "shell_call", "apply_patch_call":
		return true
	}
	return false
}

// asksClient reports whether an item is a call of such a tool.
func asksClient(kind string) bool { return runsAtClient(kind) && !strings.HasSuffix(kind, "_output") }

// itself reports whether a call is an item of this dialect as it came.
func itself(c *llm.ToolCall) bool { return c.Dialect == llm.Responses && len(c.Raw) > 0 }

// pairID is the id that a call of such a tool shares with its output. The output
// of a local shell has it in its own id (API reference, Local shell call output).
func pairID(v gjson.Result) string {
	return orElse(v.Get("call_id").Str, v.Get("id").Str)
}

// clientCall reads a call of such a tool. Its arguments are what is to be done.
func clientCall(v gjson.Result) *llm.ToolCall {
	kind := v.Get("type").Str
	call := &llm.ToolCall{ID: pairID(v), Name: serverName(kind), Arguments: serverInput(kind, v), Raw: rawOf(v), Dialect: llm.Responses}
	if actions := v.Get("actions"); actions.IsArray() { // several at once
		call.Arguments = `{"actions":` + actions.Raw + `}`
	}
	return call
}

// clientResult reads what such a tool gave: words, a picture of the screen, or
// what several commands wrote.
func clientResult(v gjson.Result) *llm.ToolResult {
	status, output := v.Get("status").Str, v.Get("output")
	r := &llm.ToolResult{
		CallID: pairID(v), Name: serverName(v.Get("type").Str), Error: status == "failed", Raw: rawOf(v), Dialect: llm.Responses,
	}
	screen := &llm.Media{Kind: llm.Image, FileID: output.Get("file_id").Str}
	place(screen, output.Get("image_url").Str)
	switch {
	case screen.Data != "" || screen.URL != "" || screen.FileID != "":
		r.Parts = []llm.Part{screen}
	case asText(output) != "":
		r.Parts = []llm.Part{&llm.Text{Text: asText(output)}}
	case status != "":
		r.Parts = []llm.Part{&llm.Text{Text: status}} // a patch may have nothing more to say
	}
	return r
}
