package usage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// ErrRejected is wrapped by a Store's error for entries that it will never
// store, however often they are sent.
var ErrRejected = errors.New("rejected by the database")

// RecorderOptions are the limits of a Recorder; zero values mean the defaults.
type RecorderOptions struct {
	Log *slog.Logger
	// SpoolDir is where entries wait while the store does not answer. Without
	// it they wait in the queue, as many as fit.
	SpoolDir   string
	SpoolBytes int64         // default 1 GiB
	QueueSize  int           // entries waiting in memory, default 4096
	QueueBytes int64         // bodies waiting in memory, default 64 MiB
	BatchSize  int           // entries in one transaction, default 100
	FlushEvery time.Duration // longest wait for a batch to fill, default 100 ms
	// AppendTimeout is how long one batch may take before the store counts as
	// down, default 10 s.
	AppendTimeout time.Duration
	// Stored is called after each commit with what was stored. It must not
	// block for long: the next batch waits for it.
	Stored func([]Record)
	// Waits is called while entries have to wait, after each attempt, and once
	// with the zero Waiting when the store takes them again.
	Waits func(Waiting)
}

// Waiting says why entries are not in the store, and where they are instead.
type Waiting struct {
	Err   error // why the store takes none; nil when it does
	Spool error // why they wait in memory; nil while they wait on disk
	// What was given up since, because too much is waiting.
	LostRecords, LostBodies int64
}

// RecorderStats says how recording is going.
type RecorderStats struct {
	Queued         int    `json:"queued" doc:"Records waiting in memory"`
	DroppedBodies  int64  `json:"dropped_bodies" doc:"Bodies given up since the start because too much was waiting"`
	DroppedRecords int64  `json:"dropped_records" doc:"Records given up since the start because too much was waiting"`
	Spooled        int64  `json:"spooled" doc:"Records waiting on disk for the database"`
	SpoolBytes     int64  `json:"spool_bytes" doc:"Disk they take"`
	LastError      string `json:"last_error" doc:"Why the database does not take records; empty when it does"`
}

// Recorder writes entries down without making anybody wait. Record puts
// them in a bounded queue; one goroutine takes batches from it to the store,
// and to the spool while the store does not answer. Idle, it sleeps: there is
// no ticker, timers run only while there is something to write.
type Recorder struct {
	store Store
	o     RecorderOptions

	wake    chan struct{} // the queue is no longer empty, or holds a batch
	closing chan struct{}
	done    chan struct{}
	cancel  context.CancelFunc

	mu        sync.Mutex
	queue     []Entry
	bodyBytes int64 // of the queue
	closed    bool
	stats     RecorderStats
}

// NewRecorder starts recording. What an earlier process left in the spool is
// stored first thing. Close ends it.
func NewRecorder(store Store, o RecorderOptions) *Recorder {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	r := &Recorder{
		store:   store,
		o:       o,
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
		cancel:  cancel,
	}
	w := &writer{Recorder: r, spool: openSpool(o.SpoolDir, o.SpoolBytes, o.Log)}
	w.noteSpool()
	go w.run(ctx)
	return r
}

func (o RecorderOptions) withDefaults() RecorderOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SpoolBytes <= 0 {
		o.SpoolBytes = 1 << 30
	}
	if o.QueueSize <= 0 {
		o.QueueSize = 4096
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = 64 << 20
	}
	if o.BatchSize <= 0 {
		o.BatchSize = 100
	}
	if o.FlushEvery <= 0 {
		o.FlushEvery = 100 * time.Millisecond
	}
	if o.AppendTimeout <= 0 {
		o.AppendTimeout = 10 * time.Second
	}
	if o.Stored == nil {
		o.Stored = func([]Record) {}
	}
	if o.Waits == nil {
		o.Waits = func(Waiting) {}
	}
	return o
}

// Record takes an entry to be stored. It never blocks and never fails: when
// too much is waiting it gives up bodies first, then whole entries, and
// counts both.
func (r *Recorder) Record(e Entry) {
	size := e.Bodies.size()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.queue) >= r.o.QueueSize {
		r.stats.DroppedRecords++
		return
	}
	// Bodies make a transaction slow, so they are the first to go when the
	// queue fills up.
	crowded := len(r.queue) >= r.o.QueueSize/4*3 || r.bodyBytes+size > r.o.QueueBytes
	if e.Bodies != nil && crowded {
		e.dropBodies()
		size = 0
		r.stats.DroppedBodies++
	}
	r.queue = append(r.queue, e)
	r.bodyBytes += size
	if n := len(r.queue); n == 1 || n == r.o.BatchSize {
		r.signal()
	}
}

func (r *Recorder) signal() {
	select {
	case r.wake <- struct{}{}:
	default: // it has not noticed the last one yet
	}
}

// Stats says how recording is going.
func (r *Recorder) Stats() RecorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Queued = len(r.queue)
	return s
}

// Close writes down everything recorded so far and stops. What the store has
// not taken by the end of ctx goes to the spool for the next start. The error
// says how much found no place at all.
func (r *Recorder) Close(ctx context.Context) error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.mu.Unlock()
	if first {
		close(r.closing)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		r.cancel()
		<-r.done
	}
	r.cancel()
	if n := r.Stats().Queued; n > 0 {
		return fmt.Errorf("%d requests could not be written down: %s", n, r.Stats().LastError)
	}
	return nil
}

// take removes the oldest entries from the queue, a batch at most.
func (r *Recorder) take() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.queue), r.o.BatchSize)
	batch := make([]Entry, n)
	copy(batch, r.queue)
	rest := copy(r.queue, r.queue[n:])
	clear(r.queue[rest:]) // let go of the bodies
	r.queue = r.queue[:rest]
	if rest == 0 && cap(r.queue) > 4*r.o.BatchSize {
		r.queue = nil // a burst is over: give its memory back
	}
	for i := range batch {
		r.bodyBytes -= batch[i].Bodies.size()
	}
	return batch
}

// putBack returns a batch that found no place, to be tried again first.
func (r *Recorder) putBack(batch []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(batch, r.queue...)
	for i := range batch {
		r.bodyBytes += batch[i].Bodies.size()
	}
}

func (r *Recorder) queued() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue)
}

// note changes the statistics.
func (r *Recorder) note(change func(*RecorderStats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.stats)
}

// size is roughly the memory that bodies hold.
func (b *Bodies) size() int64 {
	if b == nil {
		return 0
	}
	n := len(b.RequestBody) + len(b.ResponseBody)
	for _, h := range [...]map[string][]string{b.RequestHeader, b.ResponseHeader} {
		for name, values := range h {
			for _, v := range values {
				n += len(name) + len(v)
			}
		}
	}
	return int64(n)
}

func (e *Entry) dropBodies() {
	e.Bodies = nil
	e.Record.HasBodies = false
}
