package ollama

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// DecodeResponse reads ChatResponse or GenerateResponse of api/types.go.
func (Codec) DecodeResponse(text []byte) (*llm.Response, error) {
	if !json.Valid(text) {
		return nil, unreadable("The provider's answer is not JSON.")
	}
	a := readAnswer(gjson.ParseBytes(legible(text)))
	if present(a.failure) {
		return nil, streamError(a.failure)
	}
	if !a.known {
		return nil, unreadable("The provider's answer is none that an Ollama server gives.")
	}
	r := &llm.Response{ID: a.id(), Model: a.model, Created: a.when(), Usage: a.usage}
	c := llm.Choice{Logprobs: readLogprobs(a.logprobs)}
	if seal := llm.Unwrap(llm.Ollama, a.signature); a.thinking != "" || seal.Set() {
		c.Parts = append(c.Parts, &llm.Reasoning{Text: a.thinking, Seal: own(seal)})
	}
	if a.text != "" {
		c.Parts = append(c.Parts, &llm.Text{Text: a.text})
	}
	for _, s := range a.images {
		if m := media(s); m != nil {
			c.Parts = append(c.Parts, m)
		}
	}
	calls := toolCalls(a.calls, r.ID, 0)
	for _, p := range calls {
		c.Parts = append(c.Parts, p)
	}
	c.Reason = stopReason(a.reason, len(calls) > 0)
	r.Choices = []llm.Choice{c}
	return r, nil
}

// own is a seal, or where there is none the mark that the thinking is of this
// dialect's provider.
func own(s llm.Seal) llm.Seal {
	if !s.Set() {
		s.Origin = llm.Ollama
	}
	return s
}

// toolCalls reads tool_calls. A call without an id, as older servers give it,
// is named after the answer and its place in it.
func toolCalls(v gjson.Result, answer string, before int) []*llm.ToolCall {
	if !v.IsArray() {
		return nil
	}
	var out []*llm.ToolCall
	v.ForEach(func(_, value gjson.Result) bool {
		c := readCall(value)
		if c.id == "" {
			c.id = "call_" + answer + "_" + strconv.Itoa(before+len(out))
		}
		out = append(out, &llm.ToolCall{ID: c.id, Name: c.name, Arguments: c.arguments, Seal: c.seal})
		return true
	})
	return out
}

// stopReason reads done_reason: "stop", "length", "load", "unload". A server says
// "stop" when it waits for tools, too, and old ones say nothing.
func stopReason(reason string, tools bool) llm.StopReason {
	switch {
	case reason == "length":
		return llm.StopLength
	case reason == contentFilter:
		return llm.StopFilter
	case tools:
		return llm.StopTools
	}
	return llm.StopEnd
}

// contentFilter is a done_reason that no Ollama server gives: its word for it is
// missing, and "stop" would say that the model was done.
const contentFilter = "content_filter"

func doneReason(r llm.StopReason) string {
	switch r {
	case llm.StopLength, llm.StopContext:
		return "length"
	case llm.StopFilter:
		return contentFilter
	}
	return "stop"
}

// spoken is an answer as the dialect has it: one text, one thinking, tool calls
// and images.
type spoken struct {
	text, thinking strings.Builder
	seal           llm.Seal
	thoughts       int
	calls          []*llm.ToolCall
	images         []string
}

func (s *spoken) add(p llm.Part) {
	switch p := p.(type) {
	case *llm.Text:
		s.text.WriteString(p.Text)
	case *llm.Refusal:
		s.text.WriteString(p.Text)
	case *llm.Reasoning:
		if p.Text != "" && s.thinking.Len() > 0 {
			s.thinking.WriteString("\n\n")
		}
		s.thinking.WriteString(p.Text)
		s.thoughts++
		if s.seal = p.Seal; p.Redacted {
			s.seal = llm.Seal{} // there is no word for what is not to be seen
		}
	case *llm.ToolCall:
		s.calls = append(s.calls, p)
	case *llm.Media:
		if p.Kind == llm.Image && p.Data != "" {
			s.images = append(s.images, p.Data)
		}
	}
}

