package relay

import (
	"bytes"
	"slices"
)

// halves joins characters that a provider has torn in two: beyond U+FFFF JSON
// escapes a character as a pair of surrogates (RFC 8259, section 7), and servers
// that write token by token may end one delta between them. Read for itself, each
// half is a replacement character. The first half goes where the second one is.
type halves struct{ first []byte }

// join returns an event's data with whole characters.
func (h *halves) join(data []byte) []byte {
	if !bytes.Contains(data, []byte(`\u`)) {
		return data
	}
	if at := torn(data, false); at >= 0 && len(h.first) > 0 {
		data = slices.Concat(data[:at], h.first, data[at:])
		h.first = nil
	}
	if at := torn(data, true); at >= 0 {
		h.first = bytes.Clone(data[at : at+escape])
		data = slices.Concat(data[:at], data[at+escape:])
	}
	return data
}

const escape = len(`\ud83d`)

// torn finds a first half at the end of a JSON string, or a second half at the
// beginning of one; -1 for none.
func torn(data []byte, first bool) int {
	for from := 0; ; {
		i := bytes.Index(data[from:], []byte(`\u`))
		if i < 0 || from+i+escape >= len(data) {
			return -1
		}
		at := from + i
		from = at + len(`\u`)
		if data[at+2]|0x20 != 'd' {
			continue
		}
		high := bytes.IndexByte([]byte("89abAB"), data[at+3]) >= 0
		low := bytes.IndexByte([]byte("cdefCDEF"), data[at+3]) >= 0
		switch {
		case first && high && data[at+escape] == '"' && !escaped(data[:at]),
			!first && low && at > 0 && data[at-1] == '"' && !escaped(data[:at-1]):
			return at
		}
	}
}

// escaped reports whether what follows text in a JSON string is escaped.
func escaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}
