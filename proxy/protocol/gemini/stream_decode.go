package gemini

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/http"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// DecodeStream reads the chunks of models.streamGenerateContent: each is a
// GenerateContentResponse with the parts that have been added.
//
// A chunk may name a finish reason and not be the last: early models named one
// in every chunk, and grounding may follow. So choices finish when the stream
// ends, if each has named a reason.
func (Codec) DecodeStream(data iter.Seq2[[]byte, error]) llm.Stream {
	return func(yield func(llm.Event, error) bool) {
		d := &streamReader{yield: yield}
		for chunk, err := range data {
			if err != nil {
				yield(nil, err)
				return
			}
			if !d.chunk(chunk) {
				return
			}
		}
		d.finish()
	}
}

// streamReader is a stream on its way in.
type streamReader struct {
	yield   func(llm.Event, error) bool
	stopped bool // nobody listens any more, or an error was told

	begun   bool
	id      string
	usage   llm.Usage
	choices []*choiceReader
}

// choiceReader is one candidate of it.
type choiceReader struct {
	choice int
	next   int // index of the next part
	part   int // index of the open one
	open   partKind
	sealed bool // the open part has its signature
	// said is the text of the answer so far, base where the open part began
	// in it: grounding counts its bytes.
	said  []byte
	base  int
	calls int
	word  string // finish reason
	// grounding and recited come with the last chunks, or grow with each.
	grounding, recited string
}

type partKind int

const (
	nothing partKind = iota
	text
	thought
)

func (d *streamReader) emit(e llm.Event) {
	if !d.stopped && !d.yield(e, nil) {
		d.stopped = true
	}
}

func (d *streamReader) fail(e *llm.Error) {
	if !d.stopped {
		d.stopped = true
		d.yield(nil, e)
	}
}

// chunk reads one chunk and reports whether to go on.
func (d *streamReader) chunk(data []byte) bool {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || bytes.Equal(data, []byte("[DONE]")) { // some compatible servers end so
		return !d.stopped
	}
	if !json.Valid(data) {
		d.fail(&llm.Error{
			Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_malformed",
			Message: "The provider's stream has a chunk that is not valid JSON.", Source: llm.FromUpstream,
		})
		return false
	}
	v := gjson.ParseBytes(data)
	if v.IsArray() {
		v = v.Get("0") // an error may come in the clothes of the other format
	}
	h := readHead(v)
	if h.failure.IsObject() {
		d.fail(streamError(h.failure))
		return false
	}
	if !d.begun {
		d.begun, d.id = true, h.id
		d.emit(llm.Start{ID: h.id, Model: h.model, Created: h.created, ServiceTier: h.tier})
	}
	if u := readUsage(h.usage); u.Known() && u != d.usage {
		d.usage = u
		d.emit(llm.Spent{Usage: u})
	}
	if h.blocked != "" && len(d.choices) == 0 {
		d.fail(blockedPrompt(h.blocked))
		return false
	}
	list(h.candidates, func(i int, candidate gjson.Result) {
		if at := candidateIndex(candidate, i); at >= 0 {
			d.candidate(d.choice(at), readMembers(candidate))
		}
	})
	return !d.stopped
}

func (d *streamReader) choice(at int) *choiceReader {
	for len(d.choices) <= at {
		d.choices = append(d.choices, &choiceReader{choice: len(d.choices)})
	}
	return d.choices[at]
}

func (d *streamReader) candidate(c *choiceReader, v candidate) {
	logprobs := readLogprobs(v.logprobs)
	list(v.parts, func(_ int, part gjson.Result) {
		switch p := readPart(part).(type) {
		case *llm.Text:
			d.text(c, p.Text, p.Seal, logprobs)
			logprobs = nil
		case *llm.Reasoning:
			d.reasoning(c, p)
		case *llm.ToolCall:
			d.call(c, p)
		case nil, *llm.ToolResult:
		default: // media and what Google's tools did: whole
			d.end(c)
			d.emit(llm.PartStart{Choice: c.choice, Index: c.next, Part: p})
			d.emit(llm.PartEnd{Choice: c.choice, Index: c.next})
			c.next++
		}
	})
	if len(logprobs) > 0 && c.open == text {
		d.emit(llm.PartDelta{Choice: c.choice, Index: c.part, Logprobs: logprobs})
	}
	if v.finish != "" {
		c.word = v.finish
	}
	if v.grounding.Exists() && (c.grounding == "" || member(v.grounding, "groundingChunks").Exists()) {
		c.grounding = v.grounding.Raw
	}
	if v.recited.Exists() {
		c.recited = v.recited.Raw
	}
}

