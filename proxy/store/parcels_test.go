package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// conversation is the n-th request of a program: like the others but for a
// few words.
func conversation(n int) *usage.Bodies {
	return &usage.Bodies{
		RequestHeader:  http.Header{"Content-Type": {"application/json"}, "User-Agent": {"cline/3.1"}, "X-N": {fmt.Sprint(n)}},
		RequestBody:    fmt.Appendf(nil, `{"model":"fast","messages":[{"role":"user","content":"What is %d in words?"}]}`, n),
		ResponseHeader: http.Header{"Content-Type": {"application/json"}},
		ResponseBody:   fmt.Appendf(nil, `{"choices":[{"message":{"role":"assistant","content":"It is %x."}}]}`, n),
		RequestCut:     n%2 > 0,
	}
}

// TestManyBodiesInOneAppend has sizes around the limit of a parcel, records
// without bodies, two days in turn, and reads in no order.
func TestManyBodiesInOneAppend(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		r := rand.New(rand.NewPCG(3, 3))
		midnight := noon.Truncate(24 * time.Hour)
		var batch []usage.Entry
		for i := range 150 {
			at := midnight.Add(time.Duration(r.IntN(20)-10)*time.Second + time.Duration(i)*time.Millisecond)
			e := usage.Entry{Record: record(at)}
			if i%7 > 0 {
				e.Bodies = conversation(i)
			}
			switch i {
			case 20, 21:
				e.Bodies = conversation(i)
				e.Bodies.RequestBody = bytes.Repeat([]byte{byte(i)}, parcelBytes+i)
			case 25:
				e.Bodies = conversation(i)
				e.Bodies.ResponseBody = bytes.Repeat([]byte{byte(i)}, parcelBytes+i)
			case 40, 41, 42:
				e.Bodies = &usage.Bodies{RequestBody: bytes.Repeat([]byte{byte(i)}, parcelBytes/2-6)}
			case 60:
				e.Bodies = &usage.Bodies{}
			}
			batch = append(batch, e)
		}
		add(t, db, batch...)
		holdsBodies(t, db, batch)
		r.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		holdsBodies(t, db, batch)

		// One day goes and the other stays.
		if err := db.Prune(t.Context(), midnight.Add(time.Hour), time.Hour, 0); err != nil {
			t.Fatal(err)
		}
		for i := range batch {
			if batch[i].Record.Time.Before(midnight) {
				batch[i].Bodies = nil
			}
		}
		holdsBodies(t, db, batch)
		left := len(batch) - len(slices.DeleteFunc(slices.Clone(batch), func(e usage.Entry) bool { return e.Bodies != nil }))
		if size, err := db.Size(t.Context()); err != nil || size.Bodies != int64(left) {
			t.Errorf("%d bodies counted of %d, %v", size.Bodies, left, err)
		}
	})
}

// holdsBodies checks that the store has exactly the bodies of these entries.
func holdsBodies(t *testing.T, db *DB, want []usage.Entry) {
	t.Helper()
	for i := range want {
		got, err := db.Bodies(t.Context(), want[i].Record.ID)
		if want[i].Bodies == nil {
			if !errors.Is(err, usage.ErrNotFound) {
				t.Errorf("entry %d has no bodies: %v", i, err)
			}
			continue
		}
		if diff := cmp.Diff(*want[i].Bodies, got); diff != "" || err != nil {
			t.Errorf("entry %d: %v (-want +got):\n%.500s", i, err, diff)
		}
	}
}

func parcelIDs(t *testing.T, db *DB) []int64 {
	t.Helper()
	var ids []int64
	if err := db.reader.NewSelect().Table("records").Column("parcel").Distinct().Order("parcel").Scan(t.Context(), &ids); err != nil {
		t.Fatal(err)
	}
	return ids
}

func conversations(from time.Time, n int) []usage.Entry {
	batch := make([]usage.Entry, n)
	for i := range batch {
		batch[i] = usage.Entry{Record: record(from.Add(time.Duration(i) * time.Millisecond)), Bodies: conversation(i)}
	}
	return batch
}

