package config

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// layout is the text of a file as lines, to be edited by entry: a mapping's
// key with its value, or a list's item. Only entries that begin a line of
// their own can be edited this way. Every method answers false, or text that
// does not mean what it should, when it meets YAML it does not understand:
// Document checks and then goes another way.
type layout struct {
	lines []string // each with its line ending
	eol   string
}

// span is the lines of one entry, from is included and to is not, and the
// column where it begins.
type span struct{ from, to, column int }

func newLayout(text []byte) *layout {
	l := &layout{lines: strings.SplitAfter(string(text), "\n"), eol: "\n"}
	if last := len(l.lines) - 1; l.lines[last] == "" {
		l.lines = l.lines[:last]
	}
	if len(l.lines) > 0 && strings.HasSuffix(l.lines[0], "\r\n") {
		l.eol = "\r\n"
	}
	return l
}

// span finds the lines of the entry that the last step names.
func (l *layout) span(steps []step) (span, bool) {
	s := span{to: len(l.lines)}
	for _, at := range steps {
		if at.container.Style&yaml.FlowStyle != 0 {
			return s, false
		}
		var ok bool
		if s.from, s.column, ok = l.start(at); !ok {
			return s, false
		}
		if next := at.next(); next != nil {
			following := step{at.container, at.index + 1}
			if at.container.Kind == yaml.MappingNode {
				following.index++
			}
			if s.to, _, ok = l.start(following); !ok || s.to <= s.from {
				return s, false
			}
		}
	}
	// What is written after the entry belongs to it as far as it is indented
	// deeper: a comment at the entry's own depth is about the next one.
	for s.to > s.from+1 {
		line := l.lines[s.to-1]
		if content := strings.TrimSpace(line); content != "" && (content[0] != '#' || indent(line) > s.column) {
			break
		}
		s.to--
	}
	return s, len(steps) > 0
}

// start returns the line and column of an entry: its key, or its dash.
func (l *layout) start(at step) (line, column int, ok bool) {
	if key := at.key(); key != nil {
		line, column = key.Line-1, key.Column-1
		return line, column, line >= 0 && line < len(l.lines) && column < len(l.lines[line])
	}
	column = at.container.Column - 1
	for line = at.value().Line - 1; line >= 0 && line < len(l.lines); line-- {
		text := l.lines[line]
		if column < len(text) && text[column] == '-' && strings.TrimSpace(text[:column]) == "" {
			return line, column, true
		}
		if trimmed := strings.TrimSpace(text); trimmed != "" && trimmed[0] != '#' && indent(text) <= column {
			break
		}
	}
	return 0, 0, false
}

// replaced returns the text with another value in the last step's entry.
func (l *layout) replaced(steps []step, n *yaml.Node) ([]byte, bool) {
	s, ok := l.span(steps)
	if !ok {
		return nil, false
	}
	at := steps[len(steps)-1]
	if text, ok := l.scalar(s, at, n); ok {
		return text, true
	}
	first := l.lines[s.from]
	if at.key() == nil {
		return l.spliced(s.from, s.to, l.item(first[:s.column], n)), true
	}
	head, ok := l.head(s, at.key())
	if !ok {
		return nil, false
	}
	rest := strings.TrimSpace(first[len(head):])
	if isNull(at.value()) && strings.HasPrefix(rest, "#") && n.Kind != yaml.ScalarNode {
		head += " " + rest
	}
	body := l.valueLines(n, s.column)
	return l.spliced(s.from, s.to, append([]string{head + body[0]}, body[1:]...)), true
}

// scalar replaces one word on a line and leaves the rest of the line alone.
func (l *layout) scalar(s span, at step, n *yaml.Node) ([]byte, bool) {
	old := at.value()
	if old.Kind != yaml.ScalarNode || n.Kind != yaml.ScalarNode || s.to != s.from+1 || old.Line-1 != s.from {
		return nil, false
	}
	line := l.lines[s.from]
	from := byteColumn(line, old.Column-1)
	length, ok := tokenLength(line[from:], old)
	plain := *n
	plain.HeadComment, plain.LineComment, plain.FootComment = "", "", ""
	text, err := encode(&plain)
	word := strings.TrimRight(string(text), "\n")
	if !ok || err != nil || strings.Contains(word, "\n") {
		return nil, false
	}
	return l.spliced(s.from, s.to, []string{line[:from] + word + line[from+length:]}), true
}

// deleted returns the text without the last step's entry, without the comment
// lines directly above it, and without the blank line that set it apart.
func (l *layout) deleted(steps []step) ([]byte, bool) {
	s, ok := l.span(steps)
	if !ok {
		return nil, false
	}
	first := l.lines[s.from]
	if prefix := first[:s.column]; strings.TrimSpace(prefix) != "" {
		// The entry follows its list's dash: the next entry takes the place.
		if s.to >= len(l.lines) || indent(l.lines[s.to]) != s.column {
			return nil, false
		}
		return l.spliced(s.from, s.to+1, []string{prefix + l.lines[s.to][s.column:]}), true
	}
	from := s.from
	for from > 0 && isComment(l.lines[from-1]) && indent(l.lines[from-1]) == s.column {
		from--
	}
	if from == 0 && s.from > 0 && len(steps) == 1 {
		from = s.from // the comment at the top is about the file
	}
	to := s.to
	if (from == 0 || isBlank(l.lines[from-1])) && to < len(l.lines) && isBlank(l.lines[to]) {
		to++
	} else if to == len(l.lines) {
		for from > 0 && isBlank(l.lines[from-1]) {
			from--
		}
	}
	return l.spliced(from, to, nil), true
}

