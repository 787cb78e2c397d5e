package config

import (
	"cmp"
	"fmt"
	"slices"
)

// report collects everything wrong with a configuration, so that a person
// mends a file once and not error by error.
type report struct {
	problems []Problem
	warnings []Problem
}

func (r *report) fail(p Problem)                      { r.problems = append(r.problems, p) }
func (r *report) warn(p Problem)                      { r.warnings = append(r.warnings, p) }
func (r *report) failAt(v *value, f string, a ...any) { r.fail(v.problem(f, a...)) }
func (r *report) warnAt(v *value, f string, a ...any) { r.warn(v.problem(f, a...)) }
func (r *report) failed() bool                        { return len(r.problems) > 0 }
func (r *report) err() error                          { return &InvalidError{Problems: inFileOrder(r.problems)} }
func (r *report) sortedWarnings() []Problem           { return inFileOrder(r.warnings) }

// problem is a Problem at the place v comes from. A nil value has no place.
func (v *value) problem(format string, args ...any) Problem {
	message := fmt.Sprintf(format, args...)
	if v == nil {
		return Problem{Message: message}
	}
	return Problem{File: v.file, Line: v.line, Column: v.column, Path: v.path, Message: message}
}

// inFileOrder sorts by place, keeping the order of what stands at one place,
// and drops repetitions: an inherited mistake is reported once.
func inFileOrder(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(ps)
}