// begin opens a part of a kind unless one is open that takes more.
func (d *streamReader) begin(c *choiceReader, kind partKind, part llm.Part) {
	d.end(c)
	c.open, c.part, c.base, c.sealed = kind, c.next, len(c.said), false
	c.next++
	d.emit(llm.PartStart{Choice: c.choice, Index: c.part, Part: part})
}

// text adds to the answer. A signature ends the part that it signs: parts with
// one must not be joined with others. It may come alone, after the text.
func (d *streamReader) text(c *choiceReader, s string, seal llm.Seal, logprobs []llm.Logprob) {
	if s == "" && !seal.Set() && len(logprobs) == 0 {
		return
	}
	if c.open != text || c.sealed {
		d.begin(c, text, &llm.Text{})
	}
	if s != "" || len(logprobs) > 0 {
		c.said = append(c.said, s...)
		d.emit(llm.PartDelta{Choice: c.choice, Index: c.part, Text: s, Logprobs: logprobs})
	}
	if seal.Set() {
		c.sealed = true
		d.emit(llm.PartSeal{Choice: c.choice, Index: c.part, Seal: seal})
	}
}

func (d *streamReader) reasoning(c *choiceReader, p *llm.Reasoning) {
	if p.Redacted {
		d.end(c)
		d.emit(llm.PartStart{Choice: c.choice, Index: c.next, Part: p})
		d.emit(llm.PartEnd{Choice: c.choice, Index: c.next})
		c.next++
		return
	}
	if p.Text == "" && p.Seal.Value == "" {
		return
	}
	if c.open != thought || c.sealed {
		d.begin(c, thought, &llm.Reasoning{Summary: p.Summary})
	}
	if p.Text != "" {
		d.emit(llm.PartDelta{Choice: c.choice, Index: c.part, Text: p.Text})
	}
	if p.Seal.Value != "" || p.Seal.Origin != llm.Gemini {
		c.sealed = true
		d.emit(llm.PartSeal{Choice: c.choice, Index: c.part, Seal: p.Seal})
	}
}

// call is whole when it comes.
func (d *streamReader) call(c *choiceReader, p *llm.ToolCall) {
	if p.Name == "" {
		return
	}
	d.end(c)
	nameCall(p, d.id, c.choice, c.calls)
	c.calls++
	at := c.next
	c.next++
	d.emit(llm.PartStart{Choice: c.choice, Index: at, Part: &llm.ToolCall{ID: p.ID, Name: p.Name}})
	d.emit(llm.PartDelta{Choice: c.choice, Index: at, Text: p.Arguments})
	if p.Seal.Set() {
		d.emit(llm.PartSeal{Choice: c.choice, Index: at, Seal: p.Seal})
	}
	d.emit(llm.PartEnd{Choice: c.choice, Index: at})
}

// end closes the open part. A thought that was not signed is Gemini's all the
// same (see readText).
func (d *streamReader) end(c *choiceReader) {
	if c.open == nothing {
		return
	}
	if c.open == thought && !c.sealed {
		d.emit(llm.PartSeal{Choice: c.choice, Index: c.part, Seal: llm.Seal{Origin: llm.Gemini}})
	}
	d.emit(llm.PartEnd{Choice: c.choice, Index: c.part})
	c.open = nothing
}

// cite adds the sources to the text that is open at the end.
func (d *streamReader) cite(c *choiceReader) {
	if c.open != text || c.grounding == "" && c.recited == "" {
		return
	}
	said := string(c.said[c.base:])
	for _, cite := range readCitations(gjson.Parse(c.grounding), gjson.Parse(c.recited)) {
		d.emit(llm.PartCitation{Choice: c.choice, Index: c.part, Citation: cite.within(said, c.base)})
	}
}

// finish ends the choices, or says that the stream broke off.
func (d *streamReader) finish() {
	complete, said := len(d.choices) > 0, make([]llm.Choice, 0, len(d.choices))
	for _, c := range d.choices {
		complete = complete && c.word != ""
		said = append(said, llm.Choice{Reason: stopReason(c.word, c.calls > 0, c.next > 0), Parts: make([]llm.Part, c.next)})
	}
	if senseless(said) {
		d.fail(noCall())
		return
	}
	for _, c := range d.choices {
		if c.word == "" {
			d.end(c)
			continue
		}
		d.cite(c)
		d.end(c)
		d.emit(llm.Finish{Choice: c.choice, Reason: stopReason(c.word, c.calls > 0, c.next > 0)})
	}
	if !complete {
		d.fail(&llm.Error{
			Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_interrupted",
			Message: "The provider's stream ended before its answer was complete.", Source: llm.FromUpstream,
		})
	}
}
