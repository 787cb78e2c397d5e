package relay_test

import (
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/sse"
)

// saidIn is the text of an answer, or what there is of it before an error.
func saidIn(d llm.Dialect, stream bool, text string) (string, error) {
	var b strings.Builder
	if stream {
		for event, err := range protocol.For(d).DecodeStream(longEvents(text)) {
			if err != nil {
				return b.String(), err
			}
			if delta, ok := event.(llm.PartDelta); ok {
				b.WriteString(delta.Text)
			}
		}
		return b.String(), nil
	}
	answer, err := protocol.For(d).DecodeResponse([]byte(text))
	if err != nil {
		return "", err
	}
	for _, choice := range answer.Choices {
		for _, part := range choice.Parts {
			if p, ok := part.(*llm.Text); ok {
				b.WriteString(p.Text)
			}
		}
	}
	return b.String(), nil
}

// longEvents is the data of a stream's events, however long they are.
func longEvents(text string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reader := sse.NewReader(strings.NewReader(text), nil)
		reader.Limit = len(text)
		for {
			f, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if p := f.Data(); (len(p) > 0 || err != nil) && !yield(p, err) {
				return
			}
		}
	}
}
