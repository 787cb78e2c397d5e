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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// rawServer answers every connection by a script that writes bytes as it
// likes. Its name is its base URL.
type rawServer struct {
	base        string
	connections atomic.Int32
}

// newRawServer ends with the test. serve gets each connection, and its number
// from 1 on; the connection is closed when it returns.
func newRawServer(t *testing.T, serve func(n int, c net.Conn, in *bufio.Reader)) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{base: "http://" + l.Addr().String() + "/v1"}
	var mu sync.Mutex
	var running sync.WaitGroup
	open := map[net.Conn]bool{}
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			n := int(s.connections.Add(1))
			running.Go(func() {
				defer c.Close()
				serve(n, c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return s
}

// request reads one request, and reports whether there was one.
func request(in *bufio.Reader) (*http.Request, string, bool) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return nil, "", false
	}
	text, err := io.ReadAll(r.Body)
	return r, string(text), err == nil
}

// always answers every request of a connection with the same bytes.
func always(answer string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, c net.Conn, in *bufio.Reader) {
		for {
			if _, _, ok := request(in); !ok {
				return
			}
			_, _ = io.WriteString(c, answer)
		}
	}
}

func plainBackend(t *testing.T, base string) *upstream.Backend {
	t.Helper()
	pool := upstream.NewPool(upstream.DefaultLimits())
	t.Cleanup(pool.Close)
	b, err := pool.NewBackend(&config.Model{Name: "m", RequestTimeout: 5 * time.Second}, config.Endpoint{Base: base, Dialect: llm.OpenAI})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// askPlain makes one attempt and reads the whole answer.
func askPlain(t *testing.T, b *upstream.Backend, r upstream.Request) (*upstream.Response, string, error) {
	t.Helper()
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	r.Path = "/chat/completions"
	res, err := b.Do(t.Context(), &r)
	if err != nil {
		return res, "", err
	}
	text, err := io.ReadAll(res.Body)
	return res, string(text), errors.Join(err, res.Body.Close())
}

func TestAnswersOfEveryFraming(t *testing.T) {
	for name, test := range map[string]struct {
		method, answer, want string
		status               int
		once                 bool // the connection serves nobody else
	}{
		"length":         {answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", want: "hello"},
		"chunks":         {answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", want: "hello"},
		"trailers":       {answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", want: "hello"},
		"close":          {answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", want: "hello", once: true},
		"HTTP/1.0":       {answer: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", want: "hello", once: true},
		"nothing":        {answer: "HTTP/1.1 204 No Content\r\n\r\n", status: http.StatusNoContent},
		"HEAD":           {method: http.MethodHead, answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
		"said before":    {answer: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", want: "hello"},
		"more than told": {answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n", want: "hello", once: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newRawServer(t, always(test.answer))
			b := plainBackend(t, s.base)
			for n := range 3 {
				res, text, err := askPlain(t, b, upstream.Request{Method: test.method, Body: [][]byte{[]byte("{}")}})
				if err != nil {
					t.Fatal(err)
				}
				if want := max(test.status, http.StatusOK*b2i(test.status == 0)); res.Status != want || text != test.want {
					t.Errorf("%d %q, want %d %q", res.Status, text, want, test.want)
				}
				if reused := n > 0 && !test.once; res.Reused != reused {
					t.Errorf("request %d: reused %v, want %v", n, res.Reused, reused)
				}
				if res.Connected.IsZero() || res.FirstByte.Before(res.Connected) {
					t.Errorf("connected %v, first byte %v", res.Connected, res.FirstByte)
				}
			}
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestAnswerUntilTheConnectionCloses(t *testing.T) {
	s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if _, _, ok := request(in); ok {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nall there is")
		}
	})
	b := plainBackend(t, s.base)
	for range 2 {
		if res, text, err := askPlain(t, b, upstream.Request{}); err != nil || text != "all there is" || res.Reused {
			t.Errorf("%q, reused %v, %v", text, res.Reused, err)
		}
	}
}

func TestBrokenAnswersAreErrors(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing":         "",
		"half a header":   "HTTP/1.1 200 OK\r\nContent-Le",
		"half a body":     "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
		"half a chunk":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello",
		"no HTTP":         "SSH-2.0-OpenSSH_9.2\r\n",
		"an endless head": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 300<<10) + "\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
				if _, _, ok := request(in); ok {
					_, _ = io.WriteString(c, answer)
				}
			})
			if _, text, err := askPlain(t, plainBackend(t, s.base), upstream.Request{}); err == nil {
				t.Errorf("no error, and %q", text)
			}
			if n := s.connections.Load(); n != 1 {
				t.Errorf("%d connections: a new one that fails is not to be tried again", n)
			}
		})
	}
}

// TestStaleConnections: servers close idle connections, at once or just when
// the next request arrives, and some say so first.
func TestStaleConnections(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	for name, after := range map[string]func(c net.Conn, in *bufio.Reader){
		"closed while idle":      func(net.Conn, *bufio.Reader) {},
		"closed at the next one": func(_ net.Conn, in *bufio.Reader) { _, _, _ = request(in) },
		"said so while idle": func(c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
		},
		"said so at the next one": func(c net.Conn, in *bufio.Reader) {
			_, _, _ = request(in)
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			s := newRawServer(t, func(n int, c net.Conn, in *bufio.Reader) {
				if _, _, ok := request(in); !ok {
					return
				}
				_, _ = io.WriteString(c, answer)
				if n == 1 {
					after(c, in)
					_ = c.Close()
					close(closed)
					return
				}
				always(answer)(n, c, in)
			})
			b := plainBackend(t, s.base)
			body := [][]byte{[]byte(`{"a":`), []byte(`1}`)}
			if _, _, err := askPlain(t, b, upstream.Request{Body: body}); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "idle") {
				<-closed
			}
			res, text, err := askPlain(t, b, upstream.Request{Body: body})
			if err != nil || text != "hello" || res.Reused || s.connections.Load() != 2 {
				t.Errorf("%q on connection %d, reused %v, %v", text, s.connections.Load(), res.Reused, err)
			}
			if res, _, err := askPlain(t, b, upstream.Request{Body: body}); err != nil || !res.Reused {
				t.Errorf("the third: reused %v, %v", res.Reused, err)
			}
		})
	}
}

// TestAnUnfinishedAnswerIsNotAskedForAgain: once the server has begun to answer
// it has done the work.
func TestAnUnfinishedAnswerIsNotAskedForAgain(t *testing.T) {
	s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for _, answer := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 20"} {
			if _, _, ok := request(in); ok {
				_, _ = io.WriteString(c, answer)
			}
		}
	})
	b := plainBackend(t, s.base)
	if _, _, err := askPlain(t, b, upstream.Request{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := askPlain(t, b, upstream.Request{}); err == nil || s.connections.Load() != 1 {
		t.Errorf("%d connections, %v", s.connections.Load(), err)
	}
}

// TestAnEarlyAnswerIsHeard: a server may refuse a long request without reading
// it (golang/go#40747).
func TestAnEarlyAnswerIsHeard(t *testing.T) {
	s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if r, err := http.ReadRequest(in); err != nil || r.ContentLength != 32<<20 {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
		_, _ = io.Copy(io.Discard, io.LimitReader(in, 1<<20)) // then it loses patience
	})
	b := plainBackend(t, s.base)
	long := [][]byte{make([]byte, 16<<20), make([]byte, 16<<20)}
	for range 2 {
		res, text, err := askPlain(t, b, upstream.Request{Body: long})
		if err != nil || res.Status != http.StatusRequestEntityTooLarge || text != "big" || res.Reused {
			t.Errorf("%d %q, reused %v, %v", res.Status, text, res.Reused, err)
		}
	}
}

