package health

import (
	"fmt"
	"maps"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// key is how one backend does with one key: a circuit, a pause, and counters.
// The Book's lock guards it.
type key struct {
	name     string
	inFlight int
	gone     bool // from the configuration
	shown    Status

	// The circuit. It is closed, or open until a moment, and from then on half
	// open: one probe at a time.
	open     bool
	until    time.Time
	failures int // in a row
	rounds   int // it has opened since all was well
	probe    *Try
	// circuit numbers the openings: a try that began before the last one says
	// nothing about what came after it.
	circuit int

	// The pause: a cooldown that the provider asked for, or a refused key.
	cooling, refused   time.Time // until then
	limits, refusals   int       // in a row
	limited, lastError time.Time
	pause              int // numbers them, as above

	requests, succeeded, failed int64
	byKind                      map[llm.Kind]int64
	last                        time.Time
	error                       llm.Kind
}

func (k *key) halfOpen(now time.Time) bool { return k.open && !now.Before(k.until) }

// admits reports whether a try may begin.
func (k *key) admits(now time.Time) bool {
	if now.Before(k.refused) || now.Before(k.cooling) {
		return false
	}
	return !k.open || k.halfOpen(now) && k.probe == nil
}

func (k *key) status(now time.Time) Status {
	switch {
	case now.Before(k.refused):
		return StatusKeyRefused
	case now.Before(k.cooling):
		return StatusCooling
	case k.halfOpen(now):
		return StatusProbing
	case k.open:
		return StatusOpen
	}
	return StatusOK
}

// turned reports whether the status is another than before a change, or than
// after the change before: what time has done since is told along with it.
func (k *key) turned(before Status, now time.Time) bool {
	was := k.shown
	k.shown = k.status(now)
	return k.shown != was || k.shown != before
}

// why says what the status means, and until when it lasts.
func (k *key) why(now time.Time) (string, time.Time) {
	switch k.status(now) {
	case StatusKeyRefused:
		return "key refused", k.refused
	case StatusCooling:
		if k.error == llm.KindOverloaded {
			return "cooling down as the provider asked", k.cooling
		}
		return "cooling down after a 429", k.cooling
	case StatusOpen:
		return fmt.Sprintf("circuit open after %s", failures(k.failures)), k.until
	case StatusProbing:
		if k.probe != nil {
			return fmt.Sprintf("being probed after %s", failures(k.failures)), time.Time{}
		}
		return fmt.Sprintf("to be probed after %s", failures(k.failures)), time.Time{}
	}
	return "", time.Time{}
}

func failures(n int) string {
	if n == 1 {
		return "1 failure"
	}
	return fmt.Sprintf("%d failures", n)
}

// close makes the circuit as good as new.
func (k *key) close() {
	k.open, k.until, k.failures, k.rounds, k.probe = false, time.Time{}, 0, 0, nil
}

// resume ends a pause.
func (k *key) resume() {
	k.cooling, k.refused, k.limits, k.refusals = time.Time{}, time.Time{}, 0, 0
}

// fail counts a failure in a row, and opens the circuit when it is one too many.
// While it is open nothing gets worse: those who ask then were told not to.
func (k *key) fail(r Rules, now time.Time) (opened bool) {
	k.failures++
	if r.Failures <= 0 || k.open && now.Before(k.until) || !k.open && k.failures < r.Failures {
		return false
	}
	k.open, k.until = true, now.Add(doubled(r.OpenFor, k.rounds, r.MaxOpen))
	k.rounds++
	k.circuit++
	k.probe = nil
	return true
}

// begun lets everybody in again once a probe has brought content. One more
// failure opens the circuit again, and for longer: it may be of those backends
// that begin well and break off.
func (k *key) begun(r Rules) {
	k.open, k.until, k.probe = false, time.Time{}, nil
	k.failures = max(0, r.Failures-1)
}

// limit begins a cooldown, of the length that the provider asked for or one that
// grows. Of several tries that were refused together the first decides, and the
// others only lengthen it when they know better.
func (k *key) limit(asked time.Duration, together bool, r Rules, now time.Time) {
	k.limited = now
	wait := min(asked, r.MaxCooldown)
	if asked <= 0 {
		if together {
			return
		}
		wait = doubled(firstCooldown, k.limits, r.MaxCooldown)
	}
	end := now.Add(wait)
	if together {
		if end.After(k.cooling) {
			k.cooling = end
		}
		return
	}
	k.cooling = end
	k.limits++
	k.pause++
}

// refuse sets the key aside.
func (k *key) refuse(together bool, r Rules, now time.Time) {
	k.limited = now
	if together {
		return
	}
	k.refused = now.Add(doubled(firstRefusal, k.refusals, r.MaxCooldown))
	k.refusals++
	k.pause++
}

// doubled is d doubled n times, capped.
func doubled(d time.Duration, n int, longest time.Duration) time.Duration {
	for ; n > 0 && d < longest; n-- {
		d *= 2
	}
	return max(0, min(d, longest))
}

func (k *key) state(at *backend, now time.Time) State {
	s := State{
		Backend: at.name, Key: k.name, Status: k.status(now), Failures: k.failures, InFlight: k.inFlight,
		FirstToken: at.firstToken(now).Microseconds(), Requests: k.requests, Succeeded: k.succeeded, Failed: k.failed,
		ByKind: maps.Clone(k.byKind), Last: k.last, LastError: k.error, LastFailed: k.lastError,
	}
	if s.ByKind == nil {
		s.ByKind = map[llm.Kind]int64{}
	}
	s.Why, s.Until = k.why(now)
	return s
}
