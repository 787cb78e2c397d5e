package controller

import (
	"regexp"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// maskText hides what may be secrets in a text that is no YAML and so has no
// structure to go by: whatever follows a key with a secret's name, unless it
// only refers to one. It rather hides too much.
func maskText(text string) string {
	key := regexp.MustCompile(`([A-Za-z0-9_.-]+)["']?[ \t]*:(?:[ \t]+|(\r?\n))`)
	reference := regexp.MustCompile(`^["']?(keyring:|\$)`)
	var out strings.Builder
	for {
		m := key.FindStringSubmatchIndex(text)
		if m == nil {
			out.WriteString(text)
			return out.String()
		}
		name, rest := text[m[2]:m[3]], text[m[1]:]
		if m[4] >= 0 {
			rest = text[m[4]:] // the value, if any, begins on the next line
		}
		out.WriteString(text[:len(text)-len(rest)])
		text = rest
		value := ""
		switch {
		case strings.HasSuffix(name, "api_keys"):
			value = listIn(text)
		case reference.MatchString(text):
		case config.IsSecretName(name):
			value = valueIn(text)
		case !strings.HasPrefix(text, "{") && config.HoldsPassword(name, firstLine(text)):
			value = firstLine(text)
		}
		if value != "" {
			out.WriteString(masked)
			text = text[len(value):]
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

// listIn returns the list that text begins with, in brackets or one item a
// line, or else the value.
func listIn(text string) string {
	if strings.HasPrefix(text, "[") {
		return regexp.MustCompile(`^\[[^\]]*\]?`).FindString(text)
	}
	if lines := regexp.MustCompile(`^(?:\r?\n[ \t]*-[^\n]*|\r?\n[ \t]*#[^\n]*)+`).FindString(text); lines != "" {
		return lines
	}
	return valueIn(text)
}

// valueIn returns the value that text begins with: what is in quotes, the
// indented lines of a block, or a word up to what ends it within braces. A
// value that is a mapping is none.
func valueIn(text string) string {
	block := regexp.MustCompile(`^(?:[|>][-+0-9]*[ \t]*)?(?:\r?\n[ \t]+[^\n]*)+`)
	child := regexp.MustCompile(`^\r?\n[ \t]+["']?[\w.-]+["']?[ \t]*:(?:[ \t]|\r?\n|$)`)
	for _, form := range []string{`^"(?:[^"\\]|\\.)*"?`, `^'[^']*'?`, `^[^\s,}\]{\[#|>][^,}\]\n\r]*`} {
		if value := regexp.MustCompile(form).FindString(text); value != "" {
			return value
		}
	}
	if child.MatchString(text) {
		return ""
	}
	return block.FindString(text)
}
