package responses

import (
	"bytes"
	"encoding/json"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// begin opens a part. Of texts, reasoning and refusals one is open at a time.
func (d *streamDecoder) begin(s *source, kind string, content int64, part llm.Part) *piece {
	d.endOpen()
	p := &piece{index: d.parts, kind: kind, content: content}
	d.parts++
	s.pieces = append(s.pieces, p)
	d.emit(llm.PartStart{Index: p.index, Part: part})
	return p
}

// endOpen ends the part that is being told.
func (d *streamDecoder) endOpen() {
	if p := d.open; p != nil {
		d.open, p.ended = nil, true
		d.emit(llm.PartEnd{Index: p.index})
	}
}

// spoken is the type of a part of a message that the neutral form knows.
func spoken(part gjson.Result) string {
	switch kind := part.Get("type").Str; kind {
	case partText, partRefusal:
		return kind
	}
	return ""
}

// content returns the part of a message that an event is about, opened if need
// be, or nil if it is of no kind that there is a part for.
func (d *streamDecoder) content(w *wire, kind string) *piece {
	if kind == "" {
		return nil
	}
	s := d.find(w, itemMessage)
	if p := s.piece(kind, w.content); p != nil {
		return p
	}
	return d.contentStart(s, kind, w.content)
}

// piece finds a part of an item. All of an item's reasoning text is one part, as
// all of its summary is.
func (s *source) piece(kind string, content int64) *piece {
	for _, p := range s.pieces {
		if p.kind == kind && (p.content == content || kind == partThinking || kind == partSummary) {
			return p
		}
	}
	return nil
}

func (d *streamDecoder) contentStart(s *source, kind string, content int64) *piece {
	var p *piece
	switch kind {
	case partText:
		p = d.begin(s, kind, content, &llm.Text{Seal: s.seal})
		d.sealPart(p, s.seal)
	case partRefusal:
		d.refused = true
		p = d.begin(s, kind, content, &llm.Refusal{})
	default:
		p = d.begin(s, kind, content, &llm.Reasoning{ID: givenID(s.id), Summary: kind == partSummary})
	}
	d.open = p
	return p
}

// givenID is an id by which the provider knows an item.
func givenID(id string) string {
	if isMade(id) {
		return ""
	}
	return id
}

func (d *streamDecoder) sealPart(p *piece, seal llm.Seal) {
	if seal.Set() && !p.ended {
		d.emit(llm.PartSeal{Index: p.index, Seal: seal})
	}
}

// tell passes on more of a part.
func (d *streamDecoder) tell(p *piece, text string, logprobs gjson.Result) {
	if p == nil || p.ended {
		return
	}
	probs := decodeLogprobs(logprobs)
	if text == "" && len(probs) == 0 {
		return
	}
	p.text = append(p.text, text...)
	p.sized = p.sized || len(probs) > 0
	d.emit(llm.PartDelta{Index: p.index, Text: text, Logprobs: probs})
}

// catchUp passes on what is missing of a part whose whole text is known.
func (d *streamDecoder) catchUp(p *piece, whole string) {
	if p == nil || len(whole) <= len(p.text) {
		return
	}
	if text := []byte(whole); bytes.HasPrefix(text, p.text) {
		d.tell(p, whole[len(p.text):], gjson.Result{})
	}
}

// sizes passes on likelihoods that only came at the end.
func (d *streamDecoder) sizes(p *piece, logprobs gjson.Result) {
	if p != nil && !p.sized {
		d.tell(p, "", logprobs)
	}
}

func (d *streamDecoder) cite(p *piece, annotation gjson.Result) {
	if p == nil || p.ended || !annotation.IsObject() {
		return
	}
	p.cited++
	d.emit(llm.PartCitation{Index: p.index, Citation: decodeCitation(annotation)})
}

// partDone compares a part with what has been told of it. It stays open: its
// item may have a phase that is not known before its end.
func (d *streamDecoder) partDone(p *piece, part gjson.Result) {
	if p == nil {
		return
	}
	if p.kind == partRefusal {
		d.catchUp(p, part.Get("refusal").Str)
		return
	}
	d.catchUp(p, part.Get("text").Str)
	d.sizes(p, part.Get("logprobs"))
	told := p.cited
	part.Get("annotations").ForEach(func(_, a gjson.Result) bool {
		if told--; told < 0 {
			d.cite(p, a)
		}
		return true
	})
}

// think tells more of an item's summary or reasoning text, whose sections are
// divided by an empty line.
func (d *streamDecoder) think(w *wire, kind string, section int64, text string) {
	if text == "" {
		return
	}
	s := d.find(w, itemReasoning)
	p := s.piece(kind, section)
	switch {
	case p == nil:
		p = d.contentStart(s, kind, section)
	case p.content != section:
		p.content = section
		text = partBreak + text
	}
	d.tell(p, text, gjson.Result{})
}

// thought tells a section that was not told piece by piece.
func (d *streamDecoder) thought(w *wire, kind string, section int64) {
	if p := d.find(w, itemReasoning).piece(kind, section); p == nil || p.content != section {
		d.think(w, kind, section, w.text.Str)
	}
}

// callStart tells of a call. Its seal is told at once, too: this dialect says it
// where an item begins.
func (d *streamDecoder) callStart(s *source, v gjson.Result) {
	call := decodeCall(v)
	s.call = d.begin(s, s.kind, 0, call)
	d.sealPart(s.call, call.Seal)
}

// argue tells more of a call's arguments. Those that came with the item are its
// beginning, unless they are whole: then they are being told again.
func (d *streamDecoder) argue(s *source, text string) {
	if s.call == nil {
		return // a call without a name: its end may have it
	}
	if held := s.held; held != "" {
		s.held = ""
		if s.kind == itemCustomCall || !json.Valid([]byte(held)) {
			d.tell(s.call, held, gjson.Result{})
		}
	}
	d.tell(s.call, text, gjson.Result{})
}

func (d *streamDecoder) argued(s *source, whole string) {
	if s.call != nil {
		d.catchUp(s.call, whole)
	}
}

// itemDone closes an item, given as it is in the end, or without a value if that
// was never said.
func (d *streamDecoder) itemDone(s *source, v gjson.Result) {
	if s.done {
		return
	}
	s.done = true
	switch s.kind {
	case itemMessage:
		d.messageDone(s, v)
	case itemReasoning:
		d.reasoningDone(s, v)
	case itemFunctionCall, itemCustomCall:
		d.callDone(s, v)
	default:
		switch {
		case !v.IsObject():
		case asksClient(s.kind):
			d.clientCall(s, v)
		default:
			for _, p := range decodeServer(v) {
				d.whole(s, p)
			}
		}
	}
}

// whole tells of a part that comes in one piece.
func (d *streamDecoder) whole(s *source, part llm.Part) {
	p := d.begin(s, "", 0, part)
	p.ended = true
	d.emit(llm.PartEnd{Index: p.index})
}

// clientCall tells of a call that comes in one piece.
func (d *streamDecoder) clientCall(s *source, v gjson.Result) {
	call := clientCall(v)
	arguments := call.Arguments
	call.Arguments = ""
	p := d.begin(s, s.kind, 0, call)
	d.tell(p, arguments, gjson.Result{})
	p.ended = true
	d.emit(llm.PartEnd{Index: p.index})
}

func (d *streamDecoder) messageDone(s *source, v gjson.Result) {
	late := phaseSeal(v)
	if s.seal.Set() {
		late = llm.Seal{}
	} else {
		s.seal = late
	}
	i := int64(-1)
	v.Get("content").ForEach(func(_, part gjson.Result) bool {
		i++
		kind := spoken(part)
		if kind == "" {
			return true
		}
		p := s.piece(kind, i)
		if p == nil {
			p = d.contentStart(s, kind, i)
		} else if kind == partText {
			d.sealPart(p, late)
		}
		d.partDone(p, part)
		return true
	})
	d.endOf(s)
}

// endOf ends the open part if it is of an item.
func (d *streamDecoder) endOf(s *source) {
	for _, p := range s.pieces {
		if p == d.open {
			d.endOpen()
			return
		}
	}
}

// reasoningDone tells what is missing of a reasoning item, and its seal, which
// the last of its parts holds.
func (d *streamDecoder) reasoningDone(s *source, v gjson.Result) {
	for kind, text := range map[string]string{partSummary: joined(v.Get("summary")), partThinking: joined(v.Get("content"))} {
		if p := s.piece(kind, 0); p != nil {
			d.catchUp(p, text)
		}
	}
	parts, _ := decodeReasoning(v)
	var last *llm.Reasoning
	for _, part := range parts {
		r, ok := part.(*llm.Reasoning)
		if !ok {
			continue
		}
		last = r
		if len(s.pieces) == 0 && r.Redacted {
			d.whole(s, r)
			return
		}
		d.missing(s, r)
	}
	if last != nil && len(s.pieces) > 0 {
		if p := s.pieces[len(s.pieces)-1]; !p.ended {
			d.sealPart(p, last.Seal)
		} else if last.Seal.Set() {
			d.whole(s, &llm.Reasoning{ID: last.ID, Redacted: true, Seal: last.Seal})
		}
	}
	d.endOf(s)
}

// missing tells a part of a reasoning item of which nothing was told.
func (d *streamDecoder) missing(s *source, r *llm.Reasoning) {
	kind := partThinking
	if r.Summary {
		kind = partSummary
	}
	for _, p := range s.pieces {
		if p.kind == kind || string(p.text) == r.Text {
			return
		}
	}
	if r.Text != "" {
		d.tell(d.contentStart(s, kind, 0), r.Text, gjson.Result{})
	}
}

// callDone tells what is missing of a call.
func (d *streamDecoder) callDone(s *source, v gjson.Result) {
	if s.call == nil {
		if !v.IsObject() {
			return
		}
		d.callStart(s, v)
	}
	whole := arguments(v)
	if whole == "" && len(s.call.text) == 0 {
		whole = s.held
	}
	d.catchUp(s.call, whole)
	s.call.ended = true
	d.emit(llm.PartEnd{Index: s.call.index})
}
