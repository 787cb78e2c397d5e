package openai

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Prefixes of the ids of answers.
const (
	chatPrefix       = "chatcmpl-"
	completionPrefix = "cmpl-"
)

// EncodeResponse renders a chat.completion or a text_completion.
func (Codec) EncodeResponse(op llm.Operation, r *llm.Response, asked *llm.Request) ([]byte, error) {
	e := &answerWriter{id: answerID(op, r.ID), customs: customNames(asked), byFunctions: byFunctions(asked)}
	w := &e.w
	w.open('{')
	writeHead(w, op, false, head(r, asked), e.id)
	w.field("choices").open('[')
	for i := range r.Choices {
		w.item().open('{')
		w.field("index").int(int64(i))
		if op == llm.Completions {
			e.completion(&r.Choices[i])
		} else {
			e.choice(i, &r.Choices[i])
		}
		w.close('}')
	}
	w.close(']')
	if r.Usage.Known() {
		w.field("usage")
		writeUsage(w, r.Usage)
	}
	w.close('}')
	return w.buf, nil
}

func head(r *llm.Response, asked *llm.Request) llm.Start {
	s := llm.Start{Model: r.Model, Created: r.Created, ServiceTier: r.ServiceTier, Fingerprint: r.Fingerprint}
	if s.Model == "" && asked != nil {
		s.Model = asked.Model
	}
	return s
}

// writeHead writes what an answer, or each of its chunks, begins with.
func writeHead(w *writer, op llm.Operation, chunk bool, s llm.Start, id string) {
	object := "chat.completion"
	switch {
	case op == llm.Completions:
		object = "text_completion"
	case chunk:
		object += ".chunk"
	}
	if s.Created.IsZero() {
		s.Created = time.Now()
	}
	w.field("id").str(id)
	w.field("object").str(object)
	w.field("created").int(s.Created.Unix())
	w.field("model").str(s.Model)
	w.optional("service_tier", s.ServiceTier)
	w.optional("system_fingerprint", s.Fingerprint)
}

// answerID is an answer's id with the prefix of this dialect.
func answerID(op llm.Operation, id string) string {
	prefix := chatPrefix
	if op == llm.Completions {
		prefix = completionPrefix
	}
	if strings.HasPrefix(id, prefix) {
		return id
	}
	return prefix + strings.TrimPrefix(id, chatPrefix)
}

