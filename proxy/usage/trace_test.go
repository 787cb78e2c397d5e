package usage_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

type entries []usage.Entry

func (e *entries) Record(entry usage.Entry) { *e = append(*e, entry) }

// TestAnswersInParts: the memory of an answer is used again for the next one,
// while the first still waits for the database.
func TestAnswersInParts(t *testing.T) {
	var got entries
	tracker := usage.NewTracker(&got, nil)
	for _, word := range []string{"first", "other", "bound"} {
		keep := usage.Keep{Bodies: true, Limit: 4000}
		if word == "bound" {
			keep.Limit = 12
		}
		trace := tracker.Begin(time.Now(), usage.Record{}, nil, nil, keep)
		for range 100 {
			trace.Capture([]byte(word))
		}
		trace.Finish(http.Header{})
	}
	for i, want := range []string{strings.Repeat("first", 100), strings.Repeat("other", 100), "boundboundbo"} {
		b := got[i].Bodies
		if string(b.ResponseBody) != want || b.ResponseCut != (i == 2) {
			t.Errorf("%d: %q, cut %v", i, b.ResponseBody, b.ResponseCut)
		}
		if spare := cap(b.ResponseBody) - len(b.ResponseBody); spare > 100 {
			t.Errorf("%d: %d bytes wait for nothing", i, spare)
		}
	}
}
