package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// crashChild names the folder of a child process that records until it is
// killed.
const crashChild = "YALLM_CRASH_CHILD"

// appendUntilKilled records a request every few milliseconds and prints each
// id once Record has returned.
func appendUntilKilled(dir string) {
	db, err := Open(context.Background(), Options{Path: filepath.Join(dir, "yallm.db")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	r := usage.NewRecorder(db, usage.RecorderOptions{SpoolDir: filepath.Join(dir, "spool")})
	for {
		e := withBodies(time.Now(), 2000)
		e.Record.HasBodies = true
		r.Record(e)
		fmt.Println(int64(e.Record.ID))
		time.Sleep(3 * time.Millisecond)
	}
}

// TestKilledProcessLosesAQuarterSecond kills a recording process and looks for
// every request older than a quarter second before the last.
func TestKilledProcessLosesAQuarterSecond(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashChild+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []int64
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		id, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			break // cut by the kill
		}
		if ids = append(ids, id); len(ids) == 300 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait()
	db := openTest(t, Options{Path: filepath.Join(dir, "yallm.db")})
	stored := map[int64]bool{}
	for page := (usage.Page{Limit: maxPage}); ; {
		records, err := db.List(t.Context(), usage.Filter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			stored[int64(r.ID)] = true
			if _, err := db.Bodies(t.Context(), r.ID); err != nil {
				t.Errorf("record %d: %v", r.ID, err)
			}
		}
		if len(records) < maxPage {
			break
		}
		page.Before = records[len(records)-1].ID
	}
	lost := 0
	for _, id := range ids {
		if !stored[id] {
			lost++
			if age := time.Duration(ids[len(ids)-1]-id) * time.Microsecond; age > crashLoss {
				t.Errorf("record %d is lost, %v before the end", id, age)
			}
		}
	}
	t.Logf("%d recorded, %d lost", len(ids), lost)
	var check string
	if err := db.reader.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity: %s, %v", check, err)
	}
	totals, err := db.Totals(t.Context(), usage.Filter{})
	if err != nil || totals.Requests != int64(len(stored)) {
		t.Errorf("roll-ups know %d of %d requests, %v", totals.Requests, len(stored), err)
	}
}

// TestReadersWhileWriting asks for sums while batches come in: each answer is
// of one moment, so it agrees with itself, and nobody waits for a lock.
func TestReadersWhileWriting(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				last := int64(0)
				for {
					select {
					case <-stop:
						return
					default:
					}
					rows, err := db.Breakdown(t.Context(), usage.Filter{}, usage.ByModel)
					if err != nil {
						t.Error(err)
						return
					}
					var n int64
					for _, r := range rows {
						n += r.Totals.Requests
					}
					if n < last || n%10 != 0 {
						t.Errorf("%d requests after %d: half a batch", n, last)
					}
					last = n
					if _, err := db.List(t.Context(), usage.Filter{Model: "fast"}, usage.Page{Limit: 5}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range 60 {
			batch := make([]usage.Entry, 10)
			for j := range batch {
				batch[j].Record = record(noon.Add(time.Duration(i*10+j) * 3 * time.Minute))
				batch[j].Record.Model = fmt.Sprint(j)
			}
			add(t, db, batch...)
		}
		close(stop)
		readers.Wait()
	})
}

// TestFullDisk limits the database to the pages it has: entries go to the
// spool and come back when there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	db := openTest(t, Options{Path: filepath.Join(dir, "yallm.db")})
	var pages int
	if err := db.writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	execute(t, db, fmt.Sprintf("PRAGMA max_page_count = %d", pages+2))
	r := usage.NewRecorder(db, usage.RecorderOptions{SpoolDir: filepath.Join(dir, "spool")})
	const n = 1000
	for i := range n {
		r.Record(usage.Entry{Record: record(noon.Add(time.Duration(i) * time.Second))})
	}
	await(t, "the spool", func() bool { return r.Stats().Queued == 0 && r.Stats().Spooled > 0 })
	says(t, fmt.Errorf("%s", r.Stats().LastError), dir, "the disk is full", "free some space")
	execute(t, db, "PRAGMA max_page_count = 100000")
	await(t, "the store", func() bool { return r.Stats() == usage.RecorderStats{} })
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if totals, err := db.Totals(t.Context(), usage.Filter{}); err != nil || totals.Requests != n {
		t.Errorf("%d requests, %v", totals.Requests, err)
	}
}

func await(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no end of waiting for %s", what)
		}
	}
}
