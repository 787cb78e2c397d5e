package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// route finds what is dialled: the provider, or the proxy on the way.
func (t *tester) route() error {
	find, err := t.pool.proxy(t.base, t.target.Way.Proxy.Reveal())
	if err != nil {
		return t.told(err)
	}
	dial := t.base
	if find != nil {
		if t.through, err = find(&http.Request{URL: t.base}); err != nil {
			return t.told(err)
		}
		if t.through != nil {
			dial = t.through
		}
	}
	port := dial.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[dial.Scheme]
	}
	t.addr = net.JoinHostPort(dial.Hostname(), port)
	return nil
}

// via says that a step is about the proxy on the way.
func (t *tester) via(s string) string {
	if t.through == nil {
		return s
	}
	return s + " (through the proxy " + t.through.Host + ")"
}

// told says what failed in the words that clients get.
func (t *tester) told(err error) error {
	f := t.bounds.fault(err)
	switch {
	case f.code == "upstream_unreachable":
		return fmt.Errorf("the request failed: %w", err)
	case f.byProxy && t.through != nil:
		return fmt.Errorf("the proxy %s %s", t.through.Host, f.text)
	}
	return errors.New(t.via("the provider " + f.text))
}

func (t *tester) resolve(ctx context.Context) (string, error) {
	host, _, _ := net.SplitHostPort(t.addr) // made by JoinHostPort
	if net.ParseIP(host) != nil {
		return t.via("An address needs no look-up"), errSkip
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultLimits().Connect)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", errors.New(t.via(fmt.Sprintf("the name %s cannot be resolved: check its spelling and the network", host)))
	}
	return t.via(strings.Join(addrs[:min(2, len(addrs))], ", ")), nil
}

func (t *tester) connect(ctx context.Context) (string, error) {
	conn, err := t.pool.dialer(DefaultLimits().Connect)(ctx, "tcp", t.addr)
	switch {
	case errors.Is(err, errLoop):
		return "", t.told(err)
	case err != nil && isTimeout(err):
		return "", errors.New(t.via(t.addr + " does not answer: check the port, the firewall and the VPN"))
	case err != nil:
		return "", errors.New(t.via(t.addr + " refuses the connection: check that the server runs and the port is right"))
	}
	_ = conn.Close() // it has served its purpose
	return t.via(t.addr), nil
}

func (t *tester) handshake(ctx context.Context) (string, error) {
	m, err := readMaterial(t.target.Way)
	if err != nil {
		return "", t.told(err)
	}
	trust, err := m.config()
	switch {
	case err != nil:
		return "", t.told(err)
	case t.base.Scheme != "https":
		return "The base URL is http", errSkip
	case t.through != nil:
		return t.via("It is made with the next step"), errSkip
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultLimits().TLS)
	defer cancel()
	trust.ServerName = t.base.Hostname()
	raw, err := t.pool.dialer(DefaultLimits().Connect)(ctx, "tcp", t.addr)
	if err != nil {
		return "", t.told(err)
	}
	defer func() { _ = raw.Close() }()
	conn := tls.Client(raw, trust)
	if err := conn.HandshakeContext(ctx); err != nil {
		return "", fmt.Errorf("the TLS handshake failed: %w", t.told(err))
	}
	return tls.VersionName(conn.ConnectionState().Version), nil
}
