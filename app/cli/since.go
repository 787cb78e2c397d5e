package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseSince reads a point in time as people write it: an age (30m, 24h, 7d,
// 2w), a date (2026-11-20, midnight here) or a full RFC 3339 time.
func parseSince(text string, now time.Time) (time.Time, error) {
	for unit, days := range map[string]int{"d": 1, "w": 7} {
		if n, err := strconv.Atoi(strings.TrimSuffix(text, unit)); err == nil && strings.HasSuffix(text, unit) && n >= 0 {
			return now.AddDate(0, 0, -n*days), nil
		}
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	if date, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return date, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write an age (24h, 7d, 2w) or a date (%s)", text, now.Format(time.DateOnly))
}
