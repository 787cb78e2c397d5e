package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func withBodies(at time.Time, size int) usage.Entry {
	noise := make([]byte, size)
	rand.NewChaCha8([32]byte{}).Read(noise) //nolint:errcheck // it never fails
	return usage.Entry{Record: record(at), Bodies: &usage.Bodies{RequestBody: noise}}
}

func TestBodiesComeBackAsTheyWere(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		want := usage.Bodies{
			RequestHeader:  http.Header{"Content-Type": {"application/json"}, "X-Twice": {"a", "b"}},
			RequestBody:    []byte(`{"model":"fast"}`),
			ResponseHeader: http.Header{"Date": {"today"}},
			ResponseBody:   append(bytes.Repeat([]byte("data: {}\n\n"), 100_000), 0, 0xff),
			ResponseCut:    true,
		}
		e := usage.Entry{Record: record(noon), Bodies: &want}
		add(t, db, e, entries(record(noon.Add(time.Second)))[0])
		got, err := db.Bodies(t.Context(), e.Record.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("bodies (-want +got):\n%s", diff)
		}
		list, err := db.List(t.Context(), usage.Filter{}, usage.Page{})
		if err != nil || list[0].HasBodies || !list[1].HasBodies {
			t.Errorf("has bodies: %v, %v", list, err)
		}
		for _, id := range []usage.ID{list[0].ID, 17} {
			if _, err := db.Bodies(t.Context(), id); !errors.Is(err, usage.ErrNotFound) {
				t.Errorf("bodies of %d: %v", id, err)
			}
		}
	})
}

// TestPruneDropsWholeDays has five days of about a megabyte each.
func TestPruneDropsWholeDays(t *testing.T) {
	const each = 1 << 20
	lastDay := noon.Truncate(24 * time.Hour).Add(4 * 24 * time.Hour)
	now := lastDay.Add(20 * time.Hour)
	for name, test := range map[string]struct {
		age   time.Duration
		bytes int64
		left  int
	}{
		"no limits":                {0, 0, 5},
		"young enough":             {5 * 24 * time.Hour, 0, 5},
		"two days old":             {48 * time.Hour, 0, 3},
		"under the cap":            {0, 20 * each, 5},
		"over the cap":             {0, 3 * each, 2},
		"today over the cap alone": {0, each / 2, 0},
		"both":                     {96 * time.Hour, 4 * each, 3},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, db *DB) {
				var all []usage.Entry
				for i := range 5 {
					all = append(all, withBodies(lastDay.Add(time.Duration(i-4)*24*time.Hour+time.Hour), each))
				}
				add(t, db, all...)
				if err := db.Prune(t.Context(), now, test.age, test.bytes); err != nil {
					t.Fatal(err)
				}
				for i, e := range all {
					_, err := db.Bodies(t.Context(), e.Record.ID)
					if want := i >= 5-test.left; want != (err == nil) || err != nil && !errors.Is(err, usage.ErrNotFound) {
						t.Errorf("day %d: %v, want it there: %v", i, err, want)
					}
				}
				size, err := db.Size(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if size.Records != 5 || size.Bodies != int64(test.left) {
					t.Errorf("%d records, %d bodies", size.Records, size.Bodies)
				}
				if low, high := int64(test.left)*each*9/10, int64(test.left)*each*14/10; size.Body < low || size.Body > high {
					t.Errorf("bodies take %d bytes, not %d to %d", size.Body, low, high)
				}
				add(t, db, withBodies(now, each)) // pruning stops nobody
			})
		})
	}
}

// TestBodiesOfADroppedDayCanComeBack is a spool replayed after its day was
// pruned.
func TestBodiesOfADroppedDayCanComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		add(t, db, withBodies(noon, 100))
		if err := db.Prune(t.Context(), noon.Add(72*time.Hour), time.Hour, 0); err != nil {
			t.Fatal(err)
		}
		late := withBodies(noon.Add(time.Second), 100)
		add(t, db, late)
		if _, err := db.Bodies(t.Context(), late.Record.ID); err != nil {
			t.Error(err)
		}
	})
}

// FuzzDecodeCells likewise.
func FuzzDecodeCells(f *testing.F) {
	c := cell{requests: 2, last: 1 << 50, totalSum: 300}
	c.total.add(5, 1)
	c.total.add(200, 1)
	f.Add(encodeCell(7, &c), true)
	f.Add(encodeCell(7, &c), false)
	f.Fuzz(func(_ *testing.T, blob []byte, percentiles bool) {
		var sum cell
		_ = decodeCells(blob, percentiles, func(head) *cell { return &sum })
	})
}

// TestVarints reads numbers of every length, with and without others behind them.
func TestVarints(t *testing.T) {
	for shift := range 64 {
		for _, v := range []uint64{1 << shift, 1<<shift - 1, 1<<shift | 1, math.MaxUint64 >> shift} {
			for behind := range 10 {
				b := append(binary.AppendUvarint([]byte{0x80}, v), bytes.Repeat([]byte{0xff}, behind)...)
				r := reader{b: b, at: 1}
				if got := r.uvarint(); got != v || r.failed || len(b)-r.at != behind {
					t.Fatalf("%d with %d bytes behind it: read %d up to %d, failed %v", v, behind, got, r.at, r.failed)
				}
			}
		}
	}
}
