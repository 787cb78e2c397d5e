package usage

import (
	"context"
	"errors"
	"time"
)

// How long the writer waits before it tries a store that did not answer, at
// first and at most.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// writer is the Recorder's goroutine: everything that may take time.
type writer struct {
	*Recorder
	spool *spool

	// wait is the pause before the next attempt at the store; zero while it
	// answers. Until then batches go to the spool.
	wait time.Duration
	// stuck: neither store nor spool takes anything; the queue is left alone.
	stuck bool
	// waiting is what was last told; before is what had been given up when the
	// trouble began.
	waiting Waiting
	before  RecorderStats
}

func (w *writer) run(ctx context.Context) {
	defer close(w.done)
	flush, retry := stoppedTimer(), stoppedTimer()
	flushing, retrying := false, w.spool.pending() // the timers that run
	if retrying {
		retry.Reset(0)
	}
	for {
		select {
		case <-w.wake:
			if n := w.queued(); n > 0 && n < w.o.BatchSize {
				break // wait for more
			}
			w.flush(ctx)
		case <-flush.C:
			flushing = false
			w.flush(ctx)
		case <-retry.C:
			retrying = false
			w.retry(ctx)
		case <-w.closing:
			w.finish(ctx)
			return
		}
		if !retrying && (w.spool.pending() || w.stuck) {
			retry.Reset(w.wait)
			retrying = true
		}
		switch n := w.queued(); {
		case n == 0 || w.stuck:
			flush.Stop()
			flushing = false
		case n >= w.o.BatchSize:
			w.signal()
		case !flushing:
			flush.Reset(w.o.FlushEvery)
			flushing = true
		}
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// flush writes one batch of the queue.
func (w *writer) flush(ctx context.Context) {
	if w.stuck {
		return
	}
	if batch := w.take(); len(batch) > 0 {
		w.write(ctx, batch)
	}
}

// write stores a batch, or spools it, or puts it back.
func (w *writer) write(ctx context.Context, batch []Entry) {
	if w.wait == 0 {
		err := w.append(ctx, batch)
		if err == nil {
			return
		}
		w.down(err)
	}
	err := w.keep(batch)
	w.waiting.Spool = err
	defer w.tell()
	if err == nil {
		w.stuck = false
		return
	}
	if !w.stuck {
		w.o.Log.Error("the spool takes no records either; they wait in memory", "err", err)
	}
	w.note(func(s *RecorderStats) { s.LastError += "; spool: " + err.Error() })
	w.stuck = true
	w.putBack(batch)
}

// down notes that the store does not answer.
func (w *writer) down(err error) {
	if w.wait == 0 {
		w.o.Log.Warn("the database takes no records; they wait until it does", "err", err)
		w.before = w.Stats()
	}
	w.waiting.Err = err
	w.wait = min(max(2*w.wait, firstRetry), lastRetry)
	w.note(func(s *RecorderStats) { s.LastError = err.Error() })
}

// up notes that it answers again.
func (w *writer) up() {
	if w.wait != 0 {
		w.o.Log.Info("the database takes records again")
	}
	w.wait, w.stuck = 0, false
	w.waiting = Waiting{}
	w.note(func(s *RecorderStats) { s.LastError = "" })
}

// tell reports where entries wait.
func (w *writer) tell() {
	if w.waiting.Err != nil {
		now := w.Stats()
		w.waiting.LostRecords = now.DroppedRecords - w.before.DroppedRecords
		w.waiting.LostBodies = now.DroppedBodies - w.before.DroppedBodies
	}
	w.o.Waits(w.waiting)
}

// keep puts a batch in the spool. When that is full, bodies go first and
// then the records.
func (w *writer) keep(batch []Entry) error {
	defer w.noteSpool()
	err := w.spool.put(batch)
	if !errors.Is(err, errSpoolFull) {
		return err
	}
	var bodies int64
	for i := range batch {
		if batch[i].Bodies != nil {
			batch[i].dropBodies()
			bodies++
		}
	}
	w.note(func(s *RecorderStats) { s.DroppedBodies += bodies })
	if err = w.spool.put(batch); errors.Is(err, errSpoolFull) {
		w.note(func(s *RecorderStats) { s.DroppedRecords += int64(len(batch)) })
		return nil
	}
	return err
}

// retry tries the store again: with the oldest batch of the spool, or with
// the head of the queue when the spool could not take it.
func (w *writer) retry(ctx context.Context) {
	defer w.noteSpool()
	batch, spooled := w.spool.peek()
	if !spooled {
		if !w.stuck {
			return
		}
		batch = w.take()
	}
	if err := w.append(ctx, batch); err != nil {
		w.down(err)
		if spooled && w.stuck {
			batch = w.take()
		} else if spooled {
			w.tell()
			return
		}
		w.write(ctx, batch) // there may be room in the spool meanwhile
		return
	}
	if spooled {
		w.spool.advance()
	}
	w.up()
	w.tell()
}

// append stores entries and reports what was stored.
func (w *writer) append(ctx context.Context, entries []Entry) error {
	ctx, cancel := context.WithTimeout(ctx, w.o.AppendTimeout)
	defer cancel()
	if len(entries) == 0 {
		return nil
	}
	err := w.store.Append(ctx, entries)
	if errors.Is(err, ErrRejected) {
		return w.appendEach(ctx, entries, err)
	}
	if err != nil {
		return err
	}
	records := make([]Record, len(entries))
	for i := range entries {
		records[i] = entries[i].Record
	}
	w.o.Stored(records)
	return nil
}

// appendEach finds the entries for which the store rejects a batch. They
// are given up, their bodies first: they would keep all others waiting.
func (w *writer) appendEach(ctx context.Context, entries []Entry, cause error) error {
	if len(entries) > 1 {
		for i := range entries {
			if err := w.append(ctx, entries[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	e := &entries[0]
	if e.Bodies != nil {
		e.dropBodies()
		w.note(func(s *RecorderStats) { s.DroppedBodies++ })
		return w.append(ctx, entries)
	}
	w.o.Log.Error("the database rejects a record; it is given up", "request_id", e.Record.RequestID, "err", cause)
	w.note(func(s *RecorderStats) { s.DroppedRecords++ })
	return nil
}

// finish writes the whole queue down.
func (w *writer) finish(ctx context.Context) {
	w.stuck = false
	for !w.stuck && w.queued() > 0 {
		w.flush(ctx)
	}
	w.spool.close()
}

func (w *writer) noteSpool() {
	entries, bytes := w.spool.size()
	w.note(func(s *RecorderStats) { s.Spooled, s.SpoolBytes = entries, bytes })
}
