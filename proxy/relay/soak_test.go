package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/store"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const (
	soakClients = 200
	// soakPatience is the wait after which a provider counts as hanging. A busy
	// machine must not take a healthy one for such.
	soakPatience = 3 * time.Second
	soakUsual    = 10 * time.Second
	soakVariable = "YALLMP_SOAK"
)

// TestSoak keeps many clients busy for a while, with providers that fail at
// random, configurations that change every second and a server that is stopped
// and started once. Nobody may notice: each request is answered, correctly,
// where any provider would answer it, and written down once; and the memory in
// use does not grow.
func TestSoak(t *testing.T) {
	length := soakUsual
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s: %v", soakVariable, err)
		}
	}
	before := goleak.IgnoreCurrent()
	t.Run("clients", func(t *testing.T) { runSoak(t, length) })
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func runSoak(t *testing.T, length time.Duration) {
	seed := rand.Uint64()
	t.Logf("seed %d, %s", seed, length)
	think := 200 * time.Millisecond
	if racing {
		think = time.Second
	}
	s := &soak{providers: newSoakProviders(t, seed, think)}
	s.proxy = NewProxy(t, s.configuration(0))
	db, recorder := s.record(t)
	s.client = &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: soakClients}}
	defer s.client.CloseIdleConnections()

	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	sent := make([]int, soakClients)
	var clients sync.WaitGroup
	for i := range sent {
		clients.Go(func() {
			for ctx.Err() == nil {
				s.ask(t, i, sent[i])
				sent[i]++
			}
		})
	}
	s.disturb(ctx, t, length)
	clients.Wait()
	if err := recorder.Close(t.Context()); err != nil {
		t.Error(err)
	}
	s.compare(t, db, recorder.Stats(), sent)
}

// soak is what the clients have in common.
type soak struct {
	providers *soakProviders
	proxy     *Proxy
	client    *http.Client

	mu     sync.Mutex
	outage time.Time // when the server began to stop; zero while it serves
	back   time.Time // when it served again
	failed int
}

// configuration is one of the versions that take turns. They ask the providers
// one after the other, in another order each time, or share the requests out
// among them; with other keys, and once or twice.
func (s *soak) configuration(version int) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	var chain, group []string
	for i, u := range s.providers.all {
		fmt.Fprintf(&b, "  - {model_name: t%d, model_params: {api_base: %s, api_key: sk-soak-%d, api_keys: [sk-more-%d], model: up, api_type: %s, request_timeout: %s}}\n",
			i, u.Base(), version, version, s.providers.speech[i].Dialect, soakPatience)
		chain = append(chain, fmt.Sprintf("t%d", (i+version)%len(s.providers.all)))
		group = append(group, fmt.Sprintf("{model: t%d, weight: %d, priority: %d}", i, 1+(i+version)%3, i/3))
	}
	fmt.Fprintf(&b, "router_settings:\n  num_retries: %d\n", 1+version%5/4)
	if version%2 == 0 {
		fmt.Fprintf(&b, "  fallbacks: [{soak: [%s]}]\n", strings.Join(chain, ", "))
	} else {
		fmt.Fprintf(&b, "  groups: [{name: soak, targets: [%s]}]\n", strings.Join(group, ", "))
	}
	return b.String()
}

// record writes to a real database what is recorded.
func (s *soak) record(t *testing.T) (*store.DB, *usage.Recorder) {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "yallm.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	recorder := usage.NewRecorder(db, usage.RecorderOptions{SpoolDir: filepath.Join(dir, "spool")})
	t.Cleanup(func() {
		if err := recorder.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s.proxy.RecordTo(recorder)
	s.proxy.Log.Stop()
	return db, recorder
}

// ask makes one request, again and again while the server is down.
func (s *soak) ask(t *testing.T, client, n int) {
	id := fmt.Sprintf("soak-%d-%d", client, n)
	speech, stream := Speeches()[(client+n)%len(Speeches())], n%2 == 0
	path, body := speech.Ask("soak", stream)
	body = strings.Replace(body, `"hi"`, `"`+id+`"`, 1)
	for {
		began := time.Now()
		status, text, err := s.post(t, path, body, id)
		if err != nil && s.wasDown(began) {
			time.Sleep(20 * time.Millisecond) // as clients do that are refused
			continue
		}
		if err != nil || status != http.StatusOK {
			if err != nil || s.providers.healthy(id) {
				s.fail(t, "%s, %s, stream %v: %d %v %s", id, speech.Name, stream, status, err, text)
			}
			return
		}
		if said, err := saidIn(speech.Dialect, stream, text); err != nil || said != "hello "+id {
			s.fail(t, "%s, %s, stream %v: got %q, %v of %s", id, speech.Name, stream, said, err, text)
		}
		return
	}
}

func (s *soak) post(t *testing.T, path, body, id string) (int, string, error) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.proxy.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Request-Id", id)
	res, err := s.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil { // of an answer that has begun nobody may be robbed, whatever happens to the server
		s.fail(t, "%s: the answer breaks off: %v", id, err)
		err = nil
	}
	return res.StatusCode, string(text), err
}

// wasDown reports whether the server has been down since a moment.
func (s *soak) wasDown(began time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.outage.IsZero() && (s.back.IsZero() || began.Before(s.back))
}

// fail notes what a client has noticed. The first few are enough to read.
func (s *soak) fail(t *testing.T, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed++; s.failed <= 10 {
		t.Errorf(format, args...)
	}
}

// disturb does what is done to a running proxy, and watches its memory.
func (s *soak) disturb(ctx context.Context, t *testing.T, length time.Duration) {
	t.Helper()
	reload := time.NewTicker(time.Second)
	defer reload.Stop()
	restart := time.After(length / 2)
	thirds := time.NewTicker(length / 3)
	defer thirds.Stop()
	var heap []uint64
	for version := 1; ; {
		select {
		case <-reload.C:
			s.proxy.Configure(s.configuration(version))
			version++
		case <-restart:
			s.restart(t)
		case <-thirds.C:
			heap = append(heap, heapInUse())
		case <-ctx.Done():
			if len(heap) == 2 {
				heap = append(heap, heapInUse())
			}
			t.Logf("%d versions; heap %v", version, heap)
			const noise = 8 << 20
			if first, last := heap[0], heap[len(heap)-1]; last > first+first/4+noise {
				t.Errorf("the memory in use grows: %d bytes", heap)
			}
			return
		}
	}
}

// heapInUse is what is left on the heap after two collections: pools let go of
// what they hold in the second.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// restart stops the server, which lets the requests under way end, and starts
// it where it was.
func (s *soak) restart(t *testing.T) {
	t.Helper()
	_, text, err := net.SplitHostPort(s.proxy.Server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.outage = time.Now()
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*soakPatience)
	defer cancel()
	if err := errors.Join(s.proxy.Server.Stop(ctx), s.proxy.Server.Start("127.0.0.1", port)); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back = time.Now()
	t.Logf("the server was down for %v", s.back.Sub(s.outage).Round(time.Millisecond))
}

// compare counts what is in the database against what was sent.
func (s *soak) compare(t *testing.T, db *store.DB, stats usage.RecorderStats, sent []int) {
	t.Helper()
	if stats.DroppedRecords > 0 || stats.LastError != "" {
		t.Errorf("the recorder gave up: %+v", stats)
	}
	found := map[string]int{}
	attempts, failures := 0, 0
	for page := (usage.Page{Limit: 500}); ; {
		records, err := db.List(t.Context(), usage.Filter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			found[r.RequestID]++
			if ok := r.Outcome == usage.Success; ok != s.providers.healthy(r.RequestID) {
				s.fail(t, "%s is recorded as %s: %s", r.RequestID, r.Outcome, r.ErrorMessage)
			}
			for _, a := range r.Attempts {
				attempts++
				if a.Kind != "" {
					failures++
				}
			}
			page.Before = r.ID
		}
		if len(records) == 0 {
			break
		}
	}
	total := 0
	for client, n := range sent {
		total += n
		for i := range n {
			id := fmt.Sprintf("soak-%d-%d", client, i)
			if found[id] != 1 {
				s.fail(t, "%s is recorded %d times", id, found[id])
			}
		}
	}
	t.Logf("%d requests, %d records, %d attempts of which %d failed", total, len(found), attempts, failures)
	if len(found) != total || total == 0 || failures == 0 {
		t.Errorf("%d requests, %d of them recorded, %d attempts failed", total, len(found), failures)
	}
	if s.failed > 0 {
		t.Errorf("%d times somebody would have noticed", s.failed)
	}
}
