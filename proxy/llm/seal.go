package llm

import (
	"bytes"
	"strings"
)

// Seal is a provider's signature over, or encryption of, what its model
// thought. It is worth something only to those who made it, byte for byte.
type Seal struct {
	// Origin is the dialect of the provider that made it.
	Origin Dialect
	Value  string
}

// Set reports whether there is a seal.
func (s Seal) Set() bool { return s.Origin != "" }

// foreign begins a seal that a client carries for a provider of another
// dialect than its own.
const foreign = "yallmp-"

// Wrap renders s for a client of dialect d, whose provider would have given it
// a plain value. What was not made by that dialect is marked with its origin.
func (s Seal) Wrap(d Dialect) string {
	if s.Origin == d || !s.Set() {
		return s.Value
	}
	return foreign + string(s.Origin) + ":" + s.Value
}

// CarriesForeign reports whether a request holds what the proxy has made of
// another dialect's answer: a seal, plainly or in base64, or the id of an item.
// No provider can read it as it is.
func CarriesForeign(text []byte) bool {
	// A long text is searched for what they have in common and for letters that
	// are rare; every quote in it would stop a search for a quote.
	return bytes.Contains(text, []byte("yallmp")) &&
		(bytes.Contains(text, []byte("_yallmp_")) || bytes.Contains(text, []byte(`"`+foreign))) ||
		bytes.Contains(text, []byte("WFsbG1wL")) && bytes.Contains(text, []byte(`"eWFsbG1wL`))
}

// Unwrap reads what a client of dialect d carried back.
func Unwrap(d Dialect, text string) Seal {
	if rest, ok := strings.CutPrefix(text, foreign); ok {
		if origin, value, ok := strings.Cut(rest, ":"); ok {
			return Seal{Origin: Dialect(origin), Value: value}
		}
	}
	if text == "" {
		return Seal{}
	}
	return Seal{Origin: d, Value: text}
}
