package upstream

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longestReset is more than any provider means: a year.
const longestReset = 365 * 24 * time.Hour

// Reset reads from a refusal when the provider will serve again, as a time from
// now; 0 when it does not say. What asks for a wait comes first: Retry-After in
// either form (RFC 9110, 10.2.3) or OpenAI's finer retry-after-ms. Then come the
// limits that the answer reports, of which only those count that are used up:
//
//   - x-ratelimit-reset-requests, -tokens and other ends, of OpenAI ("6m0s"),
//     Groq ("7.66s"), Azure and Cerebras (seconds);
//   - x-ratelimit-reset, of OpenRouter (milliseconds since 1970) and others;
//   - anthropic-ratelimit-requests-reset, -input-tokens-reset and so on (RFC
//     3339), and anthropic-ratelimit-unified-reset of subscriptions (seconds
//     since 1970).
//
// They also stand on answers that refuse for another reason, so it should be
// asked of a 429 or a 5xx only.
func Reset(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return span(ms * float64(time.Millisecond))
	}
	if v := h.Get("Retry-After"); v != "" {
		if wait := until(v, now); wait > 0 {
			return wait
		}
	}
	var longest time.Duration
	for name, values := range h {
		if len(values) > 0 && usedUp(h, name) {
			longest = max(longest, until(values[0], now))
		}
	}
	return longest
}

// usedUp reports whether a header tells the reset of a limit of which nothing
// is left.
func usedUp(h http.Header, name string) bool {
	const plain, anthropic = "X-Ratelimit-", "Anthropic-Ratelimit-"
	if name == plain+"Reset" {
		left, told := h[plain+"Remaining"]
		return !told || len(left) > 0 && nothing(left[0])
	}
	if what, ok := strings.CutPrefix(name, plain+"Reset-"); ok {
		return nothing(h.Get(plain + "Remaining-" + what))
	}
	what, ok := strings.CutPrefix(name, anthropic)
	if !ok {
		return false
	}
	if what, ok = strings.CutSuffix(what, "-Reset"); !ok {
		return false
	}
	return h.Get(anthropic+what+"-Status") == "rejected" || nothing(h.Get(anthropic+what+"-Remaining"))
}

func nothing(left string) bool {
	n, err := strconv.ParseFloat(strings.TrimSpace(left), 64)
	return err == nil && n == 0
}

// until reads a moment in any of the forms in use: seconds from now, seconds or
// milliseconds since 1970, a duration of units, RFC 3339, and the date of HTTP.
func until(v string, now time.Time) time.Duration {
	const aSecond, aMillisecond = 1e9, 1e12 // since 1970 the least that is meant
	v = strings.TrimSpace(v)
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		switch {
		case n >= aMillisecond:
			return span(n*float64(time.Millisecond) - float64(now.UnixNano()))
		case n >= aSecond:
			return span(n*float64(time.Second) - float64(now.UnixNano()))
		}
		return span(n * float64(time.Second))
	}
	if d, err := time.ParseDuration(v); err == nil {
		return span(float64(d))
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return span(float64(t.Sub(now)))
	}
	if t, err := http.ParseTime(v); err == nil {
		return span(float64(t.Sub(now)))
	}
	return 0
}

// span makes a wait of nanoseconds; what no provider can mean is none.
func span(ns float64) time.Duration {
	if math.IsNaN(ns) || ns <= 0 || ns > float64(longestReset) {
		return 0
	}
	return time.Duration(ns)
}
