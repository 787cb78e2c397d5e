package responses

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// A sealed thing that is no reasoning, or that is withheld, is told apart inside
// the value of a foreign seal. Seals are base64, which has no colon.
const (
	// riderPrefix begins "for=CALLID:SEAL", the seal of a tool call, or of the
	// text before it when there is no id.
	riderPrefix = "for="
	// redactedPrefix begins the seal of thinking that its provider withholds.
	redactedPrefix = "redacted:"
)

// rider is a seal that travels in a reasoning item behind what it belongs to,
// because that has no place for a seal in this dialect.
type rider struct {
	callID string
	seal   llm.Seal
}

// decodeReasoning reads a reasoning item: its summary and its text as parts, the
// last of which holds the seal. What has neither is a seal alone.
func decodeReasoning(v gjson.Result) ([]llm.Part, *rider) {
	id := v.Get("id").Str
	seal := llm.Unwrap(llm.Responses, v.Get("encrypted_content").Str)
	native := seal.Origin == llm.Responses
	switch {
	case isMade(id):
		id = ""
	case !seal.Set():
		native = true
		if id != "" {
			seal.Origin = llm.Responses // without encryption: only its provider knows it
		}
	}
	redacted := native
	if seal.Set() && !native {
		if rest, ok := strings.CutPrefix(seal.Value, riderPrefix); ok {
			i := strings.LastIndexByte(rest, ':')
			return nil, &rider{rest[:max(i, 0)], llm.Seal{Origin: seal.Origin, Value: rest[i+1:]}}
		}
		seal.Value, redacted = strings.CutPrefix(seal.Value, redactedPrefix)
	}
	var parts []llm.Part
	// Thinking of another dialect was shown as a summary, but it is the text.
	if text := joined(v.Get("summary")); text != "" {
		parts = append(parts, &llm.Reasoning{ID: id, Text: text, Summary: native})
	}
	if text := joined(v.Get("content")); text != "" {
		parts = append(parts, &llm.Reasoning{ID: id, Text: text})
	}
	switch {
	case len(parts) > 0:
		if r, ok := parts[len(parts)-1].(*llm.Reasoning); ok {
			r.Seal = seal
		}
	case seal.Set():
		parts = append(parts, &llm.Reasoning{ID: id, Redacted: redacted, Seal: seal})
	}
	return parts, nil
}

// joined is the texts of a reasoning item's summary or content, with the empty
// line between them that clients show.
func joined(list gjson.Result) string {
	var texts []string
	list.ForEach(func(_, v gjson.Result) bool {
		if text := v.Get("text"); text.Type == gjson.String {
			texts = append(texts, text.Str)
		}
		return true
	})
	return strings.Join(texts, partBreak)
}

// partBreak is between the parts of a summary.
const partBreak = "\n\n"

// callSeal keeps the members of a call that only this dialect understands, as a
// JSON object.
func callSeal(v gjson.Result) llm.Seal {
	var w writer
	for _, name := range []string{"namespace", "async", "caller"} {
		if m := v.Get(name); there(m) && m.Type != gjson.False {
			if len(w.buf) == 0 {
				w.object("")
			}
			w.raw(name, []byte(m.Raw))
		}
	}
	if len(w.buf) == 0 {
		return llm.Seal{}
	}
	w.endObject()
	return llm.Seal{Origin: llm.Responses, Value: string(w.buf)}
}

// qualified is the one name that a tool in a namespace has in other dialects,
// which know no namespaces. It is how MCP tools have always been called.
func qualified(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return strings.TrimSuffix(namespace, "__") + "__" + name
}

// decodeCall reads a function_call or custom_tool_call without its arguments.
func decodeCall(v gjson.Result) *llm.ToolCall {
	call := &llm.ToolCall{
		ID:     v.Get("call_id").Str,
		Name:   qualified(v.Get("namespace").Str, v.Get("name").Str),
		Custom: v.Get("type").Str == itemCustomCall,
		Seal:   callSeal(v),
	}
	if call.ID == "" {
		call.ID = v.Get("id").Str
	}
	return call
}

// arguments is what a call passes on.
func arguments(v gjson.Result) string {
	if v.Get("type").Str == itemCustomCall {
		return asText(v.Get("input"))
	}
	return asText(v.Get("arguments"))
}

// decodeCitation reads an annotation of a text.
func decodeCitation(v gjson.Result) llm.Citation {
	c := llm.Citation{
		URL: v.Get("url").Str, Title: v.Get("title").Str, FileID: v.Get("file_id").Str,
		Start: int(v.Get("start_index").Int()), End: int(v.Get("end_index").Int()),
		Raw: rawOf(v), Dialect: llm.Responses,
	}
	if c.Title == "" {
		c.Title = v.Get("filename").Str
	}
	if at := v.Get("index"); at.Exists() { // file_citation, file_path: a place, not a range
		c.Start, c.End = int(at.Int()), int(at.Int())
	}
	return c
}

