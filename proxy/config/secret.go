package config

import "log/slog"

const mask = "•••"

// Secret is a string that no printer, logger or encoder can get at. Only
// Reveal gives it out, so that every place a key leaves the program can be
// found by searching for one word.
type Secret struct{ value string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the hidden value.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is nothing hidden.
func (s Secret) Empty() bool { return s.value == "" }

// String masks the value for fmt.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return mask
}

// GoString masks the value for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue masks the value for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the value for encoding/json, yaml and friends.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML masks the value for yaml.v3, which does not consult MarshalText
// for every kind.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }
