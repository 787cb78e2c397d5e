package openai

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Tags around thoughts in the text of Gemini's OpenAI-compatible endpoint.
const (
	thoughtOpen  = "<thought>"
	thoughtClose = "</thought>"
)

// choiceReader is the state of one choice.
type choiceReader struct {
	d       *streamReader
	index   int
	parts   int // started so far
	open    openPart
	calls   []*callReader
	audio   *llm.Media
	sound   []byte
	thought bool // the next text may begin with the end of a thought
	reason  llm.StopReason
	matched gjson.Result
	ended   bool
}

// openPart is the text, refusal or reasoning that is being told.
type openPart struct {
	kind   partKind
	index  int
	detail detail          // of a reasoning
	flat   strings.Builder // of a reasoning without details
}

type partKind int

const (
	none partKind = iota
	isText
	isRefusal
	isReasoning
)

// delta reads one piece of a choice, in the order in which a model works
// whatever the order of the fields.
func (c *choiceReader) delta(v gjson.Result, text string, logprobs []llm.Logprob) {
	if c.ended {
		return
	}
	var content, refusal, calls, call, audio, images, annotations gjson.Result
	reasons, thought, signature := false, false, ""
	v.ForEach(func(name, value gjson.Result) bool {
		switch name.Str {
		case "content":
			content = value
		case "refusal":
			refusal = value
		case "reasoning_content", "reasoning", "reasoning_text", "reasoning_details":
			reasons = reasons || carries(value)
		case "tool_calls":
			calls = value
		case "function_call":
			call = value
		case "audio":
			audio = value
		case "images":
			images = value
		case "annotations":
			annotations = value
		case "extra_content":
			google := value.Get("google")
			signature, thought = google.Get("thought_signature").Str, google.Get("thought").Bool()
		}
		return true
	})
	if reasons {
		c.reasoning(flatReasoning(v), v.Get("reasoning_details").Array())
	}
	if thought {
		c.think(content.Str)
	} else {
		c.content(content, text, logprobs)
	}
	if refusal.Type == gjson.String && refusal.Str != "" {
		c.say(isRefusal, refusal.Str, nil)
	}
	c.cite(annotations)
	c.sign(signature)
	for i, entry := range calls.Array() {
		c.call(entry, i, len(calls.Array()))
	}
	c.functionCall(call)
	c.hear(audio)
	for _, p := range readImages(images) {
		c.whole(p)
	}
}

// content reads text, or Mistral's list of texts and thoughts.
func (c *choiceReader) content(v gjson.Result, text string, logprobs []llm.Logprob) {
	if v.IsArray() {
		for _, entry := range v.Array() {
			switch entry.Get("type").Str {
			case detailThinking:
				c.detail(detail{kind: detailThinking, text: thinkingText(entry), seal: thinkingSeal()})
			case "text":
				c.say(isText, entry.Get("text").Str, nil)
			}
		}
		return
	}
	text += v.Str
	if c.thought && text != "" {
		text = strings.TrimPrefix(text, thoughtClose)
		c.thought = false
	}
	if text != "" || len(logprobs) > 0 && c.open.kind == isText {
		c.say(isText, text, logprobs)
	}
}

// think reads text that Gemini's endpoint marks as a thought.
func (c *choiceReader) think(text string) {
	if c.open.kind != isReasoning {
		text = strings.TrimPrefix(text, thoughtOpen)
	}
	c.thought = true
	c.flat(text)
}

// say continues a text or a refusal, or begins one.
func (c *choiceReader) say(kind partKind, text string, logprobs []llm.Logprob) {
	if text == "" && len(logprobs) == 0 {
		return
	}
	if c.open.kind != kind {
		c.begin(kind)
	}
	c.d.emit(llm.PartDelta{Choice: c.index, Index: c.open.index, Text: text, Logprobs: logprobs})
}

func (c *choiceReader) begin(kind partKind) {
	var part llm.Part = &llm.Text{}
	if kind == isRefusal {
		part = &llm.Refusal{}
	}
	index := c.start(part)
	c.open = openPart{kind: kind, index: index}
}

// start tells that a part begins, after the end of the one that is open. Calls
// that wait for their arguments begin first.
func (c *choiceReader) start(p llm.Part) int {
	if _, ok := p.(*llm.ToolCall); !ok {
		c.beginCalls(c.calls)
	}
	c.close()
	index := c.parts
	c.parts++
	c.d.emit(llm.PartStart{Choice: c.index, Index: index, Part: p})
	return index
}

// beginCalls begins those of calls that have not.
func (c *choiceReader) beginCalls(calls []*callReader) {
	for _, call := range calls {
		if call.name != "" && !call.begun {
			call.tell()
		}
	}
}

// close ends the part that is open. Tool calls stay open beside it.
func (c *choiceReader) close() {
	if c.open.kind == none {
		return
	}
	if c.open.kind == isReasoning {
		c.d.emit(llm.PartSeal{Choice: c.index, Index: c.open.index, Seal: c.open.detail.seal})
	}
	c.d.emit(llm.PartEnd{Choice: c.index, Index: c.open.index})
	c.open = openPart{}
}

// whole tells a part that comes in one piece.
func (c *choiceReader) whole(p llm.Part) {
	index := c.start(p)
	c.d.emit(llm.PartEnd{Choice: c.index, Index: index})
}

// cite adds citations to the text that is open.
func (c *choiceReader) cite(v gjson.Result) {
	if c.ended {
		return
	}
	for _, citation := range readCitations(v) {
		if c.open.kind != isText {
			c.begin(isText)
		}
		c.d.emit(llm.PartCitation{Choice: c.index, Index: c.open.index, Citation: citation})
	}
}

// sign seals the text that is open; Gemini signs at its end.
func (c *choiceReader) sign(signature string) {
	if signature == "" {
		return
	}
	if c.open.kind != isText {
		c.begin(isText)
	}
	c.d.emit(llm.PartSeal{Choice: c.index, Index: c.open.index, Seal: llm.Unwrap(llm.OpenAI, signature)})
}

// finish ends everything that is open, and the choice.
func (c *choiceReader) finish() {
	if c.ended {
		return
	}
	c.close()
	var kinds []llm.Part
	for _, call := range c.calls {
		if call.end() {
			kinds = append(kinds, &llm.ToolCall{})
		}
	}
	c.endAudio()
	c.ended = true
	reason, sequence := settle(c.reason, kinds, c.matched)
	c.d.emit(llm.Finish{Choice: c.index, Reason: reason, Sequence: sequence})
}
