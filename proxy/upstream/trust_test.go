package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// authority signs certificates; file holds its own.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	der, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotAfter: time.Now().Add(time.Hour),
	})
	var err error
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.key, a.file = key, write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

func (a *authority) sign(c *x509.Certificate) (der []byte, key *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour)
	parent, signer := c, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err = x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	return der, key
}

func (a *authority) server(names ...string) *tls.Config {
	der, key := a.sign(&x509.Certificate{DNSNames: names, NotAfter: time.Now().Add(time.Hour)})
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// client writes a certificate for a client, and its key.
func (a *authority) client() (certFile, keyFile string) {
	a.t.Helper()
	der, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "ann"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, NotAfter: time.Now().Add(time.Hour),
	})
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return write(a.t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		write(a.t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text}))
}

func write(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// quiet keeps handshakes that are meant to fail out of the test's output.
func quiet(s *httptest.Server) {
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
}

func serveTLS(t *testing.T, c *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		_, _ = io.WriteString(w, name)
	}))
	s.TLS = c
	quiet(s)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ := strings.Cut(s.Listener.Addr().String(), ":")
	return "https://localhost:" + port
}

// An authority of one's own is trusted beside the system's.
func TestOwnAuthority(t *testing.T) {
	ca := newAuthority(t)
	base := serveTLS(t, ca.server("localhost"))
	if got, err := ask(t.Context(), backend(t, base, config.Model{Way: config.Way{CAFile: ca.file}}), false); err != nil || got != "nobody" {
		t.Errorf("got %q, %v", got, err)
	}
	b := backend(t, secure.URL, config.Model{Way: config.Way{CAFile: ca.file}}) // of which the system's roots know
	if got, err := ask(t.Context(), b, false); err != nil || got != "{}" {
		t.Errorf("got %q, %v", got, err)
	}
	r := upstream.Test(t.Context(), upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: base}, Way: config.Way{CAFile: ca.file}})
	if got := report(r); !strings.Contains(got, "tls+") {
		t.Errorf("the connection test says %s", got)
	}
}

func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	c := ca.server("localhost")
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	c.ClientCAs.AddCert(ca.cert)
	base := serveTLS(t, c)
	cert, key := ca.client()
	way := config.Way{CAFile: ca.file, ClientCert: cert, ClientKey: key}
	if got, err := ask(t.Context(), backend(t, base, config.Model{Way: way}), false); err != nil || got != "ann" {
		t.Errorf("got %q, %v", got, err)
	}
	_, err := ask(t.Context(), backend(t, base, config.Model{Way: config.Way{CAFile: ca.file}}), false)
	if got, want := complaint(err), "connect 502 upstream_tls: The provider of model m wants a client certificate."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A bad file is the trouble of the backend that names it, told when it is
// asked; mended, it is read with the next configuration.
func TestBadFiles(t *testing.T) {
	ca := newAuthority(t)
	base := serveTLS(t, ca.server("localhost"))
	cert, _ := ca.client()
	_, otherKey := ca.client()
	empty := write(t, "empty.pem", []byte("no certificate"))
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, tt := range []struct {
		name string
		way  config.Way
		want string
	}{
		{"missing", config.Way{CAFile: missing}, "the CA file " + missing + " cannot be used: "},
		{"empty", config.Way{CAFile: empty}, "the CA file " + empty + " cannot be used: it holds no certificate in PEM form"},
		{"no key", config.Way{ClientCert: cert}, "the client certificate " + cert + " cannot be used: "},
		{"no certificate", config.Way{ClientKey: otherKey}, "the client key " + otherKey + " cannot be used: "},
		{"another's key", config.Way{ClientCert: cert, ClientKey: otherKey}, "the client certificate " + cert + " cannot be used: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ask(t.Context(), backend(t, base, config.Model{Way: tt.way}), false)
			if got := complaint(err); !strings.HasPrefix(got, "connect 502 upstream_tls: The provider of model m cannot be asked: "+tt.want) {
				t.Errorf("got %s", got)
			}
			r := upstream.Test(t.Context(), upstream.TestTarget{Endpoint: config.Endpoint{Dialect: llm.OpenAI, Base: base}, Way: tt.way})
			if got := report(r); !strings.Contains(got, "tls!") || !strings.Contains(got, tt.want) {
				t.Errorf("the connection test says %s", got)
			}
		})
	}
	pool := upstream.NewPool(upstream.DefaultLimits())
	defer pool.Close()
	compile := func() *upstream.Backend {
		b, err := pool.NewBackend(&config.Model{Name: "m", Way: config.Way{CAFile: empty}}, config.Endpoint{Base: base})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := compile()
	text, err := os.ReadFile(ca.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t.Context(), before, false); err == nil {
		t.Error("a backend changed in its life")
	}
	if _, err := ask(t.Context(), compile(), false); err != nil {
		t.Error(err)
	}
}

// Every way in which TLS fails, and the rest of what a connection can do.
func TestExplained(t *testing.T) {
	ca := newAuthority(t)
	way := config.Way{CAFile: ca.file}
	old := ca.server()
	der, key := ca.sign(&x509.Certificate{DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(-time.Minute)})
	old.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	ancient := ca.server("localhost")
	ancient.MinVersion, ancient.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	reset := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(reset.Close)
	for _, tt := range []struct {
		name, base string
		way        config.Way
		want       string
	}{
		{"not trusted", serveTLS(t, ca.server("localhost")), config.Way{}, "upstream_tls: The provider of model m has a TLS certificate that is not trusted here; ca_file can name its authority."},
		{"another host", serveTLS(t, ca.server("other.test")), way, "upstream_tls: The provider of model m has a TLS certificate that is for another host name."},
		{"out of date", serveTLS(t, old), way, "upstream_tls: The provider of model m has a TLS certificate that is not valid now: it is out of date, or this machine's clock is wrong."},
		{"too old", serveTLS(t, ancient), way, "upstream_tls: The provider of model m broke off the TLS handshake: protocol version not supported."},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), way, "upstream_tls: The provider of model m does not speak TLS; perhaps its address begins with http://."},
		{"no name", "http://no..such.name", way, "upstream_dns: The provider of model m has a host name that cannot be resolved."},
		{"refused", "http://127.0.0.1:1", way, "upstream_refused: The provider of model m refused the connection."},
		{"reset", reset.URL, way, "upstream_reset: The provider of model m closed the connection before the answer was complete."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ask(t.Context(), backend(t, tt.base, config.Model{Way: tt.way}), false)
			if got, want := complaint(err), "connect 502 "+tt.want; got != want {
				t.Errorf("got  %s\nwant %s\n%v", got, want, err)
			}
		})
	}
}
