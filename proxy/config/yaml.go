package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parseYAML returns the root node of the only document in data; nil when it
// is empty. The error is an *InvalidError with the line.
func parseYAML(file string, data []byte) (*yaml.Node, error) {
	invalid := func(line int, format string, args ...any) error {
		return &InvalidError{Problems: []Problem{{File: file, Line: line, Message: fmt.Sprintf(format, args...)}}}
	}
	if len(data) > maxYAMLBytes {
		return nil, invalid(0, "is larger than %s: is this the right file?", formatBytes(maxYAMLBytes))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		line := brokenLine(data, err)
		return nil, invalid(line, "is not valid YAML from here on: %s", syntaxHint(err, data, line))
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		if err == nil {
			return nil, invalid(second.Line, "holds a second document: remove the --- line and what is not wanted")
		}
		line := brokenLine(data, err)
		return nil, invalid(line, "is not valid YAML from here on: %s", syntaxHint(err, data, line))
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// brokenLine returns the line that makes YAML invalid: the one after the
// longest beginning that is valid. The line in yaml.v3's own message is that
// of the block around the mistake, which may begin far above it, so it serves
// only for files too large to be tried this way.
func brokenLine(data []byte, err error) int {
	const tryable, longest = 128 << 10, 20
	if len(data) > tryable {
		line, _ := syntaxError(err)
		return line
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	good, bad := 0, len(lines)
	for bad-good > 1 {
		middle := (good + bad) / 2
		// A beginning may end inside a value of several lines, which is no
		// mistake: it is bad when the longer ones are, too.
		n := middle
		for n < min(middle+longest, bad) && !validYAML(bytes.Join(lines[:n], nil)) {
			n++
		}
		if n < min(middle+longest, bad) {
			good = n
		} else {
			bad = middle
		}
	}
	return good + 1
}

func validYAML(data []byte) bool {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		if err := decoder.Decode(&yaml.Node{}); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// syntaxHint says what yaml.v3 says, and what it mostly means.
func syntaxHint(err error, data []byte, line int) string {
	_, message := syntaxError(err)
	lines := strings.Split(string(data), "\n")
	if line >= 1 && line <= len(lines) {
		text := lines[line-1]
		if strings.Contains(text[:len(text)-len(strings.TrimLeft(text, " \t"))], "\t") {
			return message + ": indent with spaces, not tabs"
		}
	}
	return message + ": check indentation, colons and quotes"
}

// syntaxError takes the line out of yaml.v3's "yaml: line 3: message".
func syntaxError(err error) (int, string) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(text)
	if m == nil {
		return 0, text
	}
	line, _ := strconv.Atoi(m[1])
	return line, m[2]
}
