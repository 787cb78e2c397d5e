package llm

import (
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
