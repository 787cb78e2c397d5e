package cli

import (
	"errors"
	"slices"
	"testing"
)

func TestLastWords(t *testing.T) {
	tests := []struct {
		name, text, want string
		hints            []string
	}{
		{"nothing", "", "the core ended at once", nil},
		{"a crash", "panic: boom\n", "the core ended at once: panic: boom", nil},
		{"an error", "error: no\nhint: a\nhint: b\n", "no", []string{"a", "b"}},
		{"an error in many lines, after chatter", "Gtk-WARNING\nerror: one\ntwo\n", "one\ntwo", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := lastWords(tt.text)
			if err.Error() != tt.want {
				t.Errorf("error = %q, want %q", err, tt.want)
			}
			h, ok := errors.AsType[*hintedError](err)
			if !ok || !slices.Equal(h.hints, tt.hints) {
				t.Errorf("hints = %v, want %v", h.hints, tt.hints)
			}
		})
	}
}
