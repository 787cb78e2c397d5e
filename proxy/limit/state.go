package limit

import (
	"cmp"
	"slices"
	"time"
)

// RateState is how much of a scope's bounds is used. A bound of 0 is none.
type RateState struct {
	Scope             string    `json:"scope" doc:"What is limited: all, a caller, a model"`
	RequestsPerMinute Level     `json:"requests_per_minute"`
	TokensPerMinute   Level     `json:"tokens_per_minute"`
	TokensPerDay      Level     `json:"tokens_per_day"`
	Opens             time.Time `json:"opens,omitzero" doc:"When it takes requests again; absent while it does"`
}

// Level is how much of a bound is used.
type Level struct {
	Used  int64 `json:"used"`
	Bound int64 `json:"bound" doc:"0 for none"`
}

// List returns the scopes that have a bound, by name, as their last request
// knew it.
func (r *Rates) List() []RateState {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.moment()
	out := make([]RateState, 0, len(r.scopes))
	for name, w := range r.scopes {
		if !w.rate.Bounded() {
			continue
		}
		w.advance(m)
		row := RateState{
			Scope:             name,
			RequestsPerMinute: Level{w.requests, int64(w.rate.RequestsPerMinute)},
			TokensPerMinute:   Level{w.tokens, w.rate.TokensPerMinute},
			TokensPerDay:      Level{w.today, w.rate.TokensPerDay},
		}
		for _, b := range w.bounds(m) {
			if opens := m.clock.Add(b.wait); b.wait > 0 && opens.After(row.Opens) {
				row.Opens = opens
			}
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b RateState) int { return cmp.Compare(a.Scope, b.Scope) })
	return out
}
