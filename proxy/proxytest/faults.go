package proxytest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Fault is one way in which a provider misbehaves.
type Fault struct {
	Name string
	// Waits: it shows only as time goes by, so that it takes a proxy of little
	// patience to see it.
	Waits bool
	// StreamOnly: an answer in one piece cannot have it.
	StreamOnly bool

	answer func(Occasion) Answer      // of a provider that speaks HTTP, or
	listen func(t testing.TB) *Target // of anything else
}

// Occasion is a request that meets a fault.
type Occasion struct {
	Speech

	Stream bool
	// Seen is closed when part of a stream has reached the client. Faults that
	// strike in the middle of an answer wait for it.
	Seen <-chan struct{}
}

// Target is a provider that misbehaves.
type Target struct {
	Base  string // to configure as api_base
	Conns *Conns // nil where nobody can connect
	http  *Upstream
}

// Start starts a provider that has the fault, and ends with the test.
func (f Fault) Start(t testing.TB, o Occasion) *Target {
	t.Helper()
	if f.listen != nil {
		return f.listen(t)
	}
	u := NewUpstream(t, f.answer(o))
	return &Target{Base: u.Base(), Conns: u.Conns, http: u}
}

// Answer is what a provider with the fault answers. A fault below HTTP has none.
func (f Fault) Answer(o Occasion) Answer { return f.answer(o) }

// Asked is the number of requests that were read, or -1 where none can be.
func (t *Target) Asked() int {
	if t.http == nil {
		return -1
	}
	return len(t.http.Received())
}

// What the faults say.
const (
	// Partial is what a client has received when a fault strikes in the middle.
	Partial = "par"
	// Complaint is what a provider says when it refuses or fails.
	Complaint = "the provider is unwell"
	// LeaveAlone is how long it asks to be left alone for, in seconds.
	LeaveAlone = "30"
	// NotUTF8 is text in an encoding that JSON does not know.
	NotUTF8 = "caf\xe9 \xff\xfe"
	// dripPause lies between the pieces of a slow answer.
	dripPause = 150 * time.Millisecond
)

// LongWord is too long for every buffer of the usual size.
func LongWord() string { return strings.Repeat("x", 10<<20) }

// DripWords are the words of a slow answer.
func DripWords() []string { return []string{"a", "b", "c", "d", "e", "f", "g", "h"} }

// Faults are all that the proxy is tried with.
func Faults() []Fault {
	out := append(refusals(), breaks()...)
	out = append(out, silences()...)
	out = append(out, oddities()...)
	return append(out, connections()...)
}

// refusals are answers with the status of an error.
func refusals() []Fault {
	refuse := func(status int) func(Occasion) Answer {
		return func(o Occasion) Answer { return JSON(status, o.Refusal(status, Complaint)) }
	}
	return []Fault{
		{Name: "429 with Retry-After", answer: func(o Occasion) Answer { return With("Retry-After", LeaveAlone, refuse(429)(o)) }},
		{Name: "429", answer: refuse(429)},
		{Name: "500", answer: refuse(500)},
		{Name: "503", answer: refuse(503)},
		{Name: "529 overloaded", answer: refuse(529)},
	}
}

// breaks are answers that break off, or go wrong, at once.
func breaks() []Fault {
	return []Fault{
		{Name: "reset before headers", answer: func(Occasion) Answer { return reset }},
		{Name: "reset after headers", answer: func(o Occasion) Answer { return inTurn(begin(o), reset) }},
		{Name: "reset mid-stream", answer: func(o Occasion) Answer {
			return inTurn(begin(o, part(o)), seen(o), say(`data: {"half`), reset)
		}},
		{Name: "error event first", answer: func(o Occasion) Answer { return inTurn(begin(o), say(failure(o))) }},
		{Name: "error after preamble", answer: func(o Occasion) Answer { return inTurn(begin(o, preamble(o)), say(failure(o))) }},
		{Name: "error after content", StreamOnly: true, answer: func(o Occasion) Answer {
			return inTurn(begin(o, part(o)), seen(o), say(failure(o)))
		}},
		{Name: "empty answer", answer: func(o Occasion) Answer { return nothing(mediaType(o)) }},
		{Name: "ends early", answer: func(o Occasion) Answer { return inTurn(begin(o, part(o)), seen(o)) }},
	}
}

