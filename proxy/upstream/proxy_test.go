package upstream_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// middle is a proxy that speaks HTTP and SOCKS5 on one port, and knows where
// every host of the name .test is.
type middle struct {
	addr string
	// user and password must be shown, when set.
	user, password string
	// refuse is the status that tunnels are refused with.
	refuse int

	to    string // host:port of the provider behind it
	mu    sync.Mutex
	asked []string
}

func newMiddle(t *testing.T, to string, change func(*middle)) *middle {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &middle{addr: l.Addr().String(), to: to}
	if change != nil {
		change(m)
	}
	var running sync.WaitGroup
	var conns sync.Map
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, true)
			running.Go(func() {
				defer conn.Close()
				m.serve(conn, &conns)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		conns.Range(func(c, _ any) bool {
			c.(net.Conn).Close()
			return true
		})
		running.Wait()
	})
	return m
}

func (m *middle) note(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, what)
}

func (m *middle) seen() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

func (m *middle) serve(conn net.Conn, conns *sync.Map) {
	r := bufio.NewReader(conn)
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	if first[0] == 5 {
		m.socks(conn, r, conns)
		return
	}
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		m.note(req.Method + " " + req.Host)
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(m.user+":"+m.password))
		switch {
		case m.user != "" && req.Header.Get("Proxy-Authorization") != want:
			answer(conn, 407)
		case req.Method == http.MethodConnect && m.refuse != 0:
			answer(conn, m.refuse)
		case req.Method == http.MethodConnect:
			m.tunnel(conn, r, conns, "HTTP/1.1 200 Connection established\r\n\r\n")
			return
		default:
			req.RequestURI, req.URL.Host = "", m.to
			res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
			if err != nil {
				answer(conn, 502)
				return
			}
			_ = res.Write(conn)
			res.Body.Close()
		}
	}
}

func answer(conn net.Conn, status int) {
	io.WriteString(conn, "HTTP/1.1 "+strconv.Itoa(status)+" "+http.StatusText(status)+"\r\nContent-Length: 0\r\n\r\n")
}

// socks is RFC 1928 with RFC 1929, as far as a client needs it.
func (m *middle) socks(conn net.Conn, r *bufio.Reader, conns *sync.Map) {
	read := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return b
	}
	methods := read(int(read(2)[1]))
	switch {
	case m.user == "":
		_, _ = conn.Write([]byte{5, 0})
	case !slices.Contains(methods, 2):
		_, _ = conn.Write([]byte{5, 0xff})
		return
	default:
		_, _ = conn.Write([]byte{5, 2})
		user := string(read(int(read(2)[1])))
		password := string(read(int(read(1)[0])))
		if user != m.user || password != m.password {
			_, _ = conn.Write([]byte{1, 1})
			return
		}
		_, _ = conn.Write([]byte{1, 0})
	}
	head := read(4)
	var host string
	switch head[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	}
	read(2)
	m.note("SOCKS " + host)
	if m.refuse != 0 {
		_, _ = conn.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0}) // host unreachable
		return
	}
	m.tunnel(conn, r, conns, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
}

func (m *middle) tunnel(conn net.Conn, r *bufio.Reader, conns *sync.Map, welcome string) {
	to, err := net.Dial("tcp", m.to)
	if err != nil {
		answer(conn, 502)
		return
	}
	conns.Store(to, true)
	defer to.Close()
	io.WriteString(conn, welcome)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(conn, to)
		conn.Close()
	}()
	_, _ = io.Copy(to, r)
	to.Close()
	<-back
}

// secureUpstream is a provider that is called provider.test, with the authority
// that signed for it in a file.
func secureUpstream(t *testing.T) (addr, caFile string) {
	t.Helper()
	ca := newAuthority(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	s.TLS = ca.server("provider.test")
	quiet(s)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), ca.file
}

