package usage

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

const mask = "•••"

// shortestSecret is the length from which a key is one. Local servers are
// given words like "ollama" for a key, and text is full of those.
const shortestSecret = 12

// Secrets are keys that must not be seen wherever a provider or a client
// repeats them.
type Secrets []string

// Add returns the secrets with another one, unless it is too short to be one.
func (s Secrets) Add(key string) Secrets {
	if len(key) < shortestSecret || slices.Contains(s, key) {
		return s
	}
	return append(s, key)
}

// In reports whether text holds one of them.
func (s Secrets) In(text []byte) bool {
	for _, key := range s {
		if bytes.Contains(text, []byte(rareTail(key))) && bytes.Contains(text, []byte(key)) {
			return true
		}
	}
	return false
}

// Redact returns text with each of them masked; text itself when it holds none.
func (s Secrets) Redact(text []byte) []byte {
	if !s.In(text) {
		return text
	}
	// The longest first: another may be a part of it.
	for _, key := range slices.SortedFunc(slices.Values(s), func(a, b string) int { return len(b) - len(a) }) {
		text = bytes.ReplaceAll(text, []byte(key), []byte(mask))
	}
	return text
}

// RedactString is Redact for a message.
func (s Secrets) RedactString(text string) string { return string(s.Redact([]byte(text))) }

// rareTail returns the end of a key from a capital or a digit on: text holds
// far fewer of those than of the letters keys begin with, and a search skips
// to the first byte of what it looks for.
func rareTail(s string) string {
	half := len(s) / 2
	if i := strings.IndexAny(s[half:], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"); i >= 0 && len(s)-half-i >= 6 {
		return s[half+i:]
	}
	return s
}

// MaskHeader copies a header with its credentials masked.
func MaskHeader(h http.Header, callerHeader string) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		if name == callerHeader || Credential(name, values) {
			values = []string{mask}
		}
		out[name] = values
	}
	return out
}

// Credential reports whether a header carries a secret, by its name or by
// what it begins with.
func Credential(name string, values []string) bool {
	if !harmless(name) && secretive(strings.ToLower(name)) {
		return true
	}
	for _, v := range values {
		scheme, _, ok := strings.Cut(v, " ")
		if ok && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Basic")) {
			return true
		}
	}
	return false
}

// harmless lists the names that nearly every message has. Looking at them
// letter by letter would be a good part of what writing a request down costs.
func harmless(name string) bool {
	switch name {
	case "Accept", "Accept-Encoding", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Date",
		"Server", "Transfer-Encoding", "User-Agent", "X-Accel-Buffering", "X-Request-Id", "X-Yallmp-Backend":
		return true
	}
	return false
}

// secretive reports whether a header's name says that it carries a secret.
func secretive(lower string) bool {
	for _, word := range []string{"auth", "cookie", "secret", "password", "api-key", "apikey"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return strings.HasSuffix(lower, "-key") || strings.HasSuffix(lower, "token")
}
