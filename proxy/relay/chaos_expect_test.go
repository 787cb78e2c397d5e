package relay_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// The faults that are named in more than one place.
const (
	slowDrip = "slow drip"
	longLine = "10 MB line"
)

// expected is what a case must come to.
type expected struct {
	status     int        // that the client gets
	body       string     // what it gets, or the part of it before err
	err        *llm.Error // what the proxy tells it, but for the message
	translated string     // what the answer says, where it is of another dialect
	retryAfter string
	attempts   []string // backend:status:kind why
	falls      bool     // the fallback has answered

	outcome   usage.Outcome
	errorKind llm.Kind
	backend   string // that answered
}

// expect says what becomes of a case. There are three ways: a fault that shows
// before any content is another attempt's to mend, or the client's to know; one
// that shows later ends the stream with an error event; and what is only
// strange reaches the client as it came.
func expect(c chaosCase) expected {
	switch s := strikes(c); {
	case s.harmless:
		w := expected{
			status: http.StatusOK, body: s.body, attempts: []string{"m:200:"},
			outcome: usage.Success, backend: "m",
		}
		if c.across() {
			w.translated = s.says
		}
		return w
	case s.late:
		w := expected{
			status: http.StatusOK, body: s.body, attempts: []string{s.attempt()},
			outcome: usage.Failed, errorKind: s.told.Kind, backend: "m",
		}
		if !s.own {
			w.err = &s.told
		}
		if c.across() {
			w.translated = Partial
		}
		return w
	case c.backed:
		return expected{
			status: http.StatusOK, body: Occasion{Speech: c.speech, Stream: c.stream}.Heard("hel", "lo"), attempts: []string{s.attempt(), "f:200: fallback"},
			falls: true, outcome: usage.Success, backend: "f",
		}
	default:
		w := expected{
			status: s.told.Status, body: s.body, attempts: []string{s.attempt()}, retryAfter: s.retryAfter,
			outcome: usage.Failed, errorKind: s.told.Kind,
		}
		if s.own {
			w.backend = "m"
		} else {
			w.err = &s.told
		}
		return w
	}
}

// occasion is the faulty provider's.
func (c chaosCase) occasion() Occasion { return Occasion{Speech: c.target, Stream: c.stream} }

// strike is how a fault shows.
type strike struct {
	harmless   bool // the answer is whole
	late       bool // after content
	answered   int  // the provider's status; 0 for none
	told       llm.Error
	body       string // what the client gets of it
	says       string // in words, where that is everything
	own        bool   // the body says what is wrong, in the provider's own words
	retryAfter string
}

func (s strike) attempt() string { return fmt.Sprintf("m:%d:%s", s.answered, s.told.Kind) }

// strikes is the table of the faults.
func strikes(c chaosCase) strike {
	o := c.occasion()
	refused := func(status int, kind llm.Kind) strike {
		return strike{answered: status, own: true, body: o.Refusal(status, Complaint), told: llm.Error{Kind: kind, Status: status}}
	}
	harmless := func(words ...string) strike {
		return strike{harmless: true, body: o.Heard(words...), says: strings.Join(words, "")}
	}
	switch c.fault.Name {
	case "429 with Retry-After":
		s := refused(429, llm.KindRateLimit)
		s.retryAfter = LeaveAlone
		return s
	case "429":
		return refused(429, llm.KindRateLimit)
	case "500":
		return refused(500, llm.KindServer)
	case "503":
		return refused(503, llm.KindOverloaded)
	case "529 overloaded":
		return refused(529, llm.KindOverloaded)
	case "error event first", "error after preamble":
		return strike{answered: 200, told: errorEvent(o)}
	case "error after content":
		return strike{answered: 200, late: true, own: true, body: o.HeardOfPart() + o.Failure(Complaint), told: errorEvent(o)}
	case slowDrip:
		return harmless(DripWords()...)
	case longLine:
		return harmless(LongWord())
	case "invalid UTF-8":
		s := harmless(NotUTF8)
		s.says = "caf\ufffd \ufffd\ufffd" // as JSON's decoders have it
		return s
	case "wrong content type":
		return harmless(Partial)
	case "no last word":
		if told := o.Told(Partial); c.stream && len(told.Last) > 0 {
			told.Last = nil
			if o.Dialect == llm.Responses { // it has no other finish reason
				return strike{answered: 200, late: true, told: interrupted(), body: told.Heard()}
			}
			return strike{harmless: true, body: told.Heard(), says: Partial}
		}
		return harmless(Partial)
	}
	return broken(c)
}

// broken is the part of the table in which the proxy has to find its own words.
func broken(c chaosCase) strike {
	unreachable := func(how string) llm.Error {
		return llm.Error{Kind: llm.KindConnect, Status: http.StatusBadGateway, Code: "upstream_" + how, Source: llm.FromProxy}
	}
	timeout := llm.Error{Kind: llm.KindTimeout, Status: http.StatusGatewayTimeout, Code: "upstream_timeout", Source: llm.FromProxy}
	switch c.fault.Name {
	case "TLS certificate untrusted", "TLS garbage":
		return strike{told: unreachable("tls")}
	case "DNS failure":
		return strike{told: unreachable("dns")}
	case "connection refused":
		return strike{told: unreachable("refused")}
	case "reset before headers":
		return strike{told: unreachable("reset")}
	case "reset after headers":
		return strike{answered: 200, told: unreachable("reset")}
	case "reset mid-stream":
		told := unreachable("reset")
		if c.stream {
			told.Kind = llm.KindStream
		}
		return strike{answered: 200, told: told, late: c.stream, body: c.occasion().HeardOfPart()}
	case "hang before the first byte", "TLS handshake never ends", "half-open socket", "backlog full":
		return strike{told: timeout}
	case "silence after headers", "silence after preamble":
		return strike{answered: 200, told: timeout}
	case "idle past the limit":
		return strike{answered: 200, told: timeout, late: c.stream, body: c.occasion().HeardOfPart()}
	case "ends early":
		if !c.stream {
			return strike{answered: 200, told: unreadable()}
		}
		return strike{answered: 200, told: interrupted(), late: c.stream, body: c.occasion().HeardOfPart()}
	case "HTML with 200":
		return strike{answered: 200, told: unreadable()}
	case "empty answer", "bad gzip":
		if !c.stream {
			return strike{answered: 200, told: unreadable()}
		}
		return strike{answered: 200, told: interrupted()}
	}
	return strike{told: llm.Error{Kind: "a fault that the table does not know"}}
}

// unreadable is something in an answer's place.
func unreadable() llm.Error {
	return llm.Error{Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "upstream_nonsense", Source: llm.FromUpstream}
}

// interrupted is a stream that ends before its answer does, or cannot be read.
func interrupted() llm.Error {
	return llm.Error{Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "stream_interrupted", Source: llm.FromUpstream}
}

// errorEvent is what a dialect's own error in place of an answer says.
func errorEvent(o Occasion) llm.Error {
	e := llm.Error{Source: llm.FromUpstream}
	switch o.Dialect {
	case llm.OpenAI:
		e.Kind, e.Status, e.Code = llm.KindStream, http.StatusBadGateway, ""
	case llm.Responses:
		e.Kind, e.Status, e.Code = llm.KindServer, http.StatusInternalServerError, "server_error"
	case llm.Anthropic:
		e.Kind, e.Status, e.Code = llm.KindOverloaded, 529, "overloaded_error"
	case llm.Gemini:
		e.Kind, e.Status, e.Code = llm.KindOverloaded, http.StatusServiceUnavailable, "UNAVAILABLE"
	}
	return e
}
