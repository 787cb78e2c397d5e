package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// results collects the samples of every measurement and contender.
type results struct {
	order   []string // measurements
	names   []string // contenders
	samples map[[2]string][]sample
}

func newResults(f *field) *results {
	r := &results{samples: map[[2]string][]sample{}}
	for _, c := range f.contenders {
		r.names = append(r.names, c.name)
	}
	return r
}

func (r *results) add(measurement, contender string, s sample) {
	if !slices.Contains(r.order, measurement) {
		r.order = append(r.order, measurement)
	}
	key := [2]string{measurement, contender}
	r.samples[key] = append(r.samples[key], s)
}

// median is the middle of what the rounds gave.
func median[T cmp.Ordered](samples []sample, field func(sample) T) T {
	var zero T
	if len(samples) == 0 {
		return zero
	}
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = field(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// sum counts the lost requests of all rounds.
func sum(samples []sample) int {
	n := 0
	for _, s := range samples {
		n += s.lost
	}
	return n
}

// print writes a Markdown table for each measurement. What a proxy adds is the
// difference to going to the provider directly.
func (r *results) print(w io.Writer) error {
	for _, m := range r.order {
		fmt.Fprintf(w, "\n### %s\n\n", m)
		t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
		fmt.Fprintln(t, "| \t| p50 \t| added p50 \t| p99 \t| added p99 \t| requests/s \t| CPU a request \t| memory \t| lost \t|")
		fmt.Fprintln(t, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
		direct := r.samples[[2]string{m, "direct"}]
		base50 := median(direct, func(s sample) time.Duration { return s.p50 })
		base99 := median(direct, func(s sample) time.Duration { return s.p99 })
		for _, name := range r.names {
			s := r.samples[[2]string{m, name}]
			p50 := median(s, func(s sample) time.Duration { return s.p50 })
			p99 := median(s, func(s sample) time.Duration { return s.p99 })
			added50, added99, cost, memory := "", "", "", ""
			if name != "direct" {
				added50, added99 = micros(p50-base50), micros(p99-base99)
				cost = micros(median(s, func(s sample) time.Duration { return s.cpuRequest }))
				memory = fmt.Sprintf("%d MB", median(s, func(s sample) int64 { return s.rss })>>20)
			}
			fmt.Fprintf(t, "| %s \t| %s \t| %s \t| %s \t| %s \t| %.0f \t| %s \t| %s \t| %d \t|\n", name, micros(p50), added50, micros(p99), added99,
				median(s, func(s sample) float64 { return s.rate }), cost, memory, sum(s))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func micros(d time.Duration) string { return fmt.Sprintf("%d µs", d.Microseconds()) }
