package health

import (
	"cmp"
	"slices"
	"time"
)

// Standing is what a choice among backends goes by.
type Standing struct {
	OK       bool // one of its keys at least may be used
	InFlight int
	// FirstToken is the recent average, 0 when it is unknown or stale.
	FirstToken time.Duration
	// Success is the share of good answers lately, above 0 and up to 1.
	Success float64
	// Used is when it was last asked; zero for never.
	Used time.Time
}

// Standing returns how a backend with these keys stands ([""] without keys).
func (b *Book) Standing(backend string, keys []string) Standing {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.backends[backend]
	if at == nil {
		return Standing{OK: true, Success: 1}
	}
	s := Standing{InFlight: at.inFlight, FirstToken: at.firstToken(now), Success: at.recent(now), Used: at.used}
	for _, name := range keys {
		if k := at.key(name); k == nil || k.admits(now) {
			s.OK = true
			break
		}
	}
	return s
}

// Keys returns the order in which a backend's keys should be tried, as indices:
// those that may be used first, and of these the one whose last limit or refusal
// is the longest ago.
func (b *Book) Keys(backend string, names []string) []int {
	out := make([]int, len(names))
	for i := range out {
		out[i] = i
	}
	if len(out) < 2 {
		return out
	}
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.backends[backend]
	if at == nil {
		return out
	}
	unknown := &key{}
	of := func(i int) *key {
		if k := at.key(names[i]); k != nil {
			return k
		}
		return unknown
	}
	slices.SortStableFunc(out, func(i, j int) int {
		x, y := of(i), of(j)
		if xOK := x.admits(now); xOK != y.admits(now) {
			if xOK {
				return -1
			}
			return 1
		}
		return x.limited.Compare(y.limited)
	})
	return out
}

// Share is one of several that divide requests among them by weight.
type Share struct {
	Name   string
	Weight float64
	credit float64
}

// Draw gives the next turn to one of the shares and puts it first; the others
// follow by how near their own turn is. It is the smooth weighted round robin
// that nginx uses: each gains its weight, the richest is chosen and pays the sum
// of all. Who has been absent keeps what it had.
func (b *Book) Draw(group string, shares []Share) {
	b.mu.Lock()
	defer b.mu.Unlock()
	credits := b.credits[group]
	if credits == nil {
		credits = make(map[string]float64, len(shares))
		b.credits[group] = credits
	}
	total := 0.0
	for i := range shares {
		s := &shares[i]
		s.credit = credits[s.Name] + s.Weight
		credits[s.Name] = s.credit
		total += s.Weight
	}
	slices.SortStableFunc(shares, func(x, y Share) int { return cmp.Compare(y.credit, x.credit) })
	if len(shares) > 0 {
		credits[shares[0].Name] -= total
	}
}
