package relay

import (
	"bytes"
	"iter"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

// Some providers want back what their model thought, which not every client's
// dialect can carry: DeepSeek, Kimi and GLM their reasoning_content, Gemini its
// signatures. The proxy remembers it for them.
const (
	recallBytes = 32 << 20
	recallAge   = 6 * time.Hour
	// longestAnswer bounds what is kept of one answer until it is complete.
	longestAnswer = 4 << 20
)

// scope keeps the thoughts of callers and providers apart.
func (x *exchange) scope(t router.Target) string {
	place := t.Model.Provider
	if place == "" {
		place = t.Endpoint.Base
	}
	return x.call.Caller + "\x00" + place
}

// recall completes a request with what the target's model thought before.
func (x *exchange) recall(r *llm.Request, t router.Target) *llm.Request {
	if x.relay.thoughts.Empty() {
		return r
	}
	return x.relay.thoughts.Recall(x.scope(t), r)
}

// recalls reports whether a chat that could travel as it came lacks thoughts
// that its provider wants back.
func (x *exchange) recalls(t router.Target) bool {
	if x.call.Operation != llm.Chat || x.relay.thoughts.Empty() || bytes.Contains(x.call.Body, []byte(`"reasoning_content"`)) {
		return false
	}
	scope := x.scope(t)
	for _, id := range x.json.Get("messages").Get("#.tool_calls.#.id|@flatten").Array() {
		if x.relay.thoughts.Known(scope, id.Str) {
			return true
		}
	}
	return false
}

// remembered notes what an answer's model thought.
func (x *exchange) remembered(answer *llm.Response) {
	if answer == nil || len(answer.Choices) == 0 || x.now.Model == nil {
		return
	}
	x.relay.thoughts.Remember(x.scope(x.now), answer.Choices[0])
}

// overheard passes a stream on and remembers the answer at its end.
func (x *exchange) overheard(s llm.Stream) llm.Stream {
	return func(yield func(llm.Event, error) bool) {
		var events []llm.Event
		for event, err := range s {
			if err == nil {
				events = append(events, event)
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
		if x.seen.ToolCalls == 0 {
			return // thoughts are wanted back beside calls
		}
		if answer, err := llm.Collect(each(events)); err == nil {
			x.remembered(answer)
		}
	}
}

func each(events []llm.Event) llm.Stream {
	return func(yield func(llm.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// listen keeps the frames of a chat that passes by, from the first one with
// thoughts on.
func (x *exchange) listen(data []byte) {
	if x.call.Operation != llm.Chat || len(x.thinking) == 0 && !thinks(data) {
		return
	}
	if x.heard += len(data); x.heard <= longestAnswer {
		x.thinking = append(x.thinking, bytes.Clone(data))
	}
}

// thinks reports whether a frame carries thoughts. Every frame of every stream
// is asked, and an underscore is far rarer in it than a quote.
func thinks(data []byte) bool {
	return bytes.Contains(data, []byte(`_content":"`)) && bytes.Contains(data, []byte(`"reasoning_content":"`))
}

// understand remembers a chat that has passed by.
func (x *exchange) understand() {
	if len(x.thinking) == 0 || x.seen.ToolCalls == 0 || x.heard > longestAnswer {
		return
	}
	frames := iter.Seq2[[]byte, error](func(yield func([]byte, error) bool) {
		for _, data := range x.thinking {
			if !yield(data, nil) {
				return
			}
		}
	})
	if answer, err := llm.Collect(x.codec.DecodeStream(frames)); err == nil {
		x.remembered(answer)
	}
}
