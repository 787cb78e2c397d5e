package upstream_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// When a provider says that it will serve again, in every form that is in use.
func TestReset(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	epoch := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for _, tt := range []struct {
		name   string
		header []string // name, value
		want   time.Duration
	}{
		{"nothing", nil, 0},
		{"seconds", []string{"retry-after", "7"}, 7 * time.Second},
		{"a part of a second", []string{"retry-after", "1.5"}, 1500 * time.Millisecond},
		{"a date", []string{"retry-after", "Sun, 01 Mar 2026 12:00:20 GMT"}, 20 * time.Second},
		{"a date gone by", []string{"retry-after", "Sun, 01 Mar 2026 11:00:00 GMT"}, 0},
		{"a word", []string{"retry-after", "soon"}, 0},
		{"below zero", []string{"retry-after", "-3"}, 0},
		{"no number", []string{"retry-after", "NaN"}, 0},
		{"for ever", []string{"retry-after", "1e300"}, 0},
		{"milliseconds", []string{"retry-after-ms", "120", "retry-after", "9"}, 120 * time.Millisecond},
		{"what is asked for comes before limits", []string{"retry-after", "2", "x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "6m0s"}, 2 * time.Second},
		{"OpenAI, requests", []string{"x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "6m0s", "x-ratelimit-remaining-tokens", "149984", "x-ratelimit-reset-tokens", "24h0m0s"}, 6 * time.Minute},
		{"OpenAI, tokens", []string{"x-ratelimit-remaining-requests", "59", "x-ratelimit-reset-requests", "1s", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "20ms"}, 20 * time.Millisecond},
		{"OpenAI, both", []string{"x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "1s", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "3s"}, 3 * time.Second},
		{"OpenAI, nothing used up", []string{"x-ratelimit-remaining-requests", "5", "x-ratelimit-reset-requests", "1s"}, 0},
		{"OpenAI, without what is left", []string{"x-ratelimit-reset-requests", "1s"}, 0},
		{"Groq", []string{"x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "7.66s", "x-ratelimit-remaining-requests", "14370", "x-ratelimit-reset-requests", "2m59.56s"}, 7660 * time.Millisecond},
		{"Azure", []string{"x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "12"}, 12 * time.Second},
		{"Azure, unknown", []string{"x-ratelimit-remaining-tokens", "-1", "x-ratelimit-reset-tokens", "12"}, 0},
		{"Cerebras", []string{"x-ratelimit-remaining-tokens-minute", "0", "x-ratelimit-reset-tokens-minute", "11.38"}, 11380 * time.Millisecond},
		{"OpenRouter", []string{"x-ratelimit-limit", "20", "x-ratelimit-remaining", "0", "x-ratelimit-reset", epoch(40*time.Second) + "000"}, 40 * time.Second},
		{"seconds since 1970", []string{"x-ratelimit-remaining", "0", "x-ratelimit-reset", epoch(time.Minute)}, time.Minute},
		{"seconds from now", []string{"x-ratelimit-reset", "30"}, 30 * time.Second},
		{"some left", []string{"x-ratelimit-remaining", "3", "x-ratelimit-reset", "30"}, 0},
		{"Anthropic", []string{"anthropic-ratelimit-requests-remaining", "49", "anthropic-ratelimit-requests-reset", "2026-03-01T13:00:00Z", "anthropic-ratelimit-input-tokens-remaining", "0", "anthropic-ratelimit-input-tokens-reset", "2026-03-01T12:00:35Z"}, 35 * time.Second},
		{"a subscription of Anthropic's", []string{"anthropic-ratelimit-unified-status", "rejected", "anthropic-ratelimit-unified-reset", epoch(2 * time.Hour)}, 2 * time.Hour},
		{"one that is not used up", []string{"anthropic-ratelimit-unified-status", "allowed", "anthropic-ratelimit-unified-reset", epoch(2 * time.Hour)}, 0},
	} {
		h := http.Header{}
		for i := 0; i+1 < len(tt.header); i += 2 {
			h.Set(tt.header[i], tt.header[i+1])
		}
		// Seconds since 1970 do not fit a float64 to the nanosecond.
		if got := upstream.Reset(h, now).Round(10 * time.Microsecond); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