func TestThroughAProxy(t *testing.T) {
	secureAddr, ca := secureUpstream(t)
	up := NewUpstream(t, JSON(200, `{}`))
	plainAddr := strings.TrimPrefix(up.URL, "http://")
	login := func(m *middle) { m.user, m.password = "ann", "pa:ss" }
	for _, tt := range []struct {
		name, scheme, base, to string
		change                 func(*middle)
		asked                  string
	}{
		{"https", "http://", "https://provider.test/v1", secureAddr, nil, "CONNECT provider.test:443"},
		{"https with a password", "http://ann:pa%3Ass@", "https://provider.test/v1", secureAddr, login, "CONNECT provider.test:443"},
		{"https by SOCKS", "socks5://", "https://provider.test/v1", secureAddr, nil, "SOCKS provider.test"},
		{"https by SOCKS with a password", "socks5h://ann:pa%3Ass@", "https://provider.test/v1", secureAddr, login, "SOCKS provider.test"},
		{"http", "http://", "http://provider.test/v1", plainAddr, nil, "POST provider.test"},
		{"http without a scheme", "", "http://provider.test/v1", plainAddr, nil, "POST provider.test"},
		{"http by SOCKS", "socks5://", "http://provider.test/v1", plainAddr, nil, "SOCKS provider.test"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMiddle(t, tt.to, tt.change)
			way := config.Way{Proxy: config.NewSecret(tt.scheme + m.addr), CAFile: ca}
			if got, err := ask(t.Context(), backend(t, tt.base, config.Model{Way: way}), false); err != nil || got != "{}" {
				t.Errorf("got %q, %v", got, err)
			}
			if got := m.seen(); len(got) != 1 || got[0] != tt.asked {
				t.Errorf("the proxy was asked for %q", got)
			}
		})
	}
}

// What goes wrong with a proxy is told as the proxy's, and no password comes
// out.
func TestProxyFailures(t *testing.T) {
	secureAddr, ca := secureUpstream(t)
	login := func(m *middle) { m.user, m.password = "ann", "other" }
	refuse := func(m *middle) { m.refuse = 403 }
	dead := raw(t, func(conn net.Conn) { conn.Close() })
	plain := raw(t, func(conn net.Conn) { io.WriteString(conn, "SSH-2.0-x\r\n"); conn.Close() })
	at := func(change func(*middle)) string { return newMiddle(t, secureAddr, change).addr }
	for _, tt := range []struct{ name, proxy, base, want string }{
		{"refused", "http://ann:hunter2@127.0.0.1:1", "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m refused the connection."},
		{"SOCKS refused", "socks5://ann:hunter2@127.0.0.1:1", "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m refused the connection."},
		{"wrong password", "http://ann:hunter2@" + at(login), "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m wants a user name and a password, or other ones (407)."},
		{"wrong password, http", "http://ann:hunter2@" + at(login), "http://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m wants a user name and a password, or other ones (407)."},
		{"wrong password, SOCKS", "socks5://ann:hunter2@" + at(login), "http://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m wants a user name and a password, or other ones."},
		{"no password, SOCKS", "socks5://" + at(login), "http://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m wants a user name and a password, or other ones."},
		{"forbidden", "http://" + at(refuse), "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m refused to connect to it (403)."},
		{"unreachable, SOCKS", "socks5://" + at(refuse), "http://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m could not connect to it: host unreachable."},
		{"closes", "http://" + dead, "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m closed the connection before the answer was complete."},
		{"no SOCKS", "socks5://" + plain, "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m does not speak SOCKS5."},
		{"no TLS", "https://" + plain, "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m does not speak TLS; perhaps its address begins with http://."},
		{"no name", "http://ann:hunter2@no..such.name:1", "https://provider.test", "connect 502 upstream_proxy: The proxy on the way to the provider of model m has a host name that cannot be resolved."},
		{"no URL", "http://ann:hunter2@:1%", "https://provider.test", "connect 502 upstream_proxy: The provider of model m cannot be asked: its proxy setting is no URL like http://host:port or socks5://host:port."},
		{"no scheme of a proxy", "ftp://ann:hunter2@proxy", "https://provider.test", "connect 502 upstream_proxy: The provider of model m cannot be asked: its proxy setting must begin with http, https, socks5 or socks5h."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			way := config.Way{Proxy: config.NewSecret(tt.proxy), CAFile: ca}
			_, err := ask(t.Context(), backend(t, tt.base, config.Model{Way: way}), false)
			if got := complaint(err); got != tt.want {
				t.Errorf("got  %s\nwant %s\n%v", got, tt.want, err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password came out: %v", err)
			}
			r := upstream.Test(t.Context(), upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: tt.base}, Way: way})
			if got := report(r); r.OK || strings.Contains(got, "hunter2") || !strings.Contains(got, "prox") {
				t.Errorf("the connection test says %s", got)
			}
		})
	}
}

