// Package proxytest holds what the tests of several rooms share: a provider
// that follows a script over real HTTP, and a whole proxy in front of it.
package proxytest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Received is a request as the provider got it.
type Received struct {
	Method, Path, Query string
	Header              http.Header
	Body                string
}

// Answer is one step of a script.
type Answer func(w http.ResponseWriter, r *http.Request)

// Upstream is a provider that answers by a script, one answer for each
// request; the last one is repeated.
type Upstream struct {
	*httptest.Server

	Conns *Conns

	mu        sync.Mutex
	script    []Answer
	received  []Received
	forgetful bool
	gone      chan struct{}
}

// NewUpstream starts a provider that ends with the test.
func NewUpstream(t testing.TB, script ...Answer) *Upstream {
	t.Helper()
	u := &Upstream{script: script, gone: make(chan struct{}, 64), Conns: track(t)}
	u.Server = &httptest.Server{Listener: u.Conns, Config: &http.Server{Handler: http.HandlerFunc(u.serve), ReadHeaderTimeout: time.Minute}}
	u.Start()
	t.Cleanup(func() {
		u.CloseClientConnections()
		u.Close()
	})
	return u
}

// Base is the URL to configure as api_base.
func (u *Upstream) Base() string { return u.URL + "/v1" }

// Script replaces what is left of the script.
func (u *Upstream) Script(script ...Answer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.script = script
}

// Received lists the requests so far.
func (u *Upstream) Received() []Received {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]Received(nil), u.received...)
}

// Forget makes it keep none of the requests that come from now on.
func (u *Upstream) Forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forgetful = true
}

// Last is the newest request.
func (u *Upstream) Last(t testing.TB) Received {
	t.Helper()
	all := u.Received()
	if len(all) == 0 {
		t.Fatal("the provider was not asked")
	}
	return all[len(all)-1]
}

// Gone receives a value whenever a request's client went away before its
// answer was complete.
func (u *Upstream) Gone() <-chan struct{} { return u.gone }

func (u *Upstream) serve(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	u.mu.Lock()
	if !u.forgetful {
		u.received = append(u.received, Received{
			Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: string(text),
		})
	}
	if len(u.script) == 0 {
		u.mu.Unlock()
		http.Error(w, "the script is empty", http.StatusTeapot)
		return
	}
	answer := u.script[0]
	if len(u.script) > 1 {
		u.script = u.script[1:]
	}
	u.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(text))
	defer func() {
		if r.Context().Err() != nil {
			select {
			case u.gone <- struct{}{}:
			default:
			}
		}
	}()
	answer(w, r)
}

// JSON answers with a status and a body.
func JSON(status int, text string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// With adds a header to an answer.
func With(name, value string, a Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		a(w, r)
	}
}

// Stream sends each piece in a packet of its own.
func Stream(pieces ...string) Answer { return Drip(0, pieces...) }

// Typed is Stream with another media type.
func Typed(kind string, pieces ...string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for _, p := range pieces {
			if _, err := io.WriteString(w, p); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// Drip is Stream with a pause before each piece but the first.
func Drip(pause time.Duration, pieces ...string) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.WriteHeader(http.StatusOK)
		for i, p := range pieces {
			if i > 0 && pause > 0 {
				select {
				case <-time.After(pause):
				case <-r.Context().Done():
					return
				}
			}
			if _, err := io.WriteString(w, p); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// Gated is Stream that waits for the gate before the last piece.
func Gated(gate <-chan struct{}, pieces ...string) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		Stream(pieces[:len(pieces)-1]...)(w, r)
		select {
		case <-gate:
			_, _ = io.WriteString(w, pieces[len(pieces)-1])
		case <-r.Context().Done():
		}
	}
}

// Cut is Stream that breaks the connection after its pieces.
func Cut(pieces ...string) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(pieces) > 0 {
			Stream(pieces...)(w, r)
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's own way to break a connection off
	}
}

// Hang sends nothing until the client goes away.
func Hang() Answer {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// Gzip compresses an answer although nobody asked for it.
func Gzip(contentType, text string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(buf.Bytes())
	}
}

// Chat is a chat completion that says text.
func Chat(text string) string {
	return fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"up",`+
		`"choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4}}}`, strconv.Quote(text))
}

// ChatFrame is one event of a chat stream.
func ChatFrame(delta string) string {
	return `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up","choices":[{"index":0,"delta":` + delta + `,"finish_reason":null}]}` + "\n\n"
}

// ChatStream is a whole chat stream that says the words, with its usage event
// when usage is true.
func ChatStream(usage bool, words ...string) []string {
	out := []string{ChatFrame(`{"role":"assistant","content":""}`)}
	for _, w := range words {
		out = append(out, ChatFrame(`{"content":`+strconv.Quote(w)+`}`))
	}
	out = append(out, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n")
	if usage {
		out = append(out, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}`+"\n\n")
	}
	return append(out, "data: [DONE]\n\n")
}

// Message is an Anthropic message that says text.
func Message(text string) string {
	return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","model":"up","content":[{"type":"text","text":%s}],`+
		`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":4,"output_tokens":5}}`, strconv.Quote(text))
}

// MessageStream is a whole Messages stream that says the words.
func MessageStream(words ...string) []string {
	event := func(name, data string) string { return "event: " + name + "\ndata: " + data + "\n\n" }
	out := []string{
		event("message_start", `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":4,"output_tokens":1}}}`),
		event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`),
		event("ping", `{"type":"ping"}`),
	}
	for _, w := range words {
		out = append(out, event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`+strconv.Quote(w)+`}}`))
	}
	return append(out,
		event("content_block_stop", `{"type":"content_block_stop","index":0}`),
		event("message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}`),
		event("message_stop", `{"type":"message_stop"}`))
}

// Join is the bytes of a stream.
func Join(pieces []string) string { return strings.Join(pieces, "") }
