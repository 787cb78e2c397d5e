package config

import (
	"fmt"
	"strings"
)

// readEnv reads dotenv syntax: NAME=value lines, comments, quotes, an
// optional export. A line without = is passed over, as is anything after a
// closing quote. What cannot be read is a warning, never a failure: the
// variable it meant is then reported as not set.
func readEnv(file string, data []byte, r *report) map[string]string {
	out := map[string]string{}
	lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	for i := 0; i < len(lines); i++ {
		start := i
		name, rest, ok := envAssignment(lines[i])
		if !ok {
			continue
		}
		if quote := strings.IndexAny(rest, `"'`); quote == 0 {
			// A quoted value may go on over several lines.
			text := rest[1:]
			for !closed(text, rest[0]) && i+1 < len(lines) {
				i++
				text += "\n" + strings.TrimSuffix(lines[i], "\r")
			}
			if !closed(text, rest[0]) {
				r.warn(Problem{File: file, Line: start + 1, Message: fmt.Sprintf("the quote that begins the value of %s is never closed", name)})
				i = start
				continue
			}
			out[name] = unquoteEnv(text, rest[0])
			continue
		}
		if comment := strings.Index(" "+rest, " #"); comment >= 0 {
			rest = rest[:max(comment-1, 0)]
		}
		out[name] = strings.TrimSpace(rest)
	}
	return out
}

// envAssignment splits one line into the variable's name and the raw text of
// its value.
func envAssignment(line string) (name, rest string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", "", false
	}
	name, rest, ok = strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	if after, found := strings.CutPrefix(name, "export "); found {
		name = strings.TrimSpace(after)
	}
	return name, strings.TrimSpace(rest), ok && name != ""
}

// closed reports whether text, which follows an opening quote, holds the
// closing one.
func closed(text string, quote byte) bool { return closingQuote(text, quote) >= 0 }

func closingQuote(text string, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote:
			return i
		}
	}
	return -1
}

// unquoteEnv returns what stands before the closing quote. Escapes mean
// something between double quotes only.
func unquoteEnv(text string, quote byte) string {
	text = text[:closingQuote(text, quote)]
	if quote == '\'' {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", `\r`, "\r", `\t`, "\t", `\$`, "$").Replace(text)
}

// substitute replaces ${NAME} and $NAME by what lookup says, and $$ by a
// dollar sign. It returns the names of the variables, too. Those without a
// value stay as they are written and are named in unset.
func substitute(text string, lookup func(string) (string, bool)) (result string, names, unset []string) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String(), names, unset
		}
		if strings.HasPrefix(after, "$") {
			out.WriteByte('$')
			text = after[1:]
			continue
		}
		name, length := variable(after)
		text = after[length:]
		if name == "" {
			out.WriteByte('$')
			continue
		}
		names = append(names, name)
		if v, ok := lookup(name); ok {
			out.WriteString(v)
			continue
		}
		unset = append(unset, name)
		out.WriteString("$" + after[:length])
	}
}

// variable reads the name that follows a dollar sign, and how many bytes it
// takes with its braces. A dollar sign that no name follows stands for itself.
func variable(text string) (name string, length int) {
	if strings.HasPrefix(text, "{") {
		end := strings.IndexByte(text, '}')
		if end <= 1 {
			return "", 0
		}
		return text[1:end], end + 1
	}
	for length < len(text) && isNameByte(text[length], length == 0) {
		length++
	}
	return text[:length], length
}

func isNameByte(c byte, first bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || !first && c >= '0' && c <= '9'
}
