package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const (
	// limitEvery is how often a limit of a minute that was nearly used up is
	// looked at again.
	limitEvery = 10 * time.Second
	// seedAgain is the wait before records that could not be read are asked
	// for again, seedTries how often that is done.
	seedAgain = 10 * time.Second
	seedTries = 6
)

// Warn tells that more of a limit is used than its soft share. It never
// blocks.
func (r *Routing) Warn(w limit.Warning) {
	r.mu.Lock()
	i := slices.IndexFunc(r.warned, func(have limit.Warning) bool { return have.Scope == w.Scope && have.Limit == w.Limit })
	if i < 0 {
		r.warned = append(r.warned, w)
	} else {
		r.warned[i] = w
	}
	r.mu.Unlock()
	if i < 0 {
		r.Wake()
	}
}

// noteLimits raises or clears the notice that a limit is nearly used up.
func (r *Routing) noteLimits(now *glance) bool {
	r.mu.Lock()
	warned := slices.Clone(r.warned)
	r.mu.Unlock()
	if len(warned) == 0 {
		return r.c.notices.clear(AboutLimit)
	}
	levels := r.Limits()
	scopes := r.c.o.Relay.Snapshot().Scopes()
	var texts []string
	var still []limit.Warning
	for _, w := range warned {
		rate, used := level(w, scopes, levels)
		if rate.Soft <= 0 || float64(used.Used) < float64(used.Bound)*float64(rate.Soft)/100 {
			continue // it has opened again
		}
		still = append(still, w)
		text := fmt.Sprintf("%s has used %d%% of its %d %s", scopeWords(w.Scope), rate.Soft, used.Bound, w.Limit)
		if rate.DegradeTo != "" {
			text += ", so " + rate.DegradeTo + " answers"
		}
		texts = append(texts, text)
		if strings.HasSuffix(w.Limit, "day") {
			y, m, d := time.Now().Date()
			now.by(time.Date(y, m, d+1, 0, 0, 1, 0, time.Local))
		} else {
			now.by(time.Now().Add(limitEvery))
		}
	}
	r.forget(warned, still)
	if len(texts) == 0 {
		return r.c.notices.clear(AboutLimit)
	}
	slices.Sort(texts)
	return r.c.notices.set(Notice{
		Kind: AboutLimit, Level: LevelWarning, Message: strings.Join(texts, "; ") + ".",
		Hint: "When all of it is used, requests are refused until it opens again. The limits are in the configuration.",
	})
}

// forget takes the warnings off that are over. Those that came meanwhile stay.
func (r *Routing) forget(seen, still []limit.Warning) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warned = slices.DeleteFunc(r.warned, func(w limit.Warning) bool {
		same := func(o limit.Warning) bool { return o.Scope == w.Scope && o.Limit == w.Limit }
		return slices.ContainsFunc(seen, same) && !slices.ContainsFunc(still, same)
	})
}

// level is how much of a limit is used, and what the configuration says of it.
func level(w limit.Warning, scopes []limit.Scope, levels []limit.RateState) (config.Rate, limit.Level) {
	i := slices.IndexFunc(scopes, func(s limit.Scope) bool { return s.Name == w.Scope })
	j := slices.IndexFunc(levels, func(s limit.RateState) bool { return s.Scope == w.Scope })
	if i < 0 || j < 0 {
		return config.Rate{}, limit.Level{}
	}
	switch w.Limit {
	case "requests per minute":
		return scopes[i].Rate, levels[j].RequestsPerMinute
	case "tokens per minute":
		return scopes[i].Rate, levels[j].TokensPerMinute
	}
	return scopes[i].Rate, levels[j].TokensPerDay
}

// scopeWords begins a sentence about a scope.
func scopeWords(scope string) string {
	if scope == "total" {
		return "All callers together"
	}
	return strings.ToUpper(scope[:1]) + scope[1:]
}

// adopt tells that another configuration is in force.
func (r *Routing) adopt() {
	select {
	case r.adopted <- struct{}{}:
	default:
	}
	r.Wake()
}

// seed tells the limits of a day what was used of them before this program
// began to count. A limit that is configured later is told as well.
func (r *Routing) seed(ctx context.Context) {
	told := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.adopted:
		}
		for try := 0; ; try++ {
			err := r.seedNew(ctx, told)
			if err == nil || ctx.Err() != nil {
				break
			}
			if try == seedTries {
				r.c.o.Log.Warn("the limits of today count from now on, for the records cannot be read", "error", err)
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(seedAgain):
			}
		}
	}
}

// seedNew tells the scopes that have not been told.
func (r *Routing) seedNew(ctx context.Context, told map[string]bool) error {
	var fresh []string
	for _, s := range r.c.o.Relay.Snapshot().Scopes() {
		if s.Rate.TokensPerDay > 0 && !told[s.Name] {
			fresh = append(fresh, s.Name)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	y, m, d := time.Now().Date()
	today := usage.Filter{Since: time.Date(y, m, d, 0, 0, 0, 0, time.Local)}
	spent, err := spentBy(ctx, r.c.o.Records, today)
	if err != nil {
		return err
	}
	for _, name := range fresh {
		r.c.o.Relay.Rates().Seed(name, spent[name])
		told[name] = true
	}
	return nil
}

// spentBy sums tokens for each scope.
func spentBy(ctx context.Context, records usage.Store, f usage.Filter) (map[string]int64, error) {
	total, errTotal := records.Totals(ctx, f)
	callers, errCallers := records.Breakdown(ctx, f, usage.ByCaller)
	models, errModels := records.Breakdown(ctx, f, usage.ByModel)
	if err := errors.Join(errTotal, errCallers, errModels); err != nil {
		return nil, err
	}
	out := map[string]int64{"total": total.Usage.Total()}
	for _, row := range callers {
		name := row.Key
		if name == "" {
			name = "without a key"
		}
		out["caller "+name] = row.Totals.Usage.Total()
	}
	for _, row := range models {
		out["model "+row.Key] = row.Totals.Usage.Total()
	}
	return out, nil
}
