package anthropic

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// searchResult marks a document that came as a search_result block, whose
// source is in Media.Context: it reads like any other document, and goes back
// to Anthropic as what it was.
const searchResult = "application/vnd.anthropic.search-result"

// borne begins the origin of a seal that belongs to the part before it. Text
// and tool calls have no place for one here, so that a client carries it in a
// redacted_thinking block of its own.
const borne = "part-"

// contentReader reads content blocks. A strict one refuses what cannot mean
// anything, as befits a client's; a provider's answer is taken as far as it goes.
type contentReader struct {
	strict bool
	depth  int // of lists within lists: results of tools hold content, which holds documents
}

const deepest = 4

// parts reads a string or a list of blocks.
func (c contentReader) parts(v gjson.Result, at string) ([]llm.Part, error) {
	switch {
	case v.Type == gjson.String:
		if v.Str == "" {
			return nil, nil
		}
		return []llm.Part{&llm.Text{Text: v.Str}}, nil
	case !v.Exists() || v.Type == gjson.Null:
		return nil, nil
	case !v.IsArray():
		return nil, invalid(at, "must be a string or a list of content blocks")
	case c.depth == deepest:
		return nil, invalid(at, "holds blocks within blocks too deeply")
	}
	c.depth++
	var parts []llm.Part
	for i, block := range v.Array() {
		more, err := c.block(block, index(at, i))
		if err != nil {
			return nil, err
		}
		if len(more) == 1 && attach(more[0], parts) {
			continue
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// block reads one content block: nearly always one part.
func (c contentReader) block(v gjson.Result, at string) ([]llm.Part, error) {
	kind := v.Get("type").Str
	switch kind {
	case "text":
		text := v.Get("text").Str
		if text == "" { // the API takes none, and it says nothing
			return nil, nil
		}
		return one(&llm.Text{Text: text, Citations: readCitations(v.Get("citations")), Cache: readCache(v)}), nil
	case "image":
		return c.image(v, at)
	case "document":
		return c.document(v, at)
	case "search_result":
		return one(readSearchResult(v)), nil
	case "tool_use":
		return c.toolUse(v, at)
	case "tool_result":
		return c.toolResult(v, at)
	case "thinking":
		return one(&llm.Reasoning{Text: v.Get("thinking").Str, Seal: llm.Unwrap(llm.Anthropic, v.Get("signature").Str)}), nil
	case "redacted_thinking":
		return one(&llm.Reasoning{Redacted: true, Seal: llm.Unwrap(llm.Anthropic, v.Get("data").Str)}), nil
	case "":
		if c.strict {
			return nil, invalid(at+".type", "every content block needs a type")
		}
		return nil, nil
	}
	return one(readServerBlock(kind, v)), nil
}

func one(p llm.Part) []llm.Part { return []llm.Part{p} }

// attach gives a borne seal back to the part that it belongs to.
func attach(p llm.Part, parts []llm.Part) bool {
	r, ok := p.(*llm.Reasoning)
	if !ok || !r.Redacted {
		return false
	}
	origin, ok := strings.CutPrefix(string(r.Seal.Origin), borne)
	if !ok {
		return false
	}
	if len(parts) > 0 {
		seal := llm.Seal{Origin: llm.Dialect(origin), Value: r.Seal.Value}
		switch p := parts[len(parts)-1].(type) {
		case *llm.Text:
			p.Seal = seal
		case *llm.ToolCall:
			p.Seal = seal
		}
	}
	return true
}

func (c contentReader) toolUse(v gjson.Result, at string) ([]llm.Part, error) {
	call := &llm.ToolCall{ID: v.Get("id").Str, Name: v.Get("name").Str, Arguments: readArguments(v.Get("input")), Cache: readCache(v)}
	switch {
	case c.strict && call.ID == "":
		return nil, invalid(at+".id", "a tool_use block needs an id")
	case c.strict && call.Name == "":
		return nil, invalid(at+".name", "a tool_use block needs the tool's name")
	}
	return one(call), nil
}

// readArguments keeps a tool's input as it came; no arguments are no text. Some
// servers send the object as a text that holds it.
func readArguments(v gjson.Result) string {
	if v.Type == gjson.String && (v.Str == "" || json.Valid([]byte(v.Str))) {
		if inner := gjson.Parse(v.Str); inner.IsObject() || v.Str == "" {
			return readArguments(inner)
		}
	}
	if !v.Exists() || v.Type == gjson.Null || v.IsObject() && strings.Trim(v.Raw, "{} \t\r\n") == "" {
		return ""
	}
	return v.Raw
}

func (c contentReader) toolResult(v gjson.Result, at string) ([]llm.Part, error) {
	r := &llm.ToolResult{CallID: v.Get("tool_use_id").Str, Error: v.Get("is_error").Bool(), Cache: readCache(v)}
	if c.strict && r.CallID == "" {
		return nil, invalid(at+".tool_use_id", "a tool_result block needs the id of the tool_use that it answers")
	}
	var err error
	r.Parts, err = c.parts(v.Get("content"), at+".content")
	return one(r), err
}

func (c contentReader) image(v gjson.Result, at string) ([]llm.Part, error) {
	m := &llm.Media{Kind: llm.Image, Cache: readCache(v)}
	return one(m), c.source(m, v.Get("source"), at+".source")
}

// document reads a document. One that is made of content blocks becomes its
// text, and its images follow it.
func (c contentReader) document(v gjson.Result, at string) ([]llm.Part, error) {
	m := &llm.Media{
		Kind: llm.Document, Name: v.Get("title").Str, Context: v.Get("context").Str,
		Cite: v.Get("citations.enabled").Bool(), Cache: readCache(v),
	}
	source := v.Get("source")
	if source.Get("type").Str != "content" {
		return one(m), c.source(m, source, at+".source")
	}
	inner, err := c.parts(source.Get("content"), at+".source.content")
	if err != nil {
		return nil, err
	}
	m.MIME, m.Text = "text/plain", textOf(inner)
	out := one(m)
	for _, p := range inner {
		if image, ok := p.(*llm.Media); ok {
			out = append(out, image)
		}
	}
	return out, nil
}

func (c contentReader) source(m *llm.Media, v gjson.Result, at string) error {
	m.MIME = v.Get("media_type").Str
	where := "data"
	switch v.Get("type").Str {
	case "base64":
		m.Data = v.Get(where).Str
	case "text":
		m.Text = v.Get(where).Str
	case "url":
		where = "url"
		m.URL = v.Get(where).Str
	case "file":
		where = "file_id"
		m.FileID = v.Get(where).Str
	default:
		if c.strict {
			return invalid(at+".type", `must be "base64", "url", "file", or for a document "text" or "content"`)
		}
	}
	if c.strict && m.Data+m.Text+m.URL+m.FileID == "" {
		return invalid(at+"."+where, "is missing")
	}
	return nil
}

func readSearchResult(v gjson.Result) *llm.Media {
	inner, _ := contentReader{}.parts(v.Get("content"), "") // a reader that is not strict
	return &llm.Media{
		Kind: llm.Document, MIME: searchResult, Text: textOf(inner), Name: v.Get("title").Str, Context: v.Get("source").Str,
		Cite: v.Get("citations.enabled").Bool(), Cache: readCache(v),
	}
}

// textOf joins the texts among parts.
func textOf(parts []llm.Part) string {
	var texts []string
	for _, p := range parts {
		if t, ok := p.(*llm.Text); ok {
			texts = append(texts, t.Text)
		}
	}
	return strings.Join(texts, "\n\n")
}

func readCache(v gjson.Result) *llm.CacheMark {
	mark := v.Get("cache_control")
	if !mark.IsObject() {
		return nil
	}
	return &llm.CacheMark{TTL: mark.Get("ttl").Str}
}

// readCitations reads the citations of a text, whose kinds differ in how they
// name a place in a document, a page, a search result.
func readCitations(v gjson.Result) []llm.Citation {
	var out []llm.Citation
	v.ForEach(func(_, c gjson.Result) bool {
		if c.IsObject() {
			out = append(out, readCitation(c))
		}
		return true
	})
	return out
}

func readCitation(v gjson.Result) llm.Citation {
	c := llm.Citation{
		URL: v.Get("url").Str, Title: v.Get("title").Str, Text: v.Get("cited_text").Str, FileID: v.Get("file_id").Str,
	}
	if c.Title == "" {
		c.Title = v.Get("document_title").Str
	}
	if c.URL == "" {
		c.URL = v.Get("source").Str
	}
	if mark := llm.Unwrap(llm.Anthropic, v.Get("encrypted_index").Str); mark.Set() && mark.Origin != llm.Anthropic {
		return c // another provider's, dressed for a client of ours
	}
	c.Raw, c.Dialect = json.RawMessage(v.Raw), llm.Anthropic
	return c
}
