package usage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeStore is a Store that remembers batches and fails on demand.
type fakeStore struct {
	Store // the rest is not used by a Recorder

	mu      sync.Mutex
	batches [][]ID
	at      []time.Time
	fail    func(entries []Entry) error
	hang    bool
}

func (s *fakeStore) Append(ctx context.Context, entries []Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.fail != nil {
		if err := s.fail(entries); err != nil {
			return err
		}
	}
	var ids []ID
	for _, e := range entries {
		ids = append(ids, e.Record.ID)
	}
	s.batches = append(s.batches, ids)
	s.at = append(s.at, time.Now())
	return nil
}

func (s *fakeStore) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = func([]Entry) error { return err }
}

func (s *fakeStore) stored() []ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.batches...)
}

func entryOf(id ID) Entry {
	return Entry{Record: Record{ID: id, RequestID: fmt.Sprint(id), Model: "m", Attempts: []Attempt{{Backend: "b"}}}}
}

func entryWithBody(id ID, size int) Entry {
	e := entryOf(id)
	e.Record.HasBodies = true
	e.Bodies = &Bodies{RequestBody: []byte(strings.Repeat("x", size))}
	return e
}

func recordAll(r *Recorder, from, to ID) {
	for id := from; id <= to; id++ {
		r.Record(entryOf(id))
	}
}

func ids(from, to ID) []ID {
	var out []ID
	for id := from; id <= to; id++ {
		out = append(out, id)
	}
	return out
}

func closeRecorder(t *testing.T, r *Recorder) {
	t.Helper()
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func expect(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var errDown = errors.New("no route to database")

func TestBatchWaitsForMoreButNotLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{}
		var told []ID
		r := NewRecorder(store, RecorderOptions{BatchSize: 10, Stored: func(records []Record) {
			for _, rec := range records {
				told = append(told, rec.ID)
			}
		}})
		begin := time.Now()
		recordAll(r, 1, 3)
		time.Sleep(60 * time.Millisecond)
		recordAll(r, 4, 5)
		synctest.Wait()
		expect(t, "stored too early", []ID(nil), store.stored())
		time.Sleep(time.Second)
		expect(t, "stored", ids(1, 5), store.stored())
		expect(t, "after", 100*time.Millisecond, store.at[0].Sub(begin))

		recordAll(r, 6, 30) // two full batches go at once, the rest waits
		synctest.Wait()
		expect(t, "full batches", [][]ID{ids(1, 5), ids(6, 15), ids(16, 25)}, store.batches)
		closeRecorder(t, r)
		expect(t, "all", ids(1, 30), store.stored())
		expect(t, "told of", ids(1, 30), told)
		recordAll(r, 31, 31)
		expect(t, "after Close", RecorderStats{DroppedRecords: 1}, r.Stats())
	})
}

func TestFullQueueDropsBodiesThenRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{hang: true}
		r := NewRecorder(store, RecorderOptions{QueueSize: 8, QueueBytes: 1000, BatchSize: 1, SpoolDir: t.TempDir()})
		r.Record(entryOf(1)) // hangs in the store
		synctest.Wait()
		r.Record(entryWithBody(2, 600))
		r.Record(entryWithBody(3, 600)) // over the bytes
		r.Record(entryWithBody(4, 300))
		recordAll(r, 5, 7)
		r.Record(entryWithBody(8, 1)) // three quarters full
		r.Record(entryOf(9))
		r.Record(entryOf(10)) // over the number
		expect(t, "stats", RecorderStats{Queued: 8, DroppedBodies: 2, DroppedRecords: 1}, r.Stats())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		expect(t, "spooled", int64(9), r.Stats().Spooled)
	})
}

func TestEntriesWaitOnDiskForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		store := &fakeStore{}
		store.failWith(errDown)
		r := NewRecorder(store, RecorderOptions{SpoolDir: filepath.Join(dir, "spool"), BatchSize: 10})
		r.Record(entryWithBody(1, 50))
		recordAll(r, 2, 25)
		time.Sleep(20 * time.Second)
		stats := r.Stats()
		expect(t, "spooled", int64(25), stats.Spooled)
		expect(t, "reason", errDown.Error(), stats.LastError)
		if stats.SpoolBytes == 0 {
			t.Error("spool of no bytes")
		}
		files, err := os.ReadDir(filepath.Join(dir, "spool"))
		if err != nil || len(files) == 0 {
			t.Fatalf("spool files: %v, %v", files, err)
		}
		for _, f := range files {
			if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v, %v", f.Name(), info.Mode(), err)
			}
		}
		store.failWith(nil)
		recordAll(r, 26, 27)
		time.Sleep(lastRetry)
		synctest.Wait()
		expect(t, "stored", ids(1, 27), store.stored())
		expect(t, "stats", RecorderStats{}, r.Stats())
		closeRecorder(t, r)
	})
}

func TestSpoolIsStoredAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := RecorderOptions{SpoolDir: t.TempDir(), BatchSize: 2}
		store := &fakeStore{}
		for run := range ID(3) { // three runs that find no database
			store.failWith(errDown)
			r := NewRecorder(store, o)
			recordAll(r, run*5+1, run*5+5)
			closeRecorder(t, r)
		}
		r := NewRecorder(store, o) // which tries at once
		expect(t, "found", int64(15), r.Stats().Spooled)
		store.failWith(nil)
		time.Sleep(lastRetry)
		expect(t, "stored", ids(1, 15), store.stored())
		closeRecorder(t, r)
		left, err := os.ReadDir(o.SpoolDir)
		if err != nil || len(left) != 0 {
			t.Errorf("left in the spool: %v, %v", left, err)
		}
	})
}

func TestDamagedSpool(t *testing.T) {
	for name, damage := range map[string]struct {
		change func([]byte) []byte
		want   []ID
	}{
		"torn frame":        {func(b []byte) []byte { return b[:len(b)-7] }, []ID{1, 2, 3, 4, 100}},
		"torn header":       {func(b []byte) []byte { return append(b, 9, 9, 9) }, []ID{1, 2, 3, 4, 5, 6, 100}},
		"absurd length":     {func(b []byte) []byte { return append(b, "\xff\xff\xff\xff\x01\x00\x00\x00abcdefgh"...) }, []ID{1, 2, 3, 4, 5, 6, 100}},
		"flipped bit":       {func(b []byte) []byte { b[len(spoolMagic)+frameHeader+20] ^= 4; return b }, []ID{3, 4, 5, 6, 100}},
		"empty file":        {func([]byte) []byte { return nil }, []ID{100}},
		"half a first line": {func(b []byte) []byte { return b[:5] }, []ID{100}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := openSpool(dir, 1<<20, RecorderOptions{}.withDefaults().Log)
				for id := ID(1); id <= 5; id += 2 {
					if err := s.put([]Entry{entryOf(id), entryOf(id + 1)}); err != nil {
						t.Fatal(err)
					}
				}
				path := s.segments[0].path
				s.close()
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, damage.change(data), 0o600); err != nil {
					t.Fatal(err)
				}
				store := &fakeStore{}
				r := NewRecorder(store, RecorderOptions{SpoolDir: dir})
				time.Sleep(time.Second)
				r.Record(entryOf(100))
				closeRecorder(t, r)
				expect(t, "stored", damage.want, store.stored())
				if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
					t.Errorf("left in the spool: %v, %v", left, err)
				}
			})
		})
	}
}

func TestFullSpoolDropsBodiesThenRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{}
		store.failWith(errDown)
		r := NewRecorder(store, RecorderOptions{SpoolDir: t.TempDir(), SpoolBytes: 2000, BatchSize: 1, AppendTimeout: time.Second})
		noise := entryWithBody(1, 0)
		for i := range 3000 {
			noise.Bodies.RequestBody = append(noise.Bodies.RequestBody, byte(i*i>>3^i*7919>>5))
		}
		r.Record(noise)
		time.Sleep(time.Second)
		recordAll(r, 2, 20)
		time.Sleep(time.Second)
		stats := r.Stats()
		if stats.DroppedBodies != 1 || stats.DroppedRecords == 0 || stats.Spooled == 0 || stats.Spooled+stats.DroppedRecords != 20 {
			t.Errorf("stats %+v", stats)
		}
		if stats.SpoolBytes > 2000 {
			t.Errorf("spool of %d bytes", stats.SpoolBytes)
		}
		closeRecorder(t, r)
	})
}

func TestSpoolThatTakesNothingLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{}
		store.failWith(errDown)
		dir := filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the folder should be
			t.Fatal(err)
		}
		r := NewRecorder(store, RecorderOptions{SpoolDir: dir, BatchSize: 2, QueueSize: 10})
		recordAll(r, 1, 2)
		time.Sleep(firstRetry * 3 / 2) // the writer has found out, and waits
		recordAll(r, 3, 12)
		time.Sleep(time.Minute)
		stats := r.Stats()
		if stats.Queued != 10 || stats.DroppedRecords != 2 || !strings.Contains(stats.LastError, "spool") {
			t.Errorf("stats %+v", stats)
		}
		store.failWith(nil)
		time.Sleep(lastRetry + time.Second)
		expect(t, "stored", ids(1, 10), store.stored())
		expect(t, "stats", RecorderStats{DroppedRecords: 2}, r.Stats())
		store.failWith(errDown)
		r.Record(entryOf(13))
		if err := r.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 requests") {
			t.Errorf("close: %v", err)
		}
	})
}

// TestWaitsSaysWhere: what a person is told must be true when the spool takes
// nothing either, and when it does again.
func TestWaitsSaysWhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{}
		store.failWith(errDown)
		dir := filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the folder should be
			t.Fatal(err)
		}
		var last atomic.Pointer[Waiting]
		r := NewRecorder(store, RecorderOptions{SpoolDir: dir, BatchSize: 2, QueueSize: 4, Waits: func(w Waiting) { last.Store(&w) }})
		recordAll(r, 1, 2)
		time.Sleep(firstRetry / 2)
		if w := last.Load(); w == nil || !errors.Is(w.Err, errDown) || w.Spool == nil || w.LostRecords != 0 {
			t.Fatalf("while nothing takes it: %+v", w)
		}
		recordAll(r, 3, 6)
		time.Sleep(2 * lastRetry)
		if w := last.Load(); w.Spool == nil || w.LostRecords != 2 {
			t.Errorf("with a full queue: %+v", w)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * lastRetry)
		if w := last.Load(); !errors.Is(w.Err, errDown) || w.Spool != nil {
			t.Errorf("while the spool takes it: %+v", w)
		}
		expect(t, "spooled", int64(4), r.Stats().Spooled)
		store.failWith(nil)
		time.Sleep(2 * lastRetry)
		expect(t, "when all is well", Waiting{}, *last.Load())
		expect(t, "stored", ids(1, 4), store.stored())
		closeRecorder(t, r)
	})
}

// TestQueueGoesToTheSpoolOnceItHasRoom, also when the spool holds something
// already that the store does not take.
func TestQueueGoesToTheSpoolOnceItHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{}
		store.failWith(errDown)
		dir := filepath.Join(t.TempDir(), "spool")
		r := NewRecorder(store, RecorderOptions{SpoolDir: dir, BatchSize: 2})
		recordAll(r, 1, 2)
		time.Sleep(firstRetry / 2)
		expect(t, "spooled", int64(2), r.Stats().Spooled)
		time.Sleep(firstRetry) // the segment was read, the next one is new
		if err := os.Rename(dir, dir+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		recordAll(r, 3, 4)
		time.Sleep(200 * time.Millisecond)
		expect(t, "in memory", 2, r.Stats().Queued)
		if err := errors.Join(os.Remove(dir), os.Rename(dir+".away", dir)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * lastRetry)
		expect(t, "spooled", int64(4), r.Stats().Spooled)
		closeRecorder(t, r)
	})
}

func TestRejectedEntryDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{fail: func(entries []Entry) error {
			for _, e := range entries {
				if e.Record.ID == 3 || e.Record.ID == 4 && e.Bodies != nil {
					return fmt.Errorf("bad value: %w", ErrRejected)
				}
			}
			return nil
		}}
		r := NewRecorder(store, RecorderOptions{SpoolDir: t.TempDir()})
		recordAll(r, 1, 3)
		r.Record(entryWithBody(4, 10))
		recordAll(r, 5, 6)
		time.Sleep(time.Second)
		expect(t, "stored", []ID{1, 2, 4, 5, 6}, store.stored())
		expect(t, "stats", RecorderStats{DroppedBodies: 1, DroppedRecords: 1}, r.Stats())
		closeRecorder(t, r)
	})
}

func TestStoreThatHangsCountsAsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{hang: true}
		r := NewRecorder(store, RecorderOptions{SpoolDir: t.TempDir(), AppendTimeout: 5 * time.Second})
		recordAll(r, 1, 3)
		time.Sleep(6 * time.Second)
		if s := r.Stats(); s.Spooled != 3 || s.LastError == "" {
			t.Errorf("stats %+v", s)
		}
		closeRecorder(t, r)
	})
}