// TestBatchSentAgain: the same parcel takes no second place, whether its
// records were stored or, after a crash, were not.
func TestBatchSentAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		batch := conversations(noon, 30)
		last := int64(batch[29].Record.ID)
		for _, forget := range []string{"", "", "DELETE FROM records"} {
			if forget != "" {
				execute(t, db, forget)
			}
			again := slices.Clone(batch)
			add(t, db, again...)
			if !again[0].Record.HasBodies {
				t.Error("the record does not say that it has bodies")
			}
			holdsBodies(t, db, batch)
			if ids := parcelIDs(t, db); !slices.Equal(ids, []int64{last}) {
				t.Errorf("parcels %d, want %d", ids, last)
			}
			if _, err := db.backend.parcel(t.Context(), last+1); !errors.Is(err, usage.ErrNotFound) {
				t.Errorf("a second parcel: %v", err)
			}
		}
	})
}

// TestParcelIDTaken: other processes have the last microsecond of the day and
// the first one of it.
func TestParcelIDTaken(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		end := noon.UnixMicro()/day*day + day - 1
		batch := conversations(timeOf(end).Add(-time.Millisecond), 2)
		add(t, db, batch...) // makes the day
		for _, id := range []int64{end - end%day, end - 1} {
			occupy(t, db, id)
		}
		later := conversations(timeOf(end-2001), 3)[1:] // up to end-1
		add(t, db, later...)
		holdsBodies(t, db, append(batch, later...))
		if ids := parcelIDs(t, db); !slices.Equal(ids, []int64{end - end%day + 1, end}) {
			t.Errorf("parcels %d in the day that ends with %d", ids, end)
		}
	})
}

// occupy puts something else where a parcel would go.
func occupy(t *testing.T, db *DB, id int64) {
	t.Helper()
	tx, err := db.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := db.backend.putParcel(t.Context(), tx, &parcel{id: id, data: []byte("another process")})
	if err != nil || !stored {
		t.Fatalf("stored: %v, %v", stored, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestNextInDay(t *testing.T) {
	for id, want := range map[int64]int64{5*day + 7: 5*day + 8, 6*day - 1: 5 * day} {
		if got := nextInDay(id); got != want {
			t.Errorf("after %d: %d, want %d", id, got, want)
		}
	}
}

// TestSimilarRequestsShareTheirWords: a hundred together take a fraction of
// what they take one by one.
func TestSimilarRequestsShareTheirWords(t *testing.T) {
	var c compressor
	size := func(entries ...usage.Entry) int {
		parcels, err := c.parcels(&batch{entries: entries, rows: make([]row, len(entries))})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range parcels {
			n += len(p.data)
		}
		return n
	}
	all := conversations(noon, 100)
	single := 0
	for _, e := range all {
		single += size(e)
	}
	if together := size(all...); together*5 > single {
		t.Errorf("%d bytes together, %d one by one", together, single)
	}
}

// FuzzOpenParcel: damage on disk is an error, never a crash, and what can be
// read is read again after writing.
func FuzzOpenParcel(f *testing.F) {
	plain := appendBodies(nil, &usage.Bodies{RequestHeader: http.Header{"A": {"b", ""}}, ResponseBody: []byte("c"), RequestCut: true})
	f.Add(plain, 0)
	f.Add(appendBodies(plain, conversation(1)), 1)
	f.Add(plain, 1)
	f.Fuzz(func(t *testing.T, plain []byte, part int) {
		v, err := openParcel(plain, part)
		if err != nil {
			return
		}
		again, err := openParcel(appendBodies(appendBodies(nil, conversation(part)), &v), 1)
		if diff := cmp.Diff(v, again); diff != "" || err != nil {
			t.Errorf("%v (-first +second):\n%s", err, diff)
		}
	})
}

// FuzzParcelData is damage that compression has to notice.
func FuzzParcelData(f *testing.F) {
	var c compressor
	entries := conversations(noon, 3)
	parcels, err := c.parcels(&batch{entries: entries, rows: make([]row, len(entries))})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(parcels[0].data)
	f.Fuzz(func(_ *testing.T, data []byte) {
		if plain, err := c.decompress(data); err == nil {
			_, _ = openParcel(plain, 2)
		}
	})
}
