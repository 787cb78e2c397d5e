// Package health remembers how backends are doing, so that a request goes
// first where it will be answered: circuits that open after failures, the
// cooldowns that providers ask for, keys that were refused, what is in flight,
// how soon the first token comes, and where each conversation is.
//
// A Book stands beside the configuration and outlives it. It never refuses a
// request: it says who had better be left alone, and the caller may ask all the
// same (Force) when nobody else is left.
package health

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// ID names a backend across configurations: the model entry's name, and the
// name of the key ("" without keys).
type ID struct{ Backend, Key string }

// Rules say when a backend is left alone, and for how long. They are taken
// literally: without Failures no circuit opens, without MaxCooldown nothing
// cools down.
type Rules struct {
	// Failures in a row open a circuit.
	Failures int
	// OpenFor is how long it stays open at first. It doubles with each failed
	// probe, up to MaxOpen.
	OpenFor, MaxOpen time.Duration
	// MaxCooldown caps how long a limited or refused key is left alone.
	MaxCooldown time.Duration
}

const (
	// firstCooldown is the cooldown after a 429 that names no time.
	firstCooldown = 5 * time.Second
	// firstRefusal is how long a refused key is set aside at first. It may have
	// been corrected, or paid for, meanwhile.
	firstRefusal = time.Minute
	// maxBackends bounds the memory: a client can name any model of a provider.
	maxBackends = 4096
)

// Book is the memory. It is safe for concurrent use.
type Book struct {
	now func() time.Time

	mu       sync.Mutex
	rules    Rules
	backends map[string]*backend
	credits  map[string]map[string]float64 // of those that share by weight
	pairs    map[[2]string]*Pair
	onChange func()

	places places
}

// backend is what all keys of a backend have in common.
type backend struct {
	name     string
	inFlight int
	keys     []*key
	used     time.Time
	// first is the moving average of the time to the first token, as of
	// measured; success that of the share of good answers, as of judged.
	first    time.Duration
	measured time.Time
	success  float64
	judged   time.Time
}

// New returns an empty Book with the default rules. A nil clock is time.Now.
func New(now func() time.Time) *Book {
	if now == nil {
		now = time.Now
	}
	return &Book{
		now:      now,
		rules:    Rules{Failures: 5, OpenFor: 10 * time.Second, MaxOpen: 2 * time.Minute, MaxCooldown: 5 * time.Minute},
		backends: map[string]*backend{},
		credits:  map[string]map[string]float64{},
		pairs:    map[[2]string]*Pair{},
		places:   newPlaces(now),
	}
}

// SetRules replaces the rules. A circuit or cooldown that has begun ends when
// it would have, unless there are none any more.
func (b *Book) SetRules(r Rules) {
	b.update(func(now time.Time) bool {
		b.rules = r
		changed := false
		for _, at := range b.backends {
			for _, k := range at.keys {
				if r.Failures <= 0 && k.open {
					was := k.status(now)
					k.close()
					changed = k.turned(was, now) || changed
				}
			}
		}
		return changed
	})
}

// OnChange sets what is called when the Status of some State has changed. It is
// called without a lock, on the goroutine of whoever caused the change, and must
// not wait. What changes by the passing of time alone causes no call: State.Until
// foretells it.
func (b *Book) OnChange(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onChange = f
}

// update makes a change under the lock and tells of it without.
func (b *Book) update(change func(now time.Time) bool) {
	now := b.now()
	b.mu.Lock()
	var tell func()
	if change(now) {
		tell = b.onChange
	}
	b.mu.Unlock()
	if tell != nil {
		tell()
	}
}

// Available reports whether a backend may be asked with a key, and if not, why,
// for a person, and until when. It reserves nothing.
func (b *Book) Available(id ID) (ok bool, why string, until time.Time) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.find(id)
	if k == nil || k.admits(now) {
		return true, "", time.Time{}
	}
	why, until = k.why(now)
	return false, why, until
}

// Begin starts a try. It is false when the backend had better be left alone: a
// half-open circuit admits one try at a time, the probe.
func (b *Book) Begin(id ID) (*Try, bool) {
	t := b.begin(id, false)
	return t, t != nil
}