// inserted returns the text with an entry added to a mapping that has some.
func (l *layout) inserted(steps []step, mapping *yaml.Node, pair []*yaml.Node) ([]byte, bool) {
	last := step{mapping, len(mapping.Content) - 1}
	s, ok := l.span(append(steps[:len(steps):len(steps)], last))
	if !ok {
		return nil, false
	}
	lines := l.render(&yaml.Node{Kind: yaml.MappingNode, Content: pair})
	return l.after(s, steps, last, shifted(lines, s.column)), true
}

// appended returns the text with an item added to a list that has some.
func (l *layout) appended(steps []step, list, item *yaml.Node) ([]byte, bool) {
	last := step{list, len(list.Content) - 1}
	s, ok := l.span(append(steps[:len(steps):len(steps)], last))
	if !ok {
		return nil, false
	}
	prefix := l.lines[s.from][:s.column]
	if strings.TrimSpace(prefix) != "" {
		return nil, false
	}
	return l.after(s, steps, last, l.item(prefix, item)), true
}

// after puts lines behind an entry, set apart by a blank line where the
// entries before are.
func (l *layout) after(s span, steps []step, last step, lines []string) []byte {
	before := last
	before.index--
	if last.container.Kind == yaml.MappingNode {
		before.index--
	}
	if before.index >= 0 {
		if b, ok := l.span(append(steps[:len(steps):len(steps)], before)); ok && b.to < len(l.lines) && isBlank(l.lines[b.to]) {
			lines = append([]string{l.eol}, lines...)
		}
	}
	return l.spliced(s.to, s.to, lines)
}

// begun returns the text with a first entry below what stands there.
func (l *layout) begun(root *yaml.Node) []byte {
	lines := l.render(root)
	if n := len(l.lines); n > 0 && !isBlank(l.lines[n-1]) {
		lines = append([]string{l.eol}, lines...)
	}
	return l.spliced(len(l.lines), len(l.lines), lines)
}

// spliced returns the text with lines in the place of those from from to to.
func (l *layout) spliced(from, to int, lines []string) []byte {
	var out bytes.Buffer
	for _, part := range [][]string{l.lines[:from], lines, l.lines[to:]} {
		for _, line := range part {
			if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
				out.WriteString(l.eol)
			}
			out.WriteString(line)
		}
	}
	return out.Bytes()
}

// head returns an entry's first line up to and with the colon of its key.
func (l *layout) head(s span, key *yaml.Node) (string, bool) {
	line := l.lines[s.from]
	length, ok := tokenLength(line[s.column:], key)
	if !ok {
		return "", false
	}
	rest := strings.TrimLeft(line[s.column+length:], " ")
	if !strings.HasPrefix(rest, ":") {
		return "", false
	}
	return line[:len(line)-len(rest)+1], true
}

// valueLines renders what follows a key's colon.
func (l *layout) valueLines(n *yaml.Node, column int) []string {
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: "k"}
	lines := l.render(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, n}})
	lines[0] = strings.TrimPrefix(lines[0], "k:")
	return append(lines[:1], shifted(lines[1:], column)...)
}

// item renders a list's item behind its dash.
func (l *layout) item(prefix string, n *yaml.Node) []string {
	lines := shifted(l.render(n), len(prefix)+2)
	for i, line := range lines {
		if !isComment(line) {
			lines[i] = prefix + "- " + line[len(prefix)+2:]
			break
		}
		lines[i] = prefix + strings.TrimLeft(line, " ")
	}
	return lines
}

func (l *layout) render(n *yaml.Node) []string {
	text, err := encode(n)
	if err != nil {
		return []string{""} // does not mean what it should, so the tree is written
	}
	return newLayout([]byte(strings.ReplaceAll(string(text), "\n", l.eol))).lines
}

// tokenLength returns how many bytes of a line a scalar takes.
func tokenLength(text string, n *yaml.Node) (int, bool) {
	switch {
	case n.Anchor != "" || n.Style&(yaml.TaggedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 0, false
	case n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(text, `"`):
		end := closingQuote(text[1:], '"')
		return end + 2, end >= 0
	case n.Style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(text, "'"):
		for i := 1; i < len(text); i++ {
			if text[i] != '\'' {
				continue
			}
			if !strings.HasPrefix(text[i+1:], "'") {
				return i + 1, true
			}
			i++
		}
		return 0, false
	}
	return len(n.Value), n.Value != "" && strings.HasPrefix(text, n.Value)
}

// byteColumn turns a column in characters into one in bytes.
func byteColumn(line string, column int) int {
	for i := range line {
		if column == 0 {
			return i
		}
		column--
	}
	return len(line)
}

func shifted(lines []string, by int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if !isBlank(line) {
			line = strings.Repeat(" ", by) + line
		}
		out[i] = line
	}
	return out
}

func indent(line string) int     { return len(line) - len(strings.TrimLeft(line, " ")) }
func isBlank(line string) bool   { return strings.TrimSpace(line) == "" }
func isComment(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "#") }
