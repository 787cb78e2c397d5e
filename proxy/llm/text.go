package llm

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Clip keeps a stranger's text short enough to be repeated in a message.
func Clip(s string) string {
	const limit = 200
	if len(s) <= limit {
		return strings.ToValidUTF8(s, "?")
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.ToValidUTF8(s[:cut], "?") + "…"
}

// NewID is an id that nothing else has, in small letters and digits.
func NewID() string { return strings.ToLower(rand.Text()) }

// SafeID returns an id in the letters that every provider takes in an id
// (A-Z a-z 0-9 _ -) and at most limit bytes long. An id that fits is kept; the
// same id always becomes the same other one.
func SafeID(id string, limit int) string {
	fits := id != "" && len(id) <= limit && strings.IndexFunc(id, notInID) < 0
	if fits {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "call_" + hex.EncodeToString(sum[:12])
}

func notInID(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
}