func TestLongBodiesArriveWhole(t *testing.T) {
	s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for {
			_, text, ok := request(in)
			if !ok {
				return
			}
			sum := strings.Count(text, "a") + 2*strings.Count(text, "b")
			said := fmt.Sprint(len(text), sum)
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(said), said)
		}
	})
	b := plainBackend(t, s.base)
	for n, size := range []int{0, 1, 16 << 10, 33 << 10, 5 << 20, 40 << 10} {
		body := [][]byte{[]byte(strings.Repeat("a", size)), []byte(strings.Repeat("b", size))}
		res, text, err := askPlain(t, b, upstream.Request{Body: body})
		if want := fmt.Sprint(2*size, 3*size); err != nil || text != want || res.Reused != (n > 0) {
			t.Errorf("%q, want %q; reused %v, %v", text, want, res.Reused, err)
		}
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	for name, begin := range map[string]string{"for the head": "", "for the body": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"} {
		t.Run(name, func(t *testing.T) {
			asked, left := make(chan struct{}), make(chan struct{})
			s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
				if _, _, ok := request(in); !ok {
					return
				}
				_, _ = io.WriteString(c, begin)
				close(asked)
				_, _ = in.ReadByte() // until the other side hangs up
				close(left)
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-asked
				cancel()
			}()
			res, err := plainBackend(t, s.base).Do(ctx, &upstream.Request{Method: http.MethodPost})
			if err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			if e := llm.AsError(err); e.Kind != llm.KindCancelled {
				t.Errorf("%v", err)
			}
			<-left
		})
	}
}

