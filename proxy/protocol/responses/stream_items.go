package responses

import (
	"strconv"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// The types of the parts of items that are told piece by piece.
const (
	partText     = "output_text"
	partRefusal  = "refusal"
	partSummary  = "summary_text"
	partThinking = "reasoning_text"
)

// item is the item of the output that is open.
type item struct {
	kind  string // "" when none is
	id    string
	parts []byte // its finished content or summary, joined by commas
	count int    // of content

	// The part that is open: its type, "" when none is, and what it said so far.
	part        string
	text        []byte
	annotations []byte
	cited       int
	logprobs    []byte
	seal        llm.Seal

	phase     string            // of a message
	reasoning *llm.Reasoning    // the part of a reasoning item that began last
	thinking  []byte            // a reasoning item's content
	call      *llm.ToolCall     // as it began
	unwrap    bool              // the call is of a custom tool, and comes as JSON
	tool      string            // the type of the tool that is called, if it is one that nobody describes
	server    *llm.ServerCall   // a search and the like
	found     *llm.ServerResult // what it gave
}

// openItem closes what is open and opens an item of a type.
func (e *streamEncoder) openItem(kind, prefix string) {
	e.close("completed")
	e.open = item{kind: kind, id: e.itemID(prefix, e.place), text: e.open.text[:0]}
}

// added begins the event that tells of a new item.
func (e *streamEncoder) added() *writer {
	w := e.head("response.output_item.added")
	w.int("output_index", int64(e.place))
	return w
}

// done tells of an item that is finished, and puts it into the response.
func (e *streamEncoder) done(text []byte) {
	e.items = join(e.items, text)
	w := e.head("response.output_item.done")
	w.int("output_index", int64(e.place))
	w.raw("item", text)
	e.send()
	e.place++
	e.open = item{text: e.open.text[:0]}
}

// join appends an element to a list of them.
func join(list, element []byte) []byte {
	if len(list) > 0 && len(element) > 0 {
		list = append(list, ',')
	}
	return append(list, element...)
}

// itemEvent begins an event about the open item.
func (e *streamEncoder) itemEvent(kind string) *writer {
	w := e.head(kind)
	w.str("item_id", e.open.id)
	w.int("output_index", int64(e.place))
	return w
}

// partEvent begins an event about the open part of a message.
func (e *streamEncoder) partEvent(kind string) *writer {
	w := e.itemEvent(kind)
	w.int("content_index", int64(e.open.count))
	return w
}

// partStart opens a part, and the item that it belongs to.
func (e *streamEncoder) partStart(p llm.Part) {
	switch p := p.(type) {
	case *llm.Text:
		e.contentStart(partText, p.Seal)
	case *llm.Refusal:
		e.refused = true
		e.contentStart(partRefusal, llm.Seal{})
	case *llm.Reasoning:
		e.reasoningStart(p)
	case *llm.ToolCall:
		e.callStart(p)
	case *llm.ServerCall:
		e.serverStart(p)
	case *llm.ServerResult:
		e.serverResult(p)
	case *llm.Media:
		e.picture(p)
	}
}

// delta continues the open part.
func (e *streamEncoder) delta(d llm.PartDelta) {
	o := &e.open
	if o.part != "" || o.call != nil {
		o.text = append(o.text, d.Text...)
	}
	var w *writer
	switch {
	case o.part == partText && (d.Text != "" || len(d.Logprobs) > 0):
		logprobs := encodeLogprobs(d.Logprobs)
		o.logprobs = join(o.logprobs, logprobs)
		w = e.partEvent("response.output_text.delta")
		w.str("delta", d.Text)
		w.list("logprobs", logprobs)
		e.send()
		return
	case d.Text == "":
		return
	case o.part == partRefusal:
		w = e.partEvent("response.refusal.delta")
	case o.part == partSummary:
		w = e.itemEvent("response.reasoning_summary_text.delta")
		w.int("summary_index", 0)
	case o.part == partThinking:
		w = e.itemEvent("response.reasoning_text.delta")
		w.int("content_index", 0)
	case o.call != nil && !o.unwrap && o.tool == "": // else the input is taken out of its JSON when that is whole
		w = e.itemEvent(callEvent(o.kind) + ".delta")
	default:
		return
	}
	w.str("delta", d.Text)
	e.send()
}

// partEnd closes the open part.
func (e *streamEncoder) partEnd() {
	switch e.open.part {
	case partText, partRefusal:
		e.contentEnd()
	case partSummary, partThinking:
		e.reasoningEnd()
	}
}

// close ends the open item. The last one may be incomplete.
func (e *streamEncoder) close(status string) {
	switch {
	case e.open.call != nil:
		e.callEnd(status)
	case e.open.kind == itemMessage:
		e.messageEnd(status)
	case e.open.kind == itemReasoning:
		e.thoughtEnd()
	case e.open.server != nil:
		e.serverEnd()
	}
	riders := e.riders
	e.riders = nil
	for _, r := range riders {
		e.openItem(itemReasoning, "rs_"+made)
		e.open.seal = llm.Seal{Origin: r.seal.Origin, Value: riderPrefix + r.callID + ":" + r.seal.Value}
		e.reasoningAdded()
		e.thoughtEnd()
	}
}

// contentStart opens a part of a message. Messages of different phases, and
// texts with seals of their own, are messages of their own.
func (e *streamEncoder) contentStart(part string, seal llm.Seal) {
	phase := ""
	if seal.Origin == llm.Responses {
		phase = seal.Value
	}
	if e.open.kind != itemMessage || e.open.phase != phase || len(e.riders) > 0 {
		e.openItem(itemMessage, "msg_")
		e.open.phase = phase
		w := e.added()
		w.object("item")
		w.str("id", e.open.id)
		w.str("type", itemMessage)
		w.str("status", "in_progress")
		w.str("role", "assistant")
		w.text("phase", phase)
		w.array("content")
		w.endArray()
		w.endObject()
		e.send()
	}
	o := &e.open
	o.part, o.text, o.annotations, o.cited, o.logprobs = part, o.text[:0], nil, 0, nil
	w := e.partEvent("response.content_part.added")
	o.writePart(w, "part")
	e.send()
}

// writePart writes the open part of a message.
func (o *item) writePart(w *writer, name string) {
	w.object(name)
	w.str("type", o.part)
	if o.part == partRefusal {
		w.str("refusal", string(o.text))
	} else {
		w.list("annotations", o.annotations)
		w.list("logprobs", o.logprobs)
		w.str("text", string(o.text))
	}
	w.endObject()
}

func (e *streamEncoder) citation(c *llm.Citation) {
	o := &e.open
	var w writer
	if o.part != partText || !writeAnnotation(&w, c, true) {
		return
	}
	o.annotations = join(o.annotations, w.buf)
	event := e.partEvent("response.output_text.annotation.added")
	event.int("annotation_index", int64(o.cited))
	event.raw("annotation", w.buf)
	e.send()
	o.cited++
}

func (e *streamEncoder) contentEnd() {
	o := &e.open
	if o.part == partText {
		w := e.partEvent("response.output_text.done")
		w.str("text", string(o.text))
		w.list("logprobs", o.logprobs)
	} else {
		w := e.partEvent("response.refusal.done")
		w.str("refusal", string(o.text))
	}
	e.send()
	o.writePart(e.partEvent("response.content_part.done"), "part")
	e.send()
	var part writer
	o.writePart(&part, "")
	o.parts = join(o.parts, part.buf)
	o.count++
	o.part = ""
	switch {
	case o.seal.Origin == llm.Responses:
		o.phase = o.seal.Value
	case o.seal.Set():
		e.riders = append(e.riders, rider{seal: o.seal})
	}
	o.seal = llm.Seal{}
}

func (e *streamEncoder) messageEnd(status string) {
	var w writer
	w.object("")
	w.str("id", e.open.id)
	w.str("type", itemMessage)
	w.str("status", status)
	w.str("role", "assistant")
	w.text("phase", e.open.phase)
	w.list("content", e.open.parts)
	w.endObject()
	e.done(w.buf)
}

// reasoningStart opens a reasoning item, or the second part of the open one.
func (e *streamEncoder) reasoningStart(p *llm.Reasoning) {
	part := partSummary
	if p.ID != "" && !p.Summary {
		part = partThinking // this dialect's own; what others think is shown as a summary
	}
	o := &e.open
	if o.reasoning == nil || o.seal.Set() || part != partThinking || !follows(o.reasoning, p) {
		e.openItem(itemReasoning, "rs_"+made)
		if p.ID != "" {
			o.id = p.ID
		}
		e.reasoningAdded()
	}
	o.reasoning = p
	if p.Redacted {
		o.seal = p.Seal
		return
	}
	o.part, o.text = part, o.text[:0]
	var w *writer
	if part == partSummary {
		w = e.itemEvent("response.reasoning_summary_part.added")
		w.int("summary_index", 0)
	} else {
		w = e.itemEvent("response.content_part.added")
		w.int("content_index", 0)
	}
	writeThinking(w, part, "")
	e.send()
}

func (e *streamEncoder) reasoningAdded() {
	w := e.added()
	w.object("item")
	w.str("id", e.open.id)
	w.str("type", itemReasoning)
	w.array("summary")
	w.endArray()
	w.endObject()
	e.send()
}

func writeThinking(w *writer, kind, text string) {
	w.object("part")
	w.str("type", kind)
	w.str("text", text)
	w.endObject()
}

func (e *streamEncoder) reasoningEnd() {
	o := &e.open
	text := string(o.text)
	index, textDone, partDone := "summary_index", "response.reasoning_summary_text.done", "response.reasoning_summary_part.done"
	if o.part == partThinking {
		index, textDone, partDone = "content_index", "response.reasoning_text.done", "response.content_part.done"
	}
	w := e.itemEvent(textDone)
	w.int(index, 0)
	w.str("text", text)
	e.send()
	w = e.itemEvent(partDone)
	w.int(index, 0)
	writeThinking(w, o.part, text)
	e.send()
	var part writer
	writeTyped(&part, o.part, text)
	if o.part == partSummary {
		o.parts = part.buf
	} else {
		o.thinking = part.buf
	}
	o.part = ""
}

// thoughtEnd finishes a reasoning item.
func (e *streamEncoder) thoughtEnd() {
	o := &e.open
	seal := o.seal
	if seal.Set() && seal.Origin != llm.Responses && o.reasoning != nil && o.reasoning.Redacted {
		seal.Value = redactedPrefix + seal.Value
	}
	var w writer
	w.object("")
	w.str("id", o.id)
	w.str("type", itemReasoning)
	w.list("summary", o.parts)
	if len(o.thinking) > 0 {
		w.list("content", o.thinking)
	}
	w.text("encrypted_content", seal.Wrap(llm.Responses))
	w.endObject()
	e.done(w.buf)
}

// encodeLogprobs is a list of tokens with their likelihoods.
func encodeLogprobs(list []llm.Logprob) []byte {
	if len(list) == 0 {
		return nil
	}
	var w writer
	for i := range list {
		writeLogprob(&w, &list[i], true)
	}
	return w.buf
}

func writeLogprob(w *writer, p *llm.Logprob, top bool) {
	w.object("")
	w.str("token", p.Token)
	w.float("logprob", p.Logprob)
	w.array("bytes")
	for _, b := range p.Bytes {
		w.at("")
		w.buf = strconv.AppendUint(w.buf, uint64(b), 10)
	}
	w.endArray()
	if top {
		w.array("top_logprobs")
		for i := range p.Top {
			writeLogprob(w, &p.Top[i], false)
		}
		w.endArray()
	}
	w.endObject()
}