// callID is a call's id, or one by its place in the answer.
func callID(id, answer string, choice, number int) string {
	if id != "" {
		return id
	}
	if answer == "" { // the same place in another answer must not be the same call
		answer = llm.NewID()
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", answer, choice, number))
	return "call_" + hex.EncodeToString(sum[:12])
}

// answerWriter writes the messages of an answer.
type answerWriter struct {
	w           writer
	id          string
	customs     map[string]bool // the client's tools that take free text
	byFunctions bool            // the client speaks of functions
}

// said is an answer's parts by the fields they go into.
type said struct {
	text      strings.Builder
	texts     int
	refusal   strings.Builder
	refused   bool
	seal      llm.Seal
	citations []llm.Citation
	reasoning []*llm.Reasoning
	calls     []*llm.ToolCall
	audio     *llm.Media
	images    []*llm.Media
}

// gather fills the fields. Citations count characters from the beginning of the
// whole text.
func gather(parts []llm.Part) *said {
	s := &said{}
	ran := false
	for _, p := range parts {
		switch p := p.(type) {
		case *llm.Text:
			if ran && s.texts > 0 {
				s.text.WriteString("\n\n") // something of the provider's ran in between
			}
			ran = false
			s.cite(p.Citations)
			s.text.WriteString(p.Text)
			s.texts++
			if p.Seal.Set() {
				s.seal = p.Seal
			}
		case *llm.Refusal:
			s.refusal.WriteString(p.Text)
			s.refused = true
		case *llm.Reasoning:
			s.reasoning = append(s.reasoning, p)
		case *llm.ToolCall:
			s.calls = append(s.calls, p)
		case *llm.Media:
			switch p.Kind {
			case llm.Audio:
				s.audio = p
			case llm.Image:
				s.images = append(s.images, p)
			}
		case *llm.ServerCall, *llm.ServerResult:
			ran = true
		}
	}
	return s
}

func (s *said) cite(citations []llm.Citation) {
	if len(citations) == 0 {
		return
	}
	s.citations = append(s.citations, moved(citations, utf8.RuneCountInString(s.text.String()))...)
}

// moved returns citations of a text that offset characters stand before.
func moved(citations []llm.Citation, offset int) []llm.Citation {
	out := make([]llm.Citation, len(citations))
	for i, c := range citations {
		if offset > 0 && c.End > 0 {
			c.Start, c.End, c.Raw = c.Start+offset, c.End+offset, nil
		}
		out[i] = c
	}
	return out
}

func (e *answerWriter) choice(number int, c *llm.Choice) {
	w, s := &e.w, gather(c.Parts)
	w.field("message").open('{')
	w.field("role").str("assistant")
	w.field("content")
	if s.texts == 0 && (len(s.calls) > 0 || s.refused || s.audio != nil) {
		w.null()
	} else {
		w.str(s.text.String())
	}
	w.field("refusal")
	if s.refused {
		w.str(s.refusal.String())
	} else {
		w.null()
	}
	e.reasoning(s.reasoning)
	writeCitations(w, s.citations)
	e.calls(number, s.calls)
	writeAudio(w, s.audio)
	writeImages(w, s.images)
	if s.seal.Set() {
		writeSignature(w, s.seal)
	}
	w.close('}')
	w.field("logprobs")
	writeLogprobs(w, c.Logprobs)
	w.field("finish_reason").str(e.reason(c.Reason, s.refused))
	w.optional("stop_reason", c.Sequence) // vLLM's field for what was met
}

// reason is a finish_reason of the API. A refusal that is in words ends like
// any other text.
func (e *answerWriter) reason(r llm.StopReason, refused bool) string {
	switch {
	case r == llm.StopLength || r == llm.StopContext:
		return "length"
	case r == llm.StopTools && e.byFunctions:
		return "function_call"
	case r == llm.StopTools:
		return "tool_calls"
	case r == llm.StopFilter || r == llm.StopRefusal && !refused:
		return "content_filter"
	}
	return "stop"
}

// reasoning writes what most clients read, and the seals for those who bring
// them back.
func (e *answerWriter) reasoning(parts []*llm.Reasoning) {
	var flat strings.Builder
	sealed := false
	for _, p := range parts {
		flat.WriteString(p.Text)
		sealed = sealed || p.Seal.Value != "" || p.Redacted
	}
	e.w.optional("reasoning_content", flat.String())
	if !sealed {
		return
	}
	e.w.field("reasoning_details").open('[')
	for i, p := range parts {
		writeDetail(&e.w, p, int64(i))
	}
	e.w.close(']')
}

func writeCitations(w *writer, citations []llm.Citation) {
	begun := false
	for i := range citations {
		c := &citations[i]
		own := c.Dialect == llm.OpenAI && c.Raw != nil
		if !own && c.URL == "" {
			continue // a place in a document, which the dialect has no word for
		}
		if !begun {
			w.field("annotations").open('[')
			begun = true
		}
		if own {
			w.item().raw(c.Raw)
			continue
		}
		w.item().open('{')
		w.field("type").str("url_citation")
		w.field("url_citation").open('{')
		w.field("url").str(c.URL)
		w.field("title").str(c.Title)
		w.field("start_index").int(int64(c.Start))
		w.field("end_index").int(int64(c.End))
		w.optional("content", c.Text)
		w.close('}')
		w.close('}')
	}
	if begun {
		w.close(']')
	}
}

func (e *answerWriter) calls(choice int, calls []*llm.ToolCall) {
	if len(calls) == 0 {
		return
	}
	w := &e.w
	if e.byFunctions {
		w.field("function_call").open('{')
		w.field("name").str(calls[0].Name)
		w.field("arguments").str(arguments(calls[0]))
		w.close('}')
		return
	}
	w.field("tool_calls").open('[')
	for i, c := range calls {
		w.item().open('{')
		w.field("id").str(callID(c.ID, e.id, choice, i))
		name, input := c.Name, c.Arguments
		if c.Custom || e.customs[name] {
			if !c.Custom {
				input = unwrap(input)
			}
			w.field("type").str(typeCustom)
			w.field(typeCustom).open('{')
			w.field("name").str(name)
			w.field("input").str(input)
		} else {
			w.field("type").str(typeFunction)
			w.field(typeFunction).open('{')
			w.field("name").str(name)
			w.field("arguments").str(arguments(c))
		}
		w.close('}')
		if c.Seal.Value != "" {
			writeSignature(w, c.Seal)
		}
		w.close('}')
	}
	w.close(']')
}

func writeAudio(w *writer, m *llm.Media) {
	if m == nil {
		return
	}
	w.field("audio").open('{')
	w.field("id").str(m.FileID)
	w.field("data").str(m.Data)
	w.field("transcript").str(m.Context)
	w.close('}')
}

// writeImages writes pictures as OpenRouter does; OpenAI gives none in a chat.
func writeImages(w *writer, images []*llm.Media) {
	if len(images) == 0 {
		return
	}
	w.field("images").open('[')
	for _, m := range images {
		address := m.URL
		if m.Data != "" {
			address = dataURL(m, "image/png")
		}
		w.item().open('{')
		w.field("type").str("image_url")
		w.field("image_url").open('{')
		w.field("url").str(address)
		w.close('}')
		w.close('}')
	}
	w.close(']')
}

// completion writes a choice of a text_completion, which has only text.
func (e *answerWriter) completion(c *llm.Choice) {
	s := gather(c.Parts)
	e.w.field("text").str(s.text.String() + s.refusal.String())
	e.w.field("logprobs")
	writeParallel(&e.w, c.Logprobs, 0)
	reason := e.reason(c.Reason, s.refused)
	if reason == "tool_calls" {
		reason = "stop"
	}
	e.w.field("finish_reason").str(reason)
}