// Force starts a try all the same.
func (b *Book) Force(id ID) *Try { return b.begin(id, true) }

func (b *Book) begin(id ID, force bool) *Try {
	var t *Try
	b.update(func(now time.Time) bool {
		at, k := b.entry(id, now)
		if !force && !k.admits(now) {
			return false
		}
		was := k.status(now)
		t = &Try{book: b, at: at, key: k, circuit: k.circuit, pause: k.pause}
		at.inFlight++
		at.used = now
		k.inFlight++
		k.requests++
		k.last = now
		if k.halfOpen(now) && k.probe == nil {
			k.probe = t
		}
		return k.turned(was, now)
	})
	return t
}

// InFlight returns how many tries at a backend have not ended.
func (b *Book) InFlight(backend string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := b.backends[backend]; at != nil {
		return at.inFlight
	}
	return 0
}

// find returns what is known of an id, or nil.
func (b *Book) find(id ID) *key {
	if at := b.backends[id.Backend]; at != nil {
		return at.key(id.Key)
	}
	return nil
}

// entry returns what is known of an id, and begins to know it.
func (b *Book) entry(id ID, now time.Time) (*backend, *key) {
	at := b.backends[id.Backend]
	if at == nil {
		if len(b.backends) >= maxBackends {
			b.evict()
		}
		at = &backend{name: id.Backend, success: 1, judged: now}
		b.backends[id.Backend] = at
	}
	k := at.key(id.Key)
	if k == nil {
		k = &key{name: id.Key, shown: StatusOK}
		at.keys = append(at.keys, k)
	}
	return at, k
}

func (at *backend) key(name string) *key {
	for _, k := range at.keys {
		if k.name == name {
			return k
		}
	}
	return nil
}

// evict forgets the idle backends that were used least recently, enough of them
// that this is seldom needed.
func (b *Book) evict() {
	var idle []*backend
	for _, at := range b.backends {
		if at.inFlight == 0 {
			idle = append(idle, at)
		}
	}
	slices.SortFunc(idle, func(x, y *backend) int {
		return cmp.Or(x.used.Compare(y.used), cmp.Compare(x.name, y.name))
	})
	for _, at := range idle[:min(len(idle), maxBackends/4)] {
		delete(b.backends, at.name)
	}
}

// Retain forgets what the configuration no longer has. What is in flight is
// forgotten when that has ended.
func (b *Book) Retain(keep func(ID) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.credits)
	for _, at := range b.backends {
		for _, k := range at.keys {
			k.gone = !keep(ID{Backend: at.name, Key: k.name})
		}
		b.forget(at)
	}
}

// forget removes what is gone and idle.
func (b *Book) forget(at *backend) {
	at.keys = slices.DeleteFunc(at.keys, func(k *key) bool { return k.gone && k.inFlight == 0 })
	if len(at.keys) == 0 && b.backends[at.name] == at {
		delete(b.backends, at.name)
	}
}

// Clear closes circuits and ends cooldowns, of one backend and key or, with "",
// of all. The counters stay. It returns how many were not ok.
func (b *Book) Clear(backend, keyName string) int {
	n := 0
	b.update(func(now time.Time) bool {
		for _, at := range b.backends {
			for _, k := range at.keys {
				if backend != "" && backend != at.name || keyName != "" && keyName != k.name {
					continue
				}
				was := k.status(now)
				if was != StatusOK {
					n++
				}
				k.close()
				k.resume()
				k.turned(was, now)
			}
		}
		return n > 0
	})
	return n
}

// List returns what is known of every backend that was asked, sorted.
func (b *Book) List() []State {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []State{}
	for _, at := range b.backends {
		for _, k := range at.keys {
			out = append(out, k.state(at, now))
		}
	}
	slices.SortFunc(out, func(x, y State) int {
		return cmp.Or(cmp.Compare(x.Backend, y.Backend), cmp.Compare(x.Key, y.Key))
	})
	return out
}

// counts reports whether a failure says something about a backend, and not
// about the request or the key.
func counts(kind llm.Kind) bool {
	switch kind {
	case llm.KindConnect, llm.KindTimeout, llm.KindServer, llm.KindOverloaded, llm.KindStream:
		return true
	}
	return false
}
