package body

import (
	"bytes"
	"encoding/json"

	"github.com/tidwall/gjson"
)

// scanner walks JSON text. Strings, which are nearly all of a prompt, are
// crossed with bytes.IndexByte, several bytes at a time.
type scanner struct {
	text []byte
	pos  int
}

func (s *scanner) at(c byte) bool { return s.pos < len(s.text) && s.text[s.pos] == c }

func (s *scanner) take(c byte) bool {
	if s.at(c) {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// member reads `"name" : value`.
func (s *scanner) member() (member, bool) {
	start := s.pos
	if !s.string() {
		return member{}, false
	}
	quoted := s.text[start:s.pos]
	name := string(quoted[1 : len(quoted)-1])
	if bytes.IndexByte(quoted, '\\') >= 0 {
		// An escaped name is still that name to whoever decodes it upstream.
		if json.Unmarshal(quoted, &name) != nil {
			return member{}, false
		}
	}
	s.space()
	if !s.take(':') {
		return member{}, false
	}
	s.space()
	m := member{name: name, from: start, start: s.pos}
	if !s.value() {
		return member{}, false
	}
	m.end = s.pos
	return m, true
}

// string crosses a quoted string.
func (s *scanner) string() bool {
	if !s.take('"') {
		return false
	}
	for {
		i := bytes.IndexByte(s.text[s.pos:], '"')
		if i < 0 {
			s.pos = len(s.text)
			return false
		}
		s.pos += i + 1
		// The quote is escaped when an odd number of backslashes precedes it.
		slashes := 0
		for p := s.pos - 2; s.text[p] == '\\'; p-- {
			slashes++
		}
		if slashes%2 == 0 {
			return true
		}
	}
}

// value crosses any value. Objects and arrays are crossed by counting
// brackets outside strings.
func (s *scanner) value() bool {
	if s.pos >= len(s.text) {
		return false
	}
	switch c := s.text[s.pos]; {
	case c == '"':
		return s.string()
	case c == '{' || c == '[':
		return s.nested()
	default:
		return s.literal()
	}
}

func (s *scanner) nested() bool {
	depth := 0
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '"':
			if !s.string() {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				s.pos++
				return true
			}
		}
		s.pos++
	}
	return false
}

// deepest is how many arrays and objects may stand in each other, as for
// encoding/json.
const deepest = 10_000

// Valid reports whether text is JSON. The library's own check calls itself for
// every level: a text of nothing but brackets would use up the stack, which ends
// the whole process.
func Valid(text []byte) bool {
	return (len(text) <= deepest || shallow(text)) && gjson.ValidBytes(text) //nolint:forbidigo // it is what the rule leads to
}

// shallow reports whether no value stands too deep in others.
func shallow(text []byte) bool {
	s := scanner{text: text}
	for depth := 0; s.pos < len(text); {
		switch text[s.pos] {
		case '"':
			if !s.string() {
				return false
			}
			continue
		case '{', '[':
			if depth++; depth > deepest {
				return false
			}
		case '}', ']':
			depth--
		}
		s.pos++
	}
	return true
}

// literal crosses a number, true, false or null.
func (s *scanner) literal() bool {
	start := s.pos
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return s.valid(start)
		}
		s.pos++
	}
	return s.valid(start)
}

func (s *scanner) valid(start int) bool {
	if json.Valid(s.text[start:s.pos]) {
		return true
	}
	s.pos = start
	return false
}
