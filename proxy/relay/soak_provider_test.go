package relay_test

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// soakProviders are providers of several dialects, each of which fails a fifth
// of the requests. Which, and how, follows from the seed and the request's id,
// so that a client knows what it may expect.
type soakProviders struct {
	seed   uint64
	think  time.Duration
	faults []Fault
	all    []*Upstream
	speech []Speech
	id     *regexp.Regexp
}

const soakFailing = 20 // percent

func newSoakProviders(t *testing.T, seed uint64, think time.Duration) *soakProviders {
	t.Helper()
	s := &soakProviders{seed: seed, think: think, faults: soakFaults(t), id: regexp.MustCompile(`soak-\d+-\d+`)}
	chat := Speeches()[0]
	for i, speech := range append(Speeches(), chat) {
		u := NewUpstream(t, func(w http.ResponseWriter, r *http.Request) { s.answer(i, w, r) })
		u.Forget()
		s.all, s.speech = append(s.all, u), append(s.speech, speech)
	}
	return s
}

// soakFaults are faults that strike before any content, so that another
// provider can answer in the place of the one that has them.
func soakFaults(t *testing.T) []Fault {
	t.Helper()
	names := map[string]bool{
		"429 with Retry-After": true, "429": true, "500": true, "503": true, "529 overloaded": true,
		"reset before headers": true, "reset after headers": true, "error event first": true, "error after preamble": true,
		"empty answer": true, "bad gzip": true, "HTML with 200": true, "hang before the first byte": true,
	}
	var out []Fault
	for _, f := range Faults() {
		if names[f.Name] {
			out = append(out, f)
			delete(names, f.Name)
		}
	}
	if len(names) > 0 {
		t.Fatalf("there are no faults %v", names)
	}
	return out
}

// fault is what a provider does to a request, or nil when it answers it.
func (s *soakProviders) fault(provider int, id string) *Fault {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, []uint64{s.seed, uint64(provider)}) // a hash takes everything
	_, _ = io.WriteString(h, id)
	n := h.Sum64()
	if n%100 >= soakFailing {
		return nil
	}
	return &s.faults[n/100%uint64(len(s.faults))]
}

// healthy reports whether any provider answers a request.
func (s *soakProviders) healthy(id string) bool {
	for i := range s.all {
		if s.fault(i, id) == nil {
			return true
		}
	}
	return false
}

func (s *soakProviders) answer(provider int, w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	id := s.id.FindString(string(text))
	o := Occasion{
		Speech: s.speech[provider],
		Stream: strings.Contains(string(text), `"stream":true`) || strings.HasSuffix(r.URL.Path, ":streamGenerateContent"),
	}
	if f := s.fault(provider, id); f != nil {
		f.Answer(o)(w, r)
		return
	}
	select {
	case <-time.After(s.think): // so that many requests are under way at once
	case <-r.Context().Done():
		return
	}
	Says(o, "hello ", id)(w, r)
}
