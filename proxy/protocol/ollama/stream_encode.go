package ollama

import (
	"iter"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// EncodeStream renders a stream of ChatResponse or GenerateResponse, one on each
// line.
func (c Codec) EncodeStream(op llm.Operation, s llm.Stream, asked *llm.Request) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		e := streamEncoder{generate: op == llm.OllamaGenerate, asked: asked}
		if asked != nil {
			e.arrived = asked.Arrived
		}
		for event, err := range llm.Sequential(s) {
			if err != nil {
				yield(c.EncodeErrorEvent(llm.AsError(err)), err)
				return
			}
			if line := e.event(event); line != nil && !yield(line, nil) {
				return
			}
		}
		yield(e.last(), nil)
	}
}

// streamEncoder is the state of a stream on its way to a client. The dialect
// knows no parts: text and thinking come in pieces, a tool call comes whole.
type streamEncoder struct {
	writer
	generate bool
	asked    *llm.Request
	head     []byte // what every line begins with
	// arrived is when the client asked, and first when the first part began.
	arrived, first time.Time

	open      llm.Part // the part under way, or nil
	arguments strings.Builder
	calls     int
	thoughts  int  // parts of reasoning begun
	thought   bool // some thinking has gone out
	apart     bool // what is thought next is another part

	usage  llm.Usage
	reason llm.StopReason
}

// event returns the line that an event makes, or nil.
func (e *streamEncoder) event(event llm.Event) []byte {
	switch event := event.(type) {
	case llm.Start:
		e.start(event)
	case llm.Spent:
		e.usage = event.Usage
	case llm.Finish:
		if event.Choice == 0 {
			e.reason = event.Reason
		}
	case llm.PartStart:
		if event.Choice == 0 {
			return e.begin(event.Part)
		}
	case llm.PartDelta:
		if event.Choice == 0 {
			return e.delta(event)
		}
	case llm.PartSeal:
		if event.Choice == 0 {
			return e.sealed(event.Seal)
		}
	case llm.PartEnd:
		if event.Choice == 0 {
			return e.end()
		}
	}
	return nil
}

func (e *streamEncoder) start(s llm.Start) {
	var w writer
	w.head(s.Model, e.asked, s.Created)
	e.head = w.b
}

// begin notes the part that opens. It may come with some of its text.
func (e *streamEncoder) begin(p llm.Part) []byte {
	e.open = p
	if e.first.IsZero() {
		e.first = time.Now()
	}
	switch p := p.(type) {
	case *llm.ToolCall:
		// A copy, for its seal may follow and the event's own is not ours.
		call := *p
		e.open = &call
		e.arguments.Reset()
		e.arguments.WriteString(p.Arguments)
	case *llm.Reasoning:
		e.apart = e.thought
		e.thoughts++
		if p.Text != "" {
			return e.thinking(p.Text)
		}
	case *llm.Text:
		if p.Text != "" {
			return e.text(p.Text, nil)
		}
	case *llm.Refusal:
		if p.Text != "" {
			return e.text(p.Text, nil)
		}
	case *llm.Media:
		if p.Kind == llm.Image && p.Data != "" {
			return e.image(p.Data)
		}
	}
	return nil
}

func (e *streamEncoder) delta(d llm.PartDelta) []byte {
	switch e.open.(type) {
	case *llm.ToolCall:
		e.arguments.WriteString(d.Text)
		if len(d.Logprobs) > 0 {
			return e.text("", d.Logprobs)
		}
	case *llm.Reasoning:
		if len(d.Logprobs) > 0 {
			return e.line(func() { e.say("", e.spaced(d.Text)) }, d.Logprobs)
		}
		if d.Text != "" {
			return e.thinking(d.Text)
		}
	case *llm.Text, *llm.Refusal:
		if d.Text != "" || len(d.Logprobs) > 0 {
			return e.text(d.Text, d.Logprobs)
		}
	}
	return nil
}

// sealed gives the client another provider's seal to keep. That of a tool call
// goes with it.
func (e *streamEncoder) sealed(s llm.Seal) []byte {
	switch p := e.open.(type) {
	case *llm.ToolCall:
		p.Seal = s
	case *llm.Reasoning:
		// A signature belongs to one thinking only, and only as it was.
		if s.Set() && s.Origin != llm.Ollama && e.thoughts == 1 {
			return e.line(func() { e.say("", ""); e.writer.text("signature", s.Wrap(llm.Ollama)) }, nil)
		}
	}
	return nil
}

func (e *streamEncoder) end() []byte {
	p := e.open
	e.open = nil
	call, ok := p.(*llm.ToolCall)
	if !ok {
		return nil
	}
	index := e.calls
	e.calls++
	return e.line(func() {
		e.say("", "")
		e.list("tool_calls")
		e.call(index, call, oneLine(e.arguments.String()), true)
		e.shut(']')
	}, nil)
}

func (e *streamEncoder) text(text string, logprobs []llm.Logprob) []byte {
	return e.line(func() { e.say(text, "") }, logprobs)
}

func (e *streamEncoder) thinking(text string) []byte {
	return e.line(func() { e.say("", e.spaced(text)) }, nil)
}

// spaced keeps two thoughts apart that become one text.
func (e *streamEncoder) spaced(text string) string {
	if text != "" && e.apart {
		text, e.apart = "\n\n"+text, false
	}
	e.thought = e.thought || text != ""
	return text
}

func (e *streamEncoder) image(data string) []byte {
	return e.line(func() {
		e.say("", "")
		if e.generate {
			e.writer.text("image", data)
			return
		}
		e.images([]string{data})
	}, nil)
}

// say writes a piece of the answer's text and thinking.
func (e *streamEncoder) say(text, thinking string) {
	if e.generate {
		e.writer.text("response", text)
	} else {
		e.writer.text("content", text)
	}
	if thinking != "" {
		e.writer.text("thinking", thinking)
	}
}

// line writes one line of the stream.
func (e *streamEncoder) line(say func(), logprobs []llm.Logprob) []byte {
	e.answer(say)
	e.flag("done", false)
	e.logprobs("logprobs", logprobs)
	e.b = append(e.b, '}', '\n')
	return e.b
}

func (e *streamEncoder) answer(say func()) {
	if e.head == nil {
		e.start(llm.Start{})
	}
	e.b = append(e.b[:0], e.head...)
	if e.generate {
		say()
		return
	}
	e.object("message")
	e.writer.text("role", "assistant")
	say()
	e.shut('}')
}

// last is the line that ends the stream, which says what the answer cost.
func (e *streamEncoder) last() []byte {
	e.answer(func() { e.say("", "") })
	e.tail(e.reason, e.usage, since(e.arrived, e.first))
	e.b = append(e.b, '}', '\n')
	return e.b
}
