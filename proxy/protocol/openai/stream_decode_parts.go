package openai

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// reasoning reads what one delta says of it. Where the text comes both flat and
// in details, the details say more.
func (c *choiceReader) reasoning(flat string, entries []gjson.Result) {
	textual := false
	details := make([]detail, len(entries))
	for i, v := range entries {
		details[i] = readDetail(v)
		textual = textual || details[i].text != ""
	}
	if !textual {
		c.flat(flat)
	}
	for _, d := range details {
		c.detail(d)
	}
}

// flat continues the reasoning that is open, or begins one.
func (c *choiceReader) flat(text string) {
	if text == "" {
		return
	}
	if c.open.kind != isReasoning {
		c.beginReasoning(detail{seal: llm.Seal{Origin: llm.OpenAI}})
	}
	c.open.flat.WriteString(text)
	c.d.emit(llm.PartDelta{Choice: c.index, Index: c.open.index, Text: text})
}

// beginReasoning begins a reasoning.
func (c *choiceReader) beginReasoning(d detail) {
	index := c.start(&llm.Reasoning{ID: d.id, Summary: d.kind == detailSummary})
	c.open = openPart{kind: isReasoning, index: index, detail: d}
}

// detail reads an entry of reasoning_details, or a piece of one.
func (c *choiceReader) detail(d detail) {
	o := &c.open
	told := o.kind == isReasoning
	switch {
	case d.kind == detailEncrypted && d.secret == "":
	case told && o.detail.kind == detailSummary && d.kind == detailEncrypted && d.seal.Origin != llm.OpenAI && d.index == o.detail.index:
		o.detail.seal = d.seal
	case d.kind == detailEncrypted:
		c.whole(d.part())
	case told && o.detail.kind == "" && d.text == "":
		o.detail.merge(d)
	case told && o.detail.kind == "" && d.text == o.flat.String():
		o.detail.merge(d) // what was told flat, once more with its seal
		c.close()
	case told && o.detail.kind == d.kind && (d.index == o.detail.index || d.index == ""):
		o.detail.merge(d)
		c.more(d.text)
	case d.text == "" && d.secret == "":
		// Announces what has not come yet.
	default:
		text := d.text
		d.text = ""
		c.beginReasoning(d)
		c.more(text)
	}
}

func (c *choiceReader) more(text string) {
	if text != "" {
		c.d.emit(llm.PartDelta{Choice: c.index, Index: c.open.index, Text: text})
	}
}