func decodeLogprobs(list gjson.Result) []llm.Logprob {
	if !list.IsArray() {
		return nil
	}
	var out []llm.Logprob
	list.ForEach(func(_, v gjson.Result) bool {
		p := llm.Logprob{Token: v.Get("token").Str, Logprob: v.Get("logprob").Num, Top: decodeLogprobs(v.Get("top_logprobs"))}
		v.Get("bytes").ForEach(func(_, b gjson.Result) bool {
			p.Bytes = append(p.Bytes, byte(b.Int())) //nolint:gosec // a byte by the protocol
			return true
		})
		out = append(out, p)
		return true
	})
	return out
}

// decodeServer reads an item of a type that no part is made for: a tool that the
// provider runs, or one that both sides know without its being described.
func decodeServer(v gjson.Result) []llm.Part {
	kind := v.Get("type").Str
	if kind == "" {
		return nil
	}
	id := v.Get("id").Str
	if call := v.Get("call_id").Str; call != "" {
		id = call
	}
	name := serverName(kind)
	if strings.HasSuffix(kind, "_output") || kind == "mcp_approval_response" {
		return []llm.Part{&llm.ServerResult{
			CallID: id, Name: name, Text: v.Get("output").Str, Raw: rawOf(v), Dialect: llm.Responses,
		}}
	}
	call := &llm.ServerCall{ID: id, Name: name, Input: serverInput(kind, v), Raw: rawOf(v), Dialect: llm.Responses}
	if isMade(v.Get("id").Str) {
		call.Raw, call.Dialect = nil, "" // made up for a client: no provider knows it
	}
	result := &llm.ServerResult{CallID: id, Name: name, Dialect: llm.Responses}
	switch kind {
	case itemWebSearch:
		result.Sources = sources(v.Get("action.sources"))
	case itemFileSearch:
		result.Sources = sources(v.Get("results"))
	case itemCode:
		v.Get("outputs").ForEach(func(_, out gjson.Result) bool {
			result.Text += out.Get("logs").Str
			return true
		})
	case itemMCP:
		result.Text, result.Error = v.Get("output").Str, asText(v.Get("error"))
	case itemImage:
		return pictures(v, call)
	}
	if len(result.Sources) > 0 || result.Text != "" || result.Error != "" {
		return []llm.Part{call, result}
	}
	return []llm.Part{call}
}

// pictures reads an image_generation_call: the call, and the picture for those
// who do not know the call. A picture of a provider of another dialect, which
// the client had as such an item, is a picture again.
func pictures(v gjson.Result, call *llm.ServerCall) []llm.Part {
	image := &llm.Media{Kind: llm.Image, MIME: "image/png", Data: v.Get("result").Str}
	if format := v.Get("output_format").Str; format != "" {
		image.MIME = "image/" + format
	}
	switch {
	case call.Raw == nil:
		return []llm.Part{image}
	case image.Data == "":
		return []llm.Part{call}
	}
	return []llm.Part{call, image}
}

func sources(list gjson.Result) []llm.Citation {
	var out []llm.Citation
	list.ForEach(func(_, v gjson.Result) bool {
		c := llm.Citation{URL: v.Get("url").Str, FileID: v.Get("file_id").Str, Title: v.Get("filename").Str, Text: v.Get("text").Str}
		if c.URL != "" || c.FileID != "" {
			out = append(out, c)
		}
		return true
	})
	return out
}

// serverName is what the neutral form calls a tool of the provider's, by the type
// of the tool, of its call or of its result.
func serverName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "web_search"):
		return "web_search"
	case strings.HasPrefix(kind, "code_interpreter"):
		return "code_execution"
	case strings.HasPrefix(kind, "mcp"):
		return "mcp"
	case strings.HasPrefix(kind, "computer"):
		return "computer"
	case strings.Contains(kind, "compaction"): // Codex has known it by other names
		return llm.Compaction
	}
	return strings.TrimSuffix(strings.TrimSuffix(kind, "_output"), "_call")
}

// serverInput is what a tool of the provider's was called with.
func serverInput(kind string, v gjson.Result) string {
	var w writer
	w.object("")
	switch kind {
	case itemWebSearch:
		for _, name := range []string{"query", "url", "pattern"} {
			w.text(name, v.Get("action."+name).Str)
		}
	case itemFileSearch:
		if queries := v.Get("queries"); queries.IsArray() {
			w.raw("queries", []byte(queries.Raw))
		}
	case itemCode:
		w.text("code", v.Get("code").Str)
	case itemImage:
		w.text("prompt", v.Get("revised_prompt").Str)
	default:
		for _, name := range []string{"arguments", "action", "operation"} {
			if m := v.Get(name); m.IsObject() {
				return m.Raw
			} else if args := gjson.Parse(m.Str); args.IsObject() {
				return args.Raw
			}
		}
	}
	w.endObject()
	return string(w.buf)
}

// waits reports whether a response that holds an item of this type waits for the
// client.
func waits(kind string) bool {
	switch kind {
	case itemFunctionCall, itemCustomCall, "mcp_approval_request":
		return true
	}
	return asksClient(kind)
}