// silences are waits of a connection that stays open.
func silences() []Fault {
	return []Fault{
		{Name: "hang before the first byte", Waits: true, answer: func(Occasion) Answer { return Hang() }},
		{Name: "silence after headers", Waits: true, answer: func(o Occasion) Answer { return inTurn(begin(o), Hang()) }},
		{Name: "silence after preamble", Waits: true, answer: func(o Occasion) Answer { return inTurn(begin(o, preamble(o)), Hang()) }},
		{Name: "idle past the limit", Waits: true, answer: func(o Occasion) Answer { return inTurn(begin(o, part(o)), Hang()) }},
	}
}

// oddities are answers that are strange in one way and complete in every
// other, and answers that are none at all.
func oddities() []Fault {
	whole := func(text string) func(Occasion) Answer {
		return func(o Occasion) Answer { return begin(o, answer(o, text)...) }
	}
	return []Fault{
		{Name: "slow drip", Waits: true, answer: func(o Occasion) Answer { return drip(mediaType(o), answer(o, DripWords()...)) }},
		{Name: "10 MB line", answer: whole(LongWord())},
		{Name: "invalid UTF-8", answer: whole(NotUTF8)},
		{Name: "bad gzip", answer: func(o Occasion) Answer {
			return With("Content-Encoding", "gzip", begin(o, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03"))
		}},
		{Name: "no last word", answer: func(o Occasion) Answer {
			if !o.Stream { // only the end of the connection says that the answer has ended
				return With("Transfer-Encoding", "identity", begin(o, answer(o, Partial)...))
			}
			told := o.Told(Partial)
			told.Last = nil
			return inTurn(begin(o, told.Sent()...), seen(o))
		}},
		{Name: "wrong content type", answer: func(o Occasion) Answer { return Typed("text/plain", answer(o, Partial)...) }},
		{Name: "HTML with 200", answer: func(Occasion) Answer {
			return Typed("text/html; charset=utf-8", "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1>"+Complaint+"</body></html>\n")
		}},
	}
}

// Says answers as it should.
func Says(o Occasion, words ...string) Answer { return begin(o, answer(o, words...)...) }

// SaysInTwo is Says of a stream that waits, after the first word, until the
// occasion's Seen is closed.
func SaysInTwo(o Occasion, words ...string) Answer {
	all := o.Told(words...)
	first := len(all.Preamble) + 1
	return inTurn(begin(o, Join(all.Sent()[:first])), seen(o), func(w http.ResponseWriter, r *http.Request) {
		for _, piece := range all.Sent()[first:] {
			say(piece)(w, r)
		}
	})
}

// Heard is what a client gets of an answer that says the words.
func (o Occasion) Heard(words ...string) string {
	if o.Stream {
		return o.Told(words...).Heard()
	}
	return o.Whole(strings.Join(words, ""))
}

// HeardOfPart is what a client gets of a stream that breaks off after Partial.
func (o Occasion) HeardOfPart() string { return part(o) }

// answer is a good answer in pieces.
func answer(o Occasion, words ...string) []string {
	if o.Stream {
		return o.Told(words...).Sent()
	}
	text := o.Whole(strings.Join(words, ""))
	var out []string
	for range len(words) - 1 {
		n := len(text) / 2
		out, text = append(out, text[:n]), text[n:]
	}
	return append(out, text)
}

// part is an answer up to some content.
func part(o Occasion) string {
	if o.Stream {
		told := o.Told(Partial)
		return Join(told.Preamble) + Join(told.Words)
	}
	return o.Whole(Partial)[:80]
}

// preamble is what comes before any content: where there is no stream, the
// blank lines with which some servers keep a connection alive.
func preamble(o Occasion) string {
	if o.Stream {
		return Join(o.Told().Preamble)
	}
	return "\n\n"
}

// failure is an error in the place of an answer.
func failure(o Occasion) string {
	if o.Stream {
		return o.Failure(Complaint)
	}
	return o.Refusal(http.StatusServiceUnavailable, Complaint)
}