// TestHeadersOnTheWire: nothing may end a field or a request where the proxy
// did not mean it to.
func TestHeadersOnTheWire(t *testing.T) {
	heads := make(chan *http.Request, 1)
	s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for {
			r, _, ok := request(in)
			if !ok {
				return
			}
			heads <- r
			_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	b := plainBackend(t, s.base)
	if _, _, err := askPlain(t, b, upstream.Request{Header: http.Header{
		"X-Many": {"1", " 2 "}, "Content-Length": {"7"}, "Transfer-Encoding": {"chunked"}, "Host": {"elsewhere"},
	}, Query: "a=%20b"}); err != nil {
		t.Fatal(err)
	}
	r := <-heads
	if r.Host != strings.TrimSuffix(strings.TrimPrefix(s.base, "http://"), "/v1") || r.RequestURI != "/v1/chat/completions?a=%20b" ||
		r.ContentLength != 0 || fmt.Sprint(r.Header["X-Many"]) != "[1 2]" || r.TransferEncoding != nil || r.Header["Idempotency-Key"] != nil {
		t.Errorf("%s %s %v", r.Host, r.RequestURI, r.Header)
	}
	for _, h := range []http.Header{{"X-Bad": {"a\r\nX-Worse: b"}}, {"X-Bad: a": {"b"}}, {"X\n": {"b"}}} {
		if _, _, err := askPlain(t, b, upstream.Request{Header: h}); err == nil {
			t.Errorf("%q was sent", h)
		}
	}
	if _, _, err := askPlain(t, b, upstream.Request{Query: "a b"}); err == nil {
		t.Error("a query with a space was sent")
	}
}

// TestManyAtOnce holds the pool to what it promises under the race detector.
func TestManyAtOnce(t *testing.T) {
	s := newRawServer(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for n := 0; n < 20; n++ { // then the connection closes without a word
			_, text, ok := request(in)
			if !ok {
				return
			}
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
		}
	})
	b := plainBackend(t, s.base)
	var running sync.WaitGroup
	for w := range 16 {
		running.Go(func() {
			for i := range 100 {
				want := fmt.Sprint(w, i)
				if _, text, err := askPlain(t, b, upstream.Request{Body: [][]byte{[]byte(want)}}); err != nil || text != want {
					t.Errorf("%q, want %q, %v", text, want, err)
				}
			}
		})
	}
	running.Wait()
}