// EncodeResponse renders ChatResponse or GenerateResponse.
func (Codec) EncodeResponse(op llm.Operation, r *llm.Response, asked *llm.Request) ([]byte, error) {
	var c llm.Choice
	if len(r.Choices) > 0 {
		c = r.Choices[0] // the client cannot ask for more
	}
	var s spoken
	for _, p := range c.Parts {
		s.add(p)
	}
	var w writer
	var arrived time.Time
	if asked != nil {
		arrived = asked.Arrived
	}
	w.head(r.Model, asked, r.Created)
	if op == llm.OllamaGenerate {
		w.text("response", s.text.String())
		w.said(&s)
	} else {
		w.object("message")
		w.text("role", "assistant")
		w.text("content", s.text.String())
		w.said(&s)
		w.images(s.images)
		w.shut('}')
	}
	if op == llm.OllamaGenerate && len(s.images) > 0 {
		w.text("image", s.images[0])
	}
	w.tail(c.Reason, r.Usage, since(arrived, time.Time{}))
	w.logprobs("logprobs", c.Logprobs)
	w.shut('}')
	return w.b, nil
}

// head begins an answer, or a line of one.
func (w *writer) head(model string, asked *llm.Request, created time.Time) {
	if model == "" && asked != nil {
		model = asked.Model
	}
	if created.IsZero() {
		created = time.Now()
	}
	w.open('{')
	w.text("model", model)
	w.text("created_at", created.UTC().Format(time.RFC3339Nano))
}

// said renders what both operations say in the same words.
func (w *writer) said(s *spoken) {
	if s.thinking.Len() > 0 {
		w.text("thinking", s.thinking.String())
	}
	// A signature belongs to one thinking only, and only as it was.
	if s.thoughts == 1 && s.seal.Set() && s.seal.Origin != llm.Ollama {
		w.text("signature", s.seal.Wrap(llm.Ollama))
	}
	if len(s.calls) == 0 {
		return
	}
	w.list("tool_calls")
	for i, c := range s.calls {
		w.call(i, c, oneLine(c.Arguments), true)
	}
	w.shut(']')
}

// oneLine takes the line ends out of JSON: in a stream a line is an answer. What
// is no JSON will be a string, and is left alone.
func oneLine(arguments string) []byte {
	if !strings.ContainsAny(arguments, "\n\r\u0085\u2028\u2029") {
		return []byte(arguments)
	}
	var buf bytes.Buffer
	if json.Compact(&buf, []byte(arguments)) != nil {
		return []byte(arguments)
	}
	// What is left of them is inside of strings.
	return []byte(strings.NewReplacer("\u0085", `\u0085`, "\u2028", `\u2028`, "\u2029", `\u2029`).Replace(buf.String()))
}

// tail says how an answer ended and what it cost. Durations are in nanoseconds,
// as the client has waited: a model that runs elsewhere is not loaded, and what
// came before the first word was the prompt's.
func (w *writer) tail(reason llm.StopReason, u llm.Usage, t times) {
	w.flag("done", true)
	w.text("done_reason", doneReason(reason))
	w.number("total_duration", int64(t.total))
	w.number("load_duration", 0)
	w.number("prompt_eval_count", u.Prompt())
	w.number("prompt_eval_duration", int64(t.prompt))
	w.number("eval_count", u.Output)
	w.number("eval_duration", int64(t.total-t.prompt))
}

// times are how long an answer took.
type times struct {
	total  time.Duration
	prompt time.Duration // until the first word; zero when it came whole
}

// since is how long an answer has taken whose first word came at first, or
// nothing when nobody knows when it was asked for.
func since(arrived, first time.Time) times {
	if arrived.IsZero() {
		return times{}
	}
	t := times{total: time.Since(arrived)}
	if !first.IsZero() {
		t.prompt = max(0, min(first.Sub(arrived), t.total))
	}
	if t.total-t.prompt < time.Millisecond {
		t.prompt = 0 // it came whole, and clients divide by the rest
	}
	return t
}

// legible returns text without bytes that are no UTF-8, which JSON must be
// (RFC 8259, 8.1) and a model that is cut in the midst of a letter is not.
func legible(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return bytes.ToValidUTF8(text, []byte("\uFFFD"))
}
