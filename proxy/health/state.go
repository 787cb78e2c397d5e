package health

import (
	"cmp"
	"slices"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Status is whether a backend may be asked with a key.
type Status string

// The statuses.
const (
	StatusOK Status = "ok"
	// StatusCooling: the provider asked to be left alone.
	StatusCooling Status = "cooling"
	// StatusOpen: too many failures in a row.
	StatusOpen Status = "open"
	// StatusProbing: the circuit is half open; one request at a time finds out
	// whether it can be closed.
	StatusProbing Status = "probing"
	// StatusKeyRefused: the provider does not accept the key.
	StatusKeyRefused Status = "key_refused"
)

// State is how a backend does with one of its keys.
type State struct {
	Backend    string             `json:"backend" doc:"Name of the model entry"`
	Key        string             `json:"key" doc:"Name of the key; empty without keys"`
	Status     Status             `json:"status" enum:"ok,cooling,open,probing,key_refused"`
	Why        string             `json:"why" doc:"What the status means, for a person; empty when all is well"`
	Until      time.Time          `json:"until,omitzero" doc:"When it ends"`
	Failures   int                `json:"failures" doc:"Failures in a row"`
	InFlight   int                `json:"in_flight" doc:"Attempts that have not ended"`
	FirstToken int64              `json:"first_token_us" doc:"Recent average time to the first content, of all keys; 0 when unknown"`
	Requests   int64              `json:"requests" doc:"Attempts since the start of the program"`
	Succeeded  int64              `json:"succeeded"`
	Failed     int64              `json:"failed" doc:"Failures of the backend or the key, not of the request"`
	ByKind     map[llm.Kind]int64 `json:"by_kind" doc:"Attempts that did not succeed, by kind"`
	Last       time.Time          `json:"last" doc:"Begin of the last attempt"`
	LastError  llm.Kind           `json:"last_error" doc:"Kind of the last failure; empty when there was none"`
	LastFailed time.Time          `json:"last_failed,omitzero" doc:"Time of the last failure"`
}

// Pair counts how often one fallback was taken.
type Pair struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Tried int64  `json:"tried"`
	Saved int64  `json:"saved" doc:"Requests that it answered"`
}

// maxPairs bounds the memory.
const maxPairs = 1000

// Fell counts a request that went from one stage of its route to another, and
// whether that saved it.
func (b *Book) Fell(from, to string, saved bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pairs[[2]string{from, to}]
	if p == nil {
		if len(b.pairs) >= maxPairs {
			return
		}
		p = &Pair{From: from, To: to}
		b.pairs[[2]string{from, to}] = p
	}
	p.Tried++
	if saved {
		p.Saved++
	}
}

// Pairs returns the counters of every fallback that was taken, sorted.
func (b *Book) Pairs() []Pair {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Pair, 0, len(b.pairs))
	for _, p := range b.pairs {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) })
	return out
}