// merge adds what a further piece says of the same entry.
func (d *detail) merge(more detail) {
	d.kind = more.kind
	for _, f := range []struct{ to, from *string }{
		{&d.id, &more.id},
		{&d.format, &more.format},
		{&d.index, &more.index},
		{&d.secret, &more.secret},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	d.seal = d.mark()
}

// callReader is a tool call that is being told.
type callReader struct {
	c        *choiceReader
	id, name string
	key      string // the entry's index as it came, "" for none
	custom   bool
	part     int
	begun    bool
	args     strings.Builder // told
	seal     llm.Seal
	waiting  string // arguments that have not been told
}

// call reads an entry of a delta's tool_calls. Servers differ in what they
// repeat: an id that is known decides, then the index, then the place.
func (c *choiceReader) call(v gjson.Result, place, of int) {
	id, key := v.Get("id").Str, ""
	if index := v.Get("index"); index.Type != gjson.Null {
		key = index.Raw
	}
	inner, custom := v.Get(typeFunction), false
	args := argumentsDelta(inner.Get("arguments"))
	// Some gateways send an empty "custom" beside every function.
	if other := v.Get(typeCustom); other.Get("name").Str != "" || other.Get("input").Str != "" {
		inner, custom, args = other, true, other.Get("input").Str
	}
	name := inner.Get("name").Str
	call := c.findCall(id, key, name, args, place, of)
	if call == nil {
		c.close()
		call = &callReader{c: c, id: id, key: key, custom: custom}
		c.calls = append(c.calls, call)
	}
	if call.id == "" {
		call.id = id
	}
	if call.name == "" {
		call.custom = custom || v.Get("type").Str == typeCustom
	}
	call.named(name)
	if s := thoughtSignature(v); s != "" {
		call.seal = llm.Unwrap(llm.OpenAI, s)
	}
	call.more(args)
}

// argumentsDelta takes a piece of the arguments, or the whole object.
func argumentsDelta(v gjson.Result) string {
	if v.IsObject() {
		return v.Raw
	}
	return v.Str
}

// findCall finds the call that an entry continues, or nil for a new one.
func (c *choiceReader) findCall(id, key, name, args string, place, of int) *callReader {
	if id != "" {
		for _, call := range c.calls {
			if call.id == id {
				return call
			}
		}
	}
	if key != "" {
		for i := len(c.calls) - 1; i >= 0; i-- {
			if call := c.calls[i]; call.key == key {
				if call.another(id, name, args) {
					return nil
				}
				return call
			}
		}
	}
	switch {
	case len(c.calls) == 0:
		return nil
	case name != "":
		if last := c.calls[len(c.calls)-1]; key == "" && of == 1 && last.naming(id) {
			return last
		}
		return nil
	case key == "" && of > 1 && place < len(c.calls):
		return c.calls[place]
	case id != "" && key != "":
		return nil
	}
	return c.calls[len(c.calls)-1]
}

// another reports whether an entry with the index of this call is another call:
// some servers number every call 0. It has a name, and either an id of its own,
// or another name, or arguments after those of this call were complete.
func (r *callReader) another(id, name, args string) bool {
	switch {
	case name == "":
		return false
	case id != "" && r.id != "":
		return true // known ids have been looked for
	case r.name != "" && name != r.name:
		return !r.naming(id)
	}
	return id == "" && r.args.Len() > 0 && strings.HasPrefix(args, "{") && json.Valid([]byte(r.args.String()))
}

// naming reports whether a name without an id goes on with this call's: who gives
// one call an id gives every call one.
func (r *callReader) naming(id string) bool {
	return id == "" && r.id != "" && r.name != "" && !r.begun && r.waiting == ""
}

// named takes a name, or a piece of it. Some servers say the whole name again
// with every piece of the arguments, others with every piece of the name.
func (r *callReader) named(name string) {
	switch {
	case r.name == "" || strings.HasPrefix(name, r.name) && !r.begun:
		r.name = name
	case name != "" && !r.begun && r.waiting == "" && name != r.name:
		r.name += name
	}
}

// more continues the arguments. The call begins with them, when all of its name
// is known.
func (r *callReader) more(args string) {
	r.waiting += args
	if r.name != "" && (r.begun || r.waiting != "") {
		r.tell()
	}
}

func (r *callReader) tell() {
	if !r.begun {
		r.begun = true
		number := slices.Index(r.c.calls, r)
		r.c.beginCalls(r.c.calls[:number])
		id := callID(r.id, r.c.d.id, r.c.index, number)
		r.part = r.c.start(&llm.ToolCall{ID: id, Name: r.name, Custom: r.custom})
	}
	if r.waiting != "" {
		r.args.WriteString(r.waiting)
		r.c.d.emit(llm.PartDelta{Choice: r.c.index, Index: r.part, Text: r.waiting})
		r.waiting = ""
	}
	if r.seal.Set() {
		r.c.d.emit(llm.PartSeal{Choice: r.c.index, Index: r.part, Seal: r.seal})
		r.seal = llm.Seal{}
	}
}

// end ends the call, and reports whether it was one. No arguments are an empty
// object, as in a whole answer.
func (r *callReader) end() bool {
	if r.name == "" && r.waiting == "" {
		return false
	}
	r.tell()
	if !r.custom && strings.TrimSpace(r.args.String()) == "" {
		r.c.d.emit(llm.PartDelta{Choice: r.c.index, Index: r.part, Text: "{}"})
	}
	r.c.d.emit(llm.PartEnd{Choice: r.c.index, Index: r.part})
	return true
}

// functionCall reads the predecessor of tool_calls: one call, without an id.
func (c *choiceReader) functionCall(v gjson.Result) {
	if !v.IsObject() {
		return
	}
	if len(c.calls) == 0 {
		c.close()
		c.calls = append(c.calls, &callReader{c: c})
	}
	call := c.calls[0]
	call.named(v.Get("name").Str)
	call.more(argumentsDelta(v.Get("arguments")))
}

// hear gathers the pieces of a spoken answer, whose data are encoded each for
// itself.
func (c *choiceReader) hear(v gjson.Result) {
	if !v.IsObject() {
		return
	}
	if c.audio == nil {
		c.audio = &llm.Media{Kind: llm.Audio}
	}
	if id := v.Get("id").Str; id != "" {
		c.audio.FileID = id
	}
	c.audio.Context += v.Get("transcript").Str
	if data, err := base64.StdEncoding.DecodeString(v.Get("data").Str); err == nil {
		c.sound = append(c.sound, data...)
	}
}

func (c *choiceReader) endAudio() {
	if c.audio != nil {
		c.audio.Data = base64.StdEncoding.EncodeToString(c.sound)
		c.whole(c.audio)
	}
}
