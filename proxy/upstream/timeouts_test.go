package upstream_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

const short = 150 * time.Millisecond

// backend makes an endpoint of its own pool, which ends with the test.
func backend(t *testing.T, base string, m config.Model, options ...upstream.Option) *upstream.Backend {
	t.Helper()
	pool := upstream.NewPool(upstream.Limits{}, options...)
	t.Cleanup(pool.Close)
	m.Name = "m"
	b, err := pool.NewBackend(&m, config.Endpoint{Dialect: llm.OpenAI, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask makes one attempt and reads the answer to its end.
func ask(ctx context.Context, b *upstream.Backend, stream bool) (string, error) {
	res, err := b.Do(ctx, &upstream.Request{Method: http.MethodPost, Path: "/x", Header: http.Header{}, Body: [][]byte{[]byte("{}")}, Stream: stream})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// complaint is what a person and a program are told of a failure.
func complaint(err error) string {
	var e *llm.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%s %d %s: %s", e.Kind, e.Status, e.Code, e.Message)
}

func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var open []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			open = append(open, conn)
			serve(conn)
		}
		for _, c := range open {
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// Each wait has a bound and an error of its own, which names the setting.
func TestEachWaitIsNamed(t *testing.T) {
	open := func(pieces ...string) Answer {
		return func(w http.ResponseWriter, r *http.Request) {
			Stream(pieces...)(w, r)
			<-r.Context().Done()
		}
	}
	hang, half, drip := NewUpstream(t, Hang()), NewUpstream(t, open("data: a\n\n")), NewUpstream(t, Drip(short/3, strings.Split(strings.Repeat("a", 40), "")...))
	mute := raw(t, func(net.Conn) {})
	for _, tt := range []struct {
		name     string
		base     string
		timeouts config.Timeouts
		stream   bool
		want     string
	}{
		{"first byte", hang.Base(), config.Timeouts{FirstByte: short, StreamIdle: time.Minute}, true, "did not begin to answer within 0.15 s (first_byte_timeout)."},
		{"first byte of a plain answer", hang.Base(), config.Timeouts{FirstByte: short, Total: time.Minute}, false, "did not begin to answer within 0.15 s (first_byte_timeout)."},
		{"silence", half.Base(), config.Timeouts{FirstByte: time.Minute, StreamIdle: short}, true, "sent nothing more of its stream within 0.15 s (stream_idle_timeout)."},
		{"total", half.Base(), config.Timeouts{FirstByte: time.Minute, StreamIdle: time.Millisecond, Total: short}, false, "did not complete the answer within 0.15 s (total_timeout)."},
		{"total before the header", hang.Base(), config.Timeouts{FirstByte: time.Minute, Total: short}, false, "did not complete the answer within 0.15 s (total_timeout)."},
		{"total of a stream", drip.Base(), config.Timeouts{StreamIdle: time.Minute, StreamTotal: short}, true, "did not complete the stream within 0.15 s (stream_total_timeout)."},
		{"TLS", "https://" + mute, config.Timeouts{TLS: short}, true, "did not complete the TLS handshake within 0.15 s (tls_timeout)."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, err := ask(t.Context(), backend(t, tt.base, config.Model{Timeouts: tt.timeouts}), tt.stream)
			if got, want := complaint(err), "timeout 504 upstream_timeout: The provider of model m "+tt.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if took := time.Since(start); took < short || took > 20*short {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A socket that has a backlog but nobody who accepts: the system drops what
// comes when it is full, like a host that is gone.
func TestConnectTimeout(t *testing.T) {
	_, err := ask(t.Context(), backend(t, "http://"+fullListener(t), config.Model{Timeouts: config.Timeouts{Connect: short}}), true)
	if got, want := complaint(err), "timeout 504 upstream_timeout: The provider of model m did not accept a connection within 0.15 s (connect_timeout)."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Zero is no bound, a slow drip is no silence, and a client that leaves is no
// timeout.
func TestWhatIsNoTimeout(t *testing.T) {
	slow := NewUpstream(t, Drip(short/3, "a", "b", "c", "d", "e", "f"))
	if got, err := ask(t.Context(), backend(t, slow.Base(), config.Model{Timeouts: config.Timeouts{StreamIdle: 5 * short}}), true); err != nil || got != "abcdef" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := ask(t.Context(), backend(t, slow.Base(), config.Model{Timeouts: config.Timeouts{Connect: time.Minute}}), false); err != nil || got != "abcdef" {
		t.Errorf("got %q, %v", got, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	up := NewUpstream(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(errors.New("gone"))
		<-r.Context().Done()
	})
	_, err := ask(ctx, backend(t, up.Base(), config.Model{Timeouts: config.Timeouts{FirstByte: time.Minute}}), true)
	if got := complaint(err); !strings.HasPrefix(got, "cancelled 499") {
		t.Errorf("got %s", got)
	}
}

// A connection that lies idle while its other side vanished is found out by the
// first byte's bound.
func TestHalfOpenSocket(t *testing.T) {
	addr := raw(t, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	b := backend(t, "http://"+addr, config.Model{Timeouts: config.Timeouts{FirstByte: short}})
	if got, err := ask(t.Context(), b, false); err != nil || got != "ok" {
		t.Fatalf("got %q, %v", got, err)
	}
	_, err := ask(t.Context(), b, false)
	if got := complaint(err); !strings.HasPrefix(got, "timeout 504 upstream_timeout: The provider of model m did not begin to answer") {
		t.Errorf("got %s", got)
	}
}

func TestKeys(t *testing.T) {
	key := func(s string) config.Key { return config.Key{Name: s, Value: config.NewSecret(s)} }
	missing := config.Key{Ref: "keyring:x", Problem: "not there"}
	for _, tt := range []struct {
		name  string
		model config.Model
		first string
		all   []string
	}{
		{"none", config.Model{}, "", []string{""}},
		{"one", config.Model{Key: key("a")}, "a", []string{"a"}},
		{"several", config.Model{Key: key("a"), Keys: []config.Key{key("a"), key("b")}}, "a", []string{"a", "b"}},
		{"one of them missing", config.Model{Key: missing, Keys: []config.Key{missing, key("b")}}, "b", []string{"b"}},
		{"all missing", config.Model{Key: missing, Keys: []config.Key{missing, missing}}, "", nil},
	} {
		b := backend(t, "http://127.0.0.1:1", tt.model)
		var all []string
		for _, k := range b.Keys() {
			all = append(all, k.Value.Reveal())
		}
		if got := b.Key().Value.Reveal(); got != tt.first || fmt.Sprint(all) != fmt.Sprint(tt.all) {
			t.Errorf("%s: %q, %q", tt.name, got, all)
		}
		if tt.all == nil && b.Key().Problem == "" {
			t.Errorf("%s: nothing says why", tt.name)
		}
	}
	up := NewUpstream(t, JSON(200, "{}"))
	b := backend(t, up.Base(), config.Model{Keys: []config.Key{key("a"), key("b")}})
	for _, k := range b.Keys() {
		res, err := b.Do(t.Context(), &upstream.Request{Method: http.MethodPost, Path: "/x", Key: k})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := up.Last(t).Header.Get("Authorization"); got != "Bearer "+k.Name {
			t.Errorf("key %s was sent as %q", k.Name, got)
		}
	}
}
