package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with a configuration, with the place to mend it.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line" doc:"1-based; 0 when the place is not a line of a file"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path" doc:"YAML path, e.g. model_list[2].model_params.api_base"`
	Message string `json:"message" doc:"What is wrong and what to do"`
}

// String renders the problem as compilers do: file:line: path: message.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// InvalidError is every problem of a configuration that cannot be used.
type InvalidError struct{ Problems []Problem }

// Error lists the problems, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
