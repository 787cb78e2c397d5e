package cli

import (
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -999: "-999", -123456: "-123,456",
	} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for micros, want := range map[int64]string{0: "-", 900: "0 ms", 812_345: "812 ms", 1_250_000: "1.2 s", 75_000_000: "75.0 s"} {
		if got := elapsed(micros); got != want {
			t.Errorf("elapsed(%d) = %s, want %s", micros, got, want)
		}
	}
}

func TestRecordLine(t *testing.T) {
	at := time.Date(2026, 11, 22, 15, 4, 5, 0, time.Local)
	tests := []struct {
		name   string
		record usage.Record
		want   string
	}{
		{
			"served by a fallback",
			usage.Record{
				Time: at, Status: 200, Model: "fast", Backend: "gpt-5", Provider: "openai", Outcome: usage.Success,
				Usage: llm.Usage{Input: 1000, CacheRead: 234, Output: 56}, Timing: usage.Timing{Total: 812_000},
				Attempts: make([]usage.Attempt, 2),
			},
			"2026-11-22 15:04:05  200  fast                        → gpt-5 (openai)                      1,234 in      56 out    812 ms  2 attempts",
		},
		{
			"a target was left alone",
			usage.Record{
				Time: at, Status: 200, Model: "fast", Backend: "fast", Outcome: usage.Success, Timing: usage.Timing{Total: 812_000},
				Attempts: []usage.Attempt{{Skipped: "circuit open"}, {}},
			},
			"2026-11-22 15:04:05  200  fast                                                                                      812 ms  1 passed over",
		},
		{
			"no such model",
			usage.Record{Time: at, Status: 404, Model: "x", Outcome: usage.Failed, ErrorKind: "not_found", ErrorMessage: "no\n\x1b[31mmodel"},
			"2026-11-22 15:04:05  404  x                                                                                              -  not_found: no [31mmodel",
		},
		{
			"long names",
			usage.Record{
				Time: at, Status: 200, Model: "anthropic/claude-sonnet-4-5-20250929", Backend: "claude-sonnet-4-5-20250929",
				Provider: "anthropic", Outcome: usage.Success, Timing: usage.Timing{Total: 812_000},
			},
			"2026-11-22 15:04:05  200  anthropic/claude-sonnet-4…  → claude-sonnet-4-5… (anthropic)                              812 ms",
		},
		{
			"client gone",
			usage.Record{Time: at, Status: 200, Outcome: usage.Cancelled, Timing: usage.Timing{Total: 2_000_000}},
			"2026-11-22 15:04:05  200  -                                                                                          2.0 s  cancelled by the client",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := recordLine(tt.record); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}
