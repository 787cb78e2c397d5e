package limit

import (
	"cmp"
	"slices"
	"time"
)

// Waiter is a request that waits for a slot.
type Waiter struct {
	ID       string    `json:"id" doc:"The request's id, made unique among those that wait"`
	Caller   string    `json:"caller" doc:"App key id; empty for a local caller without one"`
	Model    string    `json:"model" doc:"Model as requested"`
	Client   string    `json:"client" doc:"Program that called"`
	Stream   bool      `json:"stream"`
	Priority int       `json:"priority" doc:"Lower ones go first"`
	Since    time.Time `json:"since" doc:"When it began to wait"`
	Position int       `json:"position" doc:"Place among those that wait for the same; 1 is next"`
	For      []string  `json:"for" doc:"The limits that are reached"`
}

// Use is how much of a limit is taken.
type Use struct {
	Name    string `json:"name" doc:"What is limited: a model, a provider, a caller on a model"`
	Limit   int    `json:"limit" doc:"Requests at once"`
	InUse   int    `json:"in_use" doc:"Requests that run"`
	Waiting int    `json:"waiting" doc:"Requests that wait for it"`
}

// Waiting lists the requests in the line, in its order.
func (q *Queue) Waiting() []Waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Waiter, 0, len(q.line))
	places := map[*use]int{}
	for _, w := range q.line {
		row := Waiter{
			ID: w.id, Caller: w.ask.Caller, Model: w.ask.Model, Client: w.ask.Client, Stream: w.ask.Stream,
			Priority: w.ask.Priority, Since: w.since, For: []string{},
		}
		for _, u := range w.slot.full() {
			places[u]++
			row.Position = max(row.Position, places[u])
			row.For = append(row.For, u.name)
		}
		out = append(out, row)
	}
	return out
}

// Remove takes a request out of the line, which its client is told. It reports
// whether there was one of that id.
func (q *Queue) Remove(id string) bool {
	q.mu.Lock()
	at := slices.IndexFunc(q.line, func(w *waiter) bool { return w.id == id })
	found := at >= 0 && q.leave(q.line[at], removed)
	q.mu.Unlock()
	q.tell(found)
	return found
}

// Uses lists the limits that somebody has a slot of or waits for, by name.
func (q *Queue) Uses() []Use {
	q.mu.Lock()
	out := make([]Use, 0, len(q.uses))
	for _, u := range q.uses {
		if u.idle() {
			continue
		}
		row := Use{Name: u.name, Limit: u.limit, InUse: u.taken}
		if u.full() {
			row.Waiting = u.wanted
		}
		out = append(out, row)
	}
	q.mu.Unlock()
	slices.SortFunc(out, func(a, b Use) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
