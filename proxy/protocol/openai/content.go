package openai

import (
	"fmt"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// content writes a message's content: a string where that says everything. Of
// another dialect's client several texts become one, because many servers take
// a list only where there is an image in it (DeepSeek: "invalid type: sequence,
// expected a string").
func (e *requestWriter) content(at string, parts []llm.Part, between string) error {
	parts = e.writable(parts)
	if text, ok := e.oneText(parts, between); ok {
		e.w.str(text)
		return nil
	}
	e.w.open('[')
	for i, p := range parts {
		if err := e.part(fmt.Sprintf("%s[%d]", at, i), p); err != nil {
			return err
		}
	}
	e.w.close(']')
	return nil
}

// writable returns the parts as the dialect has them: documents of text as
// text, and marks gone that the provider would refuse.
func (e *requestWriter) writable(parts []llm.Part) []llm.Part {
	if e.own {
		return parts
	}
	out := make([]llm.Part, 0, len(parts))
	for _, p := range parts {
		switch p := p.(type) {
		case *llm.Text:
			if p.Text == "" && p.Cache == nil {
				continue // it says nothing, and some servers refuse it
			}
			c := *p
			c.Cache = e.mark(p.Cache)
			out = append(out, &c)
		case *llm.Media:
			c := *p
			c.Cache = e.mark(p.Cache)
			if p.Cite {
				e.drop("citations")
			}
			if text, ok := textDocument(p); ok && p.Kind == llm.Document {
				out = append(out, &llm.Text{Text: document(p, text), Cache: c.Cache})
				continue
			}
			if p.Context != "" {
				out = append(out, &llm.Text{Text: p.Context})
			}
			out = append(out, &c)
		case *llm.Refusal:
			out = append(out, &llm.Text{Text: p.Text})
		case *llm.Reasoning:
			if isThinking(p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// document is a document of text, with what it is called.
func document(m *llm.Media, text string) string {
	var b strings.Builder
	b.WriteString("<document")
	if m.Name != "" {
		fmt.Fprintf(&b, " name=%q", m.Name)
	}
	b.WriteString(">\n")
	if m.Context != "" {
		b.WriteString(m.Context + "\n\n")
	}
	b.WriteString(text + "\n</document>")
	return b.String()
}

// oneText is the text of parts that a string can say.
func (e *requestWriter) oneText(parts []llm.Part, between string) (string, bool) {
	if e.own && len(parts) > 1 {
		return "", false
	}
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		t, ok := p.(*llm.Text)
		if !ok || t.Cache != nil {
			return "", false
		}
		texts = append(texts, t.Text)
	}
	return strings.Join(texts, between), true
}

func (e *requestWriter) part(at string, p llm.Part) error {
	w := &e.w
	switch p := p.(type) {
	case *llm.Text:
		w.item().open('{')
		w.field("type").str("text")
		w.field("text").str(p.Text)
		e.cache(p.Cache)
		w.close('}')
	case *llm.Refusal:
		w.item().open('{')
		w.field("type").str("refusal")
		w.field("refusal").str(p.Text)
		w.close('}')
	case *llm.Reasoning:
		w.item().open('{')
		w.field("type").str(detailThinking)
		w.field("thinking").open('[')
		w.item().open('{')
		w.field("type").str("text")
		w.field("text").str(p.Text)
		w.close('}')
		w.close(']')
		w.close('}')
	case *llm.Media:
		return e.media(at, p)
	}
	return nil
}

func (e *requestWriter) media(at string, m *llm.Media) error {
	switch m.Kind {
	case llm.Image, llm.Video:
		return e.located(at, m)
	case llm.Audio:
		if m.URL != "" && e.own {
			return e.located(at, m)
		}
		if m.Data == "" {
			return invalid(at, "This provider takes audio only as data, not by its address or id.")
		}
		e.w.item().open('{')
		e.w.field("type").str("input_audio")
		e.w.field("input_audio").open('{')
		e.w.field("data").str(m.Data)
		e.w.field("format").str(audioFormat(m.MIME))
		e.w.close('}')
		e.cache(m.Cache)
		e.w.close('}')
		return nil
	case llm.Document:
		return e.file(at, m)
	}
	return invalid(at, "This provider does not take media of the kind %q.", m.Kind)
}

// located writes an image, a video or a sound that has an address: its own, or
// one that holds the data.
func (e *requestWriter) located(at string, m *llm.Media) error {
	address := m.URL
	if m.Data != "" {
		address = dataURL(m, "image/png")
	}
	if address == "" {
		return invalid(at, "This provider takes an %s as data or by its address, not by the id of a file.", m.Kind)
	}
	field := string(m.Kind) + "_url"
	e.w.item().open('{')
	e.w.field("type").str(field)
	e.w.field(field).open('{')
	e.w.field("url").str(address)
	e.w.optional("detail", m.Detail)
	e.w.close('}')
	e.cache(m.Cache)
	e.w.close('}')
	return nil
}

func (e *requestWriter) file(at string, m *llm.Media) error {
	data, name := m.Data, m.Name
	switch {
	case m.FileID != "" && !sameFiles(e.r.Dialect):
		return invalid(at, "The file %q was given to another provider; this one needs its data.", llm.Clip(m.FileID))
	case m.FileID != "":
	case m.URL != "" && e.own:
		data = m.URL
	case m.Data == "":
		return invalid(at, "This provider takes a document only as data, not by its address.")
	case m.MIME != "":
		data = dataURL(m, "")
	}
	if name == "" && !e.own && m.FileID == "" {
		name = "document.pdf" // the API wants one
	}
	e.w.item().open('{')
	e.w.field("type").str("file")
	e.w.field("file").open('{')
	e.w.optional("file_id", m.FileID)
	e.w.optional("filename", name)
	e.w.optional("file_data", data)
	e.w.close('}')
	e.cache(m.Cache)
	e.w.close('}')
	return nil
}

func dataURL(m *llm.Media, otherwise string) string {
	mime := m.MIME
	if mime == "" {
		mime = otherwise
	}
	return "data:" + mime + ";base64," + m.Data
}

// mark is a cache mark as far as the provider reads it.
func (e *requestWriter) mark(c *llm.CacheMark) *llm.CacheMark {
	if c == nil || e.own || marksCache(e.r.Model) {
		return c
	}
	e.drop("cache_control")
	return nil
}

// cache marks a content part: in OpenAI's words for its own models, which do
// not know Anthropic's.
func (e *requestWriter) cache(c *llm.CacheMark) {
	if c == nil {
		return
	}
	if !ownModel(e.r.Model) {
		e.cacheControl(c)
		return
	}
	e.w.field("prompt_cache_breakpoint").open('{')
	e.w.field("mode").str("explicit")
	e.w.optional("ttl", c.TTL)
	e.w.close('}')
}

func (e *requestWriter) cacheControl(c *llm.CacheMark) {
	if c = e.mark(c); c == nil {
		return
	}
	e.w.field("cache_control").open('{')
	e.w.field("type").str("ephemeral")
	e.w.optional("ttl", c.TTL)
	e.w.close('}')
}
