package proxytest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// connections are faults below HTTP.
func connections() []Fault {
	return []Fault{
		{Name: "TLS certificate untrusted", listen: untrusted},
		{Name: "TLS garbage", listen: func(t testing.TB) *Target { return serve(t, "https", garbage) }},
		{Name: "TLS handshake never ends", Waits: true, listen: func(t testing.TB) *Target { return serve(t, "https", deaf) }},
		{Name: "DNS failure", listen: func(testing.TB) *Target { return &Target{Base: "http://provider.invalid/v1"} }},
		{Name: "connection refused", listen: refused},
		{Name: "half-open socket", Waits: true, listen: func(t testing.TB) *Target { return serve(t, "http", deaf) }},
		{Name: "backlog full", Waits: true, listen: backlogFull},
	}
}

// serve starts a provider that does something else than HTTP with each
// connection.
func serve(t testing.TB, scheme string, handle func(net.Conn)) *Target {
	t.Helper()
	conns := track(t)
	var under sync.WaitGroup
	under.Go(func() {
		for {
			conn, err := conns.Accept()
			if err != nil {
				return // the test is over
			}
			under.Go(func() {
				handle(conn)
				_ = conn.Close() // the other side may have been quicker
			})
		}
	})
	t.Cleanup(func() {
		_ = conns.Close() // which ends the loop
		conns.closeAll()
		under.Wait()
	})
	return &Target{Base: scheme + "://" + conns.Addr().String() + "/v1", Conns: conns}
}

// deaf reads for ever and never answers.
func deaf(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// garbage answers what is not TLS.
func garbage(conn net.Conn) {
	hello := make([]byte, 5) // so that the client is there to read the answer
	if _, err := io.ReadFull(conn, hello); err == nil {
		_, _ = io.WriteString(conn, "220 mail.invalid ESMTP\r\n")
	}
	_, _ = io.Copy(io.Discard, conn)
}

// untrusted speaks TLS with a certificate of its own making.
func untrusted(t testing.TB) *Target {
	t.Helper()
	conns := track(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	_ = server.Listener.Close() // it has one of its own already
	server.Listener = conns
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(server.Close)
	return &Target{Base: server.URL + "/v1", Conns: conns}
}

// refused is a port that nobody listens on, and that no listener is given while
// the test runs.
func refused(testing.TB) *Target { return &Target{Base: "http://127.0.0.1:1/v1"} }

// NoNames is a resolver that knows no name and asks nobody: what it answers
// never leaves the process. With it as net.DefaultResolver no test can send a
// packet to a name server.
func NoNames() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer func() { _ = server.Close() }()
			_ = server.SetDeadline(time.Now().Add(time.Minute)) // a pipe has deadlines
			answerNXDOMAIN(server)
		}()
		return client, nil
	}}
}

// answerNXDOMAIN answers questions as DNS over TCP does (RFC 1035, 4.2.2), with
// the name error.
func answerNXDOMAIN(conn io.ReadWriter) {
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		reply, err := nameError(query)
		if err != nil {
			return
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

// nameError makes the answer to a query: its header and its question, without
// whatever else it holds.
func nameError(query []byte) ([]byte, error) {
	const header = 12
	end := header
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 1 + 4 // the root, type and class
	if end > len(query) {
		return nil, errors.New("the query is cut short")
	}
	reply := append([]byte{byte(end >> 8), byte(end)}, query[:end]...)
	flags := reply[2:]
	flags[2] |= 0x80                            // a response
	flags[3] = 0x80 | 3                         // recursion available; name error
	copy(flags[6:12], []byte{0, 0, 0, 0, 0, 0}) // no records
	return reply, nil
}
