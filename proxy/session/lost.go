package session

import (
	"slices"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// maxLost bounds how many answers are remembered that were given and not kept.
const maxLost = 1024

// lost remembers why responses that clients were given are not there, so that
// whoever refers to one reads the reason. It lives as long as the program does;
// after that they are simply unknown.
type lost struct {
	why   map[lostID]string
	order []lostID // oldest first
}

type lostID struct{ caller, response string }

// lose notes that a response is not kept. The mutex is held.
func (l *lost) lose(caller, response, why string) {
	id := lostID{caller: caller, response: response}
	if l.why == nil {
		l.why = map[lostID]string{}
	}
	if _, ok := l.why[id]; !ok {
		if len(l.order) >= maxLost {
			delete(l.why, l.order[0])
			l.order = l.order[1:]
		}
		l.order = append(l.order, id)
	}
	l.why[id] = why
}

// found notes that a newer response with an id is kept. The mutex is held.
func (l *lost) found(caller, response string) {
	id := lostID{caller: caller, response: response}
	if _, ok := l.why[id]; ok {
		delete(l.why, id)
		l.order = slices.DeleteFunc(l.order, func(o lostID) bool { return o == id })
	}
}

// reason says why a response is not kept, or "".
func (m *memory) reason(caller, response string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lost.why[lostID{caller: caller, response: response}]
}

func (m *memory) lose(caller, response, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lost.lose(caller, response, why)
}

// The reasons, as they follow "Response 'x' was not kept: ".
const (
	tooMuchWaiting = "too much was waiting for the proxy's database"
	notTaken       = "the proxy's database did not take it"
)

// TooLong notes that an answer is longer than what can be kept, in bytes. Its
// beginning, where the id stands, is enough.
func (a *Asked) TooLong(beginning []byte, longest int64) {
	id := gjson.GetBytes(beginning, "id")
	if !a.keep || id.Type != gjson.String || id.Str == "" {
		return
	}
	s := a.session
	s.o.Log.Warn("a response is not stored: it is too long", "response", id.Str, "longest", longest)
	s.lose(a.caller, id.Str, tooLongReason(longest))
}

// missing is the error of a response that is referred to and not there. Clients
// that know its code send the whole conversation instead.
func (s *Session) missing(caller, id string) *llm.Error {
	e := previousNotFound(id)
	if why := s.reason(caller, id); why != "" {
		e.Message = notKept(id, why) + " Send the whole conversation as input."
	}
	return e
}

// absent is missing for the calls that read a response.
func (s *Session) absent(caller, id string) *llm.Error {
	e := responseNotFound(id)
	if why := s.reason(caller, id); why != "" {
		e.Message = notKept(id, why)
	}
	return e
}