func report(r upstream.TestReport) string {
	var out []string
	for _, s := range r.Steps {
		out = append(out, s.Name+": "+s.Detail)
	}
	return verdicts(r) + "; " + strings.Join(out, "; ")
}

// Without a setting of its own a provider is reached as the environment says,
// and else as the system says; this machine itself always directly.
func TestSurroundings(t *testing.T) {
	up := NewUpstream(t, JSON(200, "{}"))
	to := strings.TrimPrefix(up.URL, "http://")
	for _, tt := range []struct {
		name string
		env  []string // M is the proxy, the system's is S
		way  string
		base string
		want string
	}{
		{"the environment", []string{"HTTP_PROXY", "http://M"}, "", "http://provider.test", "M"},
		{"in small letters", []string{"http_proxy", "http://M"}, "", "http://provider.test", "M"},
		{"before the system", []string{"HTTP_PROXY", "M"}, "", "http://provider.test", "M"},
		{"for all", []string{"ALL_PROXY", "socks5://M"}, "", "http://provider.test", "M"},
		{"the system", nil, "", "http://provider.test", "S"},
		{"a provider's own", []string{"HTTP_PROXY", "http://127.0.0.1:1"}, "http://M", "http://provider.test", "M"},
		{"an exception of the environment", []string{"HTTP_PROXY", "http://M", "NO_PROXY", "x.test,.provider.test"}, "", "http://a.provider.test", ""},
		{"not an exception", []string{"HTTP_PROXY", "http://M", "NO_PROXY", "x.test"}, "", "http://provider.test", "M"},
		{"exceptions alone", []string{"NO_PROXY", "provider.test"}, "", "http://provider.test", ""},
		{"none", []string{"HTTP_PROXY", "http://M"}, "none", "http://provider.test", ""},
		{"this machine", []string{"HTTP_PROXY", "http://M"}, "", up.URL, "direct"},
		{"this machine by name", []string{"HTTP_PROXY", "http://M"}, "http://M", "http://localhost:" + up.URL[strings.LastIndex(up.URL, ":")+1:], "direct"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, s := newMiddle(t, to, nil), newMiddle(t, to, nil)
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
				t.Setenv(name, "")
				t.Setenv(strings.ToLower(name), "")
			}
			for i := 0; i+1 < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], strings.ReplaceAll(tt.env[i+1], "M", m.addr))
			}
			system := func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "http", Host: s.addr}, nil }
			way := config.Way{Proxy: config.NewSecret(strings.ReplaceAll(tt.way, "M", m.addr))}
			_, err := ask(t.Context(), backend(t, tt.base, config.Model{Way: way}, upstream.WithSystem(system)), false)
			got := ""
			switch {
			case len(m.seen()) > 0:
				got = "M"
			case len(s.seen()) > 0:
				got = "S"
			case err == nil:
				got = "direct"
			}
			// Names that end in .test exist nowhere but behind the proxies.
			if got != tt.want || (err == nil) == (tt.want == "") {
				t.Errorf("went by %q, want %q: %v", got, tt.want, err)
			}
		})
	}
}

func TestConnectionTestThroughAProxy(t *testing.T) {
	ca := newAuthority(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(JSON(200, `{"data":[{"id":"one"}]}`)))
	s.TLS = ca.server("provider.test")
	quiet(s)
	s.StartTLS()
	t.Cleanup(s.Close)
	m := newMiddle(t, s.Listener.Addr().String(), nil)
	r := upstream.Test(t.Context(), upstream.TestTarget{
		Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: "https://provider.test/v1"},
		Way:      config.Way{Proxy: config.NewSecret("http://ann:hunter2@" + m.addr), CAFile: ca.file},
	})
	got := report(r)
	if !r.OK || verdicts(r) != "dns- tcp+ tls- key- models+" || strings.Count(got, "through the proxy "+m.addr) != 3 || strings.Contains(got, "hunter2") {
		t.Errorf("got %s", got)
	}
}
