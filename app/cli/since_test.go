package cli

import (
	"testing"
	"time"
)

func TestParseSince(t *testing.T) {
	zone := time.FixedZone("here", 2*60*60)
	now := time.Date(2026, 11, 22, 15, 4, 5, 0, zone)
	tests := map[string]time.Time{
		"90m":                  now.Add(-90 * time.Minute),
		"24h":                  now.Add(-24 * time.Hour),
		"0d":                   now,
		"7d":                   time.Date(2026, 11, 15, 15, 4, 5, 0, zone),
		"2w":                   time.Date(2026, 11, 8, 15, 4, 5, 0, zone),
		"2026-11-20":           time.Date(2026, 11, 20, 0, 0, 0, 0, zone),
		"2026-11-20T10:00:00Z": time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC),
	}
	for text, want := range tests {
		got, err := parseSince(text, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("parseSince(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-7d", "-1h", "soon", "7 d", "2026-13-01"} {
		if got, err := parseSince(text, now); err == nil {
			t.Errorf("parseSince(%q) = %v, want an error", text, got)
		}
	}
}
