package admin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

type breakdownInput struct {
	FilterParams
	By string `query:"by" required:"true" enum:"model,backend,provider,client,caller,dialect,outcome,stop_reason"`
}

type breakdownOutput struct {
	Rows []usage.Row `json:"rows" doc:"Most requests first"`
}

type seriesInput struct {
	FilterParams
	By    string `query:"by" enum:"model,backend,provider,client,caller,dialect,outcome,stop_reason" doc:"One series for each value; empty: one in all"`
	StepS int64  `query:"step_s" minimum:"1" maximum:"31536000" default:"3600" doc:"Seconds of each step; whole hours are read from roll-ups"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"8" doc:"Series; the rest is summed under the key other"`
}

// Chart is a set of series in columns: one number for each step.
type Chart struct {
	Start  time.Time      `json:"start" doc:"Start of the first step"`
	StepS  int64          `json:"step_s" doc:"Seconds of each step"`
	Series []SeriesColumn `json:"series" doc:"Most used first"`
}

// SeriesColumn is one series. All its lists are equally long.
type SeriesColumn struct {
	Key             string    `json:"key"`
	Requests        []int64   `json:"requests"`
	Errors          []int64   `json:"errors"`
	Input           []int64   `json:"input"`
	CacheRead       []int64   `json:"cache_read"`
	CacheWrite      []int64   `json:"cache_write"`
	Output          []int64   `json:"output"`
	Reasoning       []int64   `json:"reasoning"`
	AvgFirstOut     []int64   `json:"avg_first_token_us"`
	AvgTotal        []int64   `json:"avg_total_us"`
	TokensPerSecond []float64 `json:"tokens_per_second"`
}

type valuesInput struct {
	By    string `query:"by" required:"true" enum:"model,backend,provider,client,caller,dialect,outcome,stop_reason"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

type valuesOutput struct {
	Values []string `json:"values" doc:"Most recent use first"`
}

func (a *api) registerUsage(h huma.API) {
	huma.Register(h, operation("get-totals", http.MethodGet, "/api/usage/totals", tagUsage,
		"The sum of many requests",
		"Times are in microseconds; an average over nothing is 0.",
		http.StatusUnprocessableEntity),
		plain(a, a.totals))
	huma.Register(h, operation("get-breakdown", http.MethodGet, "/api/usage/breakdown", tagUsage,
		"Sums for each value of a field",
		"Which model, client or provider took how much.",
		http.StatusUnprocessableEntity),
		plain(a, a.breakdown))
	huma.Register(h, operation("get-series", http.MethodGet, "/api/usage/series", tagUsage,
		"Sums over time",
		"In columns, ready for a chart, steps without requests included. Without since, the last 24 hours. At most 2000 steps.",
		http.StatusUnprocessableEntity),
		plain(a, a.series))
	huma.Register(h, operation("list-values", http.MethodGet, "/api/usage/values", tagUsage,
		"Values a field has taken",
		"What a filter can offer.",
		http.StatusUnprocessableEntity),
		plain(a, a.values))
}

func (a *api) totals(ctx context.Context, in *FilterParams) (usage.Totals, error) {
	return a.ctl.Records().Totals(ctx, in.filter())
}

func (a *api) breakdown(ctx context.Context, in *breakdownInput) (breakdownOutput, error) {
	rows, err := a.ctl.Records().Breakdown(ctx, in.filter(), usage.Group(in.By))
	return breakdownOutput{listOf(rows)}, err
}

func (a *api) values(ctx context.Context, in *valuesInput) (valuesOutput, error) {
	values, err := a.ctl.Records().Values(ctx, usage.Group(in.By), in.Limit)
	return valuesOutput{listOf(values)}, err
}

// maxSteps is more than any chart has pixels.
const maxSteps = 2000

func (a *api) series(ctx context.Context, in *seriesInput) (Chart, error) {
	f := in.filter()
	if f.Until.IsZero() {
		f.Until = time.Now()
	}
	if f.Since.IsZero() {
		f.Since = f.Until.Add(-24 * time.Hour)
	}
	step := time.Duration(in.StepS) * time.Second
	if steps := f.Until.Sub(f.Since) / step; steps > maxSteps {
		return Chart{}, &controller.Error{
			Reason:  controller.Invalid,
			Message: fmt.Sprintf("That would be %d steps; at most %d are possible: ask for a larger step_s.", steps, maxSteps),
		}
	}
	set, err := a.ctl.Records().Series(ctx, f, usage.Group(in.By), step, in.Limit)
	if err != nil {
		return Chart{}, err
	}
	chart := Chart{Start: set.Start, StepS: int64(set.Step / time.Second), Series: []SeriesColumn{}}
	for _, s := range set.Series {
		chart.Series = append(chart.Series, column(s))
	}
	return chart, nil
}

// column turns a series of sums into a list for each number.
func column(s usage.Series) SeriesColumn {
	pick := func(f func(usage.Sums) int64) []int64 {
		out := make([]int64, len(s.Points))
		for i, p := range s.Points {
			out[i] = f(p)
		}
		return out
	}
	c := SeriesColumn{
		Key:             s.Key,
		Requests:        pick(func(t usage.Sums) int64 { return t.Requests }),
		Errors:          pick(func(t usage.Sums) int64 { return t.Errors }),
		Input:           pick(func(t usage.Sums) int64 { return t.Usage.Input }),
		CacheRead:       pick(func(t usage.Sums) int64 { return t.Usage.CacheRead }),
		CacheWrite:      pick(func(t usage.Sums) int64 { return t.Usage.CacheWrite }),
		Output:          pick(func(t usage.Sums) int64 { return t.Usage.Output }),
		Reasoning:       pick(func(t usage.Sums) int64 { return t.Usage.Reasoning }),
		AvgFirstOut:     pick(func(t usage.Sums) int64 { return t.AvgFirstOut }),
		AvgTotal:        pick(func(t usage.Sums) int64 { return t.AvgTotal }),
		TokensPerSecond: make([]float64, len(s.Points)),
	}
	for i, p := range s.Points {
		c.TokensPerSecond[i] = p.TokensPerSecond
	}
	return c
}
