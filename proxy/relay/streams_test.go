package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// crowd is many streams that are open at the same time.
type crowd struct {
	size   int
	speech []Speech
	id     *regexp.Regexp
	proxy  *Proxy
	client *http.Client

	open, most atomic.Int64
	seen       atomic.Int64
	together   chan struct{} // closed when every client has the beginning of its stream
}

const (
	crowdWord = "crowd-" // with the number of the stream, the first word of each
	crowdRest = 20       // words that follow when all streams are open
)

// TestManyStreamsAtOnce opens 2,000 streams through the proxy, in four
// dialects. None ends before every client has received the beginning of its
// own; then all go on, and every byte of each must arrive.
func TestManyStreamsAtOnce(t *testing.T) {
	size := 2000
	if racing {
		size = 400
	}
	// A stream has two ends between client and proxy, and two behind the proxy.
	needFiles(t, uint64(4*size+200))
	before := goleak.IgnoreCurrent()
	t.Run("streams", func(t *testing.T) { runCrowd(t, size) })
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func runCrowd(t *testing.T, size int) {
	ctx, give := context.WithCancelCause(t.Context())
	defer give(nil)
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("not all streams have begun in two minutes"))
	defer cancel()
	c := &crowd{size: size, speech: Speeches(), id: regexp.MustCompile(crowdWord + `\d+`), together: make(chan struct{})}
	up := NewUpstream(t, c.answer)
	up.Forget()
	yaml := "model_list:\n"
	for _, s := range c.speech {
		yaml += fmt.Sprintf("  - {model_name: %s, model_params: {api_base: %s, api_key: %s, model: up, api_type: %s}}\n", s.Name, up.Base(), secret, s.Dialect)
	}
	c.proxy = NewProxy(t, yaml)
	c.client = &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	began := time.Now()
	var streams sync.WaitGroup
	for n := range size {
		streams.Go(func() {
			if err := c.follow(ctx, n); err != nil { // the first; the others would wait for it
				give(fmt.Errorf("stream %d: %w", n, err))
			}
		})
	}
	streams.Wait()
	if err := context.Cause(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d streams were open at once, and whole after %v", c.most.Load(), time.Since(began).Round(time.Millisecond))
	if got := c.most.Load(); got != int64(size) {
		t.Errorf("%d streams were open at once, want %d", got, size)
	}
	c.compare(t)
}

// words are what stream n says.
func (c *crowd) words(n int) []string {
	out := []string{fmt.Sprintf("%s%d", crowdWord, n)}
	for i := range crowdRest {
		out = append(out, fmt.Sprintf(" %d.%d", n, i))
	}
	return out
}

func (c *crowd) occasion(n int) Occasion {
	return Occasion{Speech: c.speech[n%len(c.speech)], Stream: true, Seen: c.together}
}

// answer is the provider's side.
func (c *crowd) answer(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var n int
	if _, err := fmt.Sscanf(c.id.FindString(string(text)), crowdWord+"%d", &n); err != nil {
		http.Error(w, "whose stream is this?", http.StatusBadRequest)
		return
	}
	open := c.open.Add(1)
	defer c.open.Add(-1)
	for most := c.most.Load(); open > most && !c.most.CompareAndSwap(most, open); {
		most = c.most.Load()
	}
	SaysInTwo(c.occasion(n), c.words(n)...)(w, r)
}

// follow is the client's side of stream n.
func (c *crowd) follow(ctx context.Context, n int) error {
	speech, word := c.speech[n%len(c.speech)], c.words(n)[0]
	path, body := speech.Ask(speech.Name, true)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.proxy.URL+path, strings.NewReader(strings.Replace(body, `"hi"`, `"`+word+`"`, 1)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Request-Id", word)
	res, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	var text strings.Builder
	piece, begun := make([]byte, 4<<10), false
	for {
		k, err := res.Body.Read(piece)
		text.Write(piece[:k])
		if !begun && strings.Contains(text.String(), word) {
			begun = true
			if c.seen.Add(1) == int64(c.size) {
				close(c.together)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("after %d bytes: %w", text.Len(), err)
		}
	}
	if want := c.occasion(n).Heard(c.words(n)...); text.String() != want {
		return fmt.Errorf("got %d %d bytes, want %d: %.300s", res.StatusCode, text.Len(), len(want), text.String())
	}
	return nil
}

// compare holds the records to the streams.
func (c *crowd) compare(t *testing.T) {
	t.Helper()
	found := map[string]bool{}
	for _, e := range c.proxy.Entries(c.size) {
		r := e.Record
		found[r.RequestID] = true
		if r.Outcome != usage.Success || r.Usage.Output != 5 || len(r.Attempts) != 1 || !r.Stream {
			t.Errorf("recorded %+v", r)
		}
	}
	if len(found) != c.size {
		t.Errorf("%d streams are recorded, want %d", len(found), c.size)
	}
}

// Some servers name an event an error, and say in it no more than why.
func TestErrorByTheNameOfItsEvent(t *testing.T) {
	const bare, long = "event: error\ndata: {\"message\":\"out of tokens\"}\n\n", "event: error\ndata: {\"message\":\"This model's maximum context length is 8 tokens.\"}\n\n"
	for name, tt := range map[string]struct {
		path, asked string
		frames      []string
		status      int
		kind        llm.Kind
		says        string
	}{
		"before content":      {"/v1/chat/completions", chatStream, []string{bare}, 502, llm.KindStream, "out of tokens"},
		"after content":       {"/v1/chat/completions", chatStream, []string{ChatFrame(`{"content":"par"}`), bare}, 200, llm.KindStream, "out of tokens"},
		"a prompt too long":   {"/v1/chat/completions", chatStream, []string{long}, 400, llm.KindContextLength, "maximum context length"},
		"translated":          {"/v1/messages", strings.Replace(message, "{", `{"stream":true,`, 1), []string{bare}, 502, llm.KindStream, "out of tokens"},
		"translated, content": {"/v1/messages", strings.Replace(message, "{", `{"stream":true,`, 1), []string{ChatFrame(`{"content":"par"}`), bare}, 200, llm.KindStream, "out of tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewProxy(t, models("openai", NewUpstream(t, Drip(100*time.Millisecond, tt.frames...))))
			got := p.Post(tt.path, tt.asked)
			if got.Status != tt.status || !strings.Contains(got.Body, tt.says) {
				t.Errorf("got %d %s", got.Status, got.Body)
			}
			if r := p.Entry().Record; r.ErrorKind != tt.kind || !strings.Contains(r.ErrorMessage, tt.says) {
				t.Errorf("recorded %s: %s", r.ErrorKind, r.ErrorMessage)
			}
		})
	}
}
