package upstream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// WithSystem sets what finds the proxy that the system's settings name for a
// URL. It is asked for each request, so it must be quick.
func WithSystem(find func(*url.URL) (*url.URL, error)) Option {
	return func(p *Pool) { p.system = find }
}

// noProxy is the setting of a way that goes straight to the provider.
const noProxy = "none"

// proxyFunc finds the proxy for a request; nil for none.
type proxyFunc func(*http.Request) (*url.URL, error)

// proxy returns how requests to a place find their proxy: the way's own, or
// else the environment's, or else the system's. This machine itself is never
// reached through one.
func (p *Pool) proxy(base *url.URL, setting string) (proxyFunc, error) {
	switch {
	case loopback(base.Hostname()), strings.EqualFold(setting, noProxy):
		return nil, nil
	case setting != "":
		u, err := parseProxy(setting, "its proxy setting")
		if err != nil {
			return nil, err
		}
		return http.ProxyURL(u), nil
	}
	return func(r *http.Request) (*url.URL, error) { return p.surroundings(r.URL) }, nil
}

// surroundings asks the environment and the system. An environment that names
// any proxy decides alone, as it does for every other program.
func (p *Pool) surroundings(u *url.URL) (*url.URL, error) {
	e := p.environment
	switch {
	case e.bypass(u):
		return nil, nil
	case e.http != "" || e.https != "":
		setting, name := e.http, "HTTP_PROXY"
		if u.Scheme == "https" {
			setting, name = e.https, "HTTPS_PROXY"
		}
		if setting == "" {
			return nil, nil
		}
		return parseProxy(setting, "the environment's "+name+" or ALL_PROXY")
	case p.system != nil:
		found, err := p.system(u)
		if err != nil {
			return nil, &fault{code: codeProxy, text: "cannot be asked: the system's proxy settings cannot be used"}
		}
		return found, nil
	}
	return nil, nil
}

// loopback reports whether a host is this machine by any of its names.
func loopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.Unmap().IsLoopback() || addr.IsUnspecified())
}

// parseProxy reads a proxy's URL. It may hold a password, so that an error
// says only where the URL stands.
func parseProxy(s, where string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, &fault{code: codeProxy, text: "cannot be asked: " + where + " is no URL like http://host:port or socks5://host:port"}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, &fault{code: codeProxy, text: "cannot be asked: " + where + " must begin with http, https, socks5 or socks5h"}
}

// environment is what the environment says about proxies.
type environment struct {
	http, https string
	bypass      func(*url.URL) bool // NO_PROXY, and this machine
}

func readEnvironment(getenv func(string) string) *environment {
	of := func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return getenv(strings.ToLower(name))
	}
	all := of("ALL_PROXY")
	e := &environment{http: of("HTTP_PROXY"), https: of("HTTPS_PROXY")}
	if e.http == "" {
		e.http = all
	}
	if e.https == "" {
		e.https = all
	}
	some := "http://proxy.invalid"
	match := (&httpproxy.Config{HTTPProxy: some, HTTPSProxy: some, NoProxy: of("NO_PROXY")}).ProxyFunc()
	e.bypass = func(u *url.URL) bool {
		through, err := match(u)
		return err == nil && through == nil
	}
	return e
}

const codeProxy = "upstream_proxy"

// tunnelled judges a proxy's answer to CONNECT.
func tunnelled(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return proxyRefusal(res.StatusCode)
}

func proxyRefusal(status int) *fault {
	text := "refused to connect to it (" + strconv.Itoa(status) + ")"
	if status == http.StatusProxyAuthRequired {
		text = "wants a user name and a password, or other ones (407)"
	}
	return &fault{code: codeProxy, byProxy: true, text: text}
}

// proxyFault tells the ways in which a proxy fails, or returns nil.
func (b *bounds) proxyFault(err error) *fault {
	var op *net.OpError
	if !errors.As(err, &op) {
		return nil
	}
	switch op.Op {
	case "proxyconnect": // net/http's word for the connection to the proxy
		f := *b.fault(op.Err)
		if f.kind == "" {
			f.code = codeProxy
		}
		f.byProxy = true
		return &f
	case "socks connect":
		return &fault{code: codeProxy, byProxy: true, text: socksRefusal(op.Err)}
	}
	return nil
}

func socksRefusal(err error) string {
	said := err.Error()
	reason, isReply := strings.CutPrefix(said, "unknown error ")
	switch {
	case isReply:
		return "could not connect to it: " + reason
	case strings.Contains(said, "authentication"):
		return "wants a user name and a password, or other ones"
	case isTimeout(err):
		return "did not answer in time"
	}
	return "does not speak SOCKS5"
}

// blame names the proxy as the one who closed a connection that was not yet
// one to the provider.
func (b *Backend) blame(req *http.Request, err error, connected bool) error {
	if connected || !isReset(err) || !b.proxied(req) {
		return err
	}
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
}

func (b *Backend) proxied(req *http.Request) bool {
	if b.transport.Proxy == nil {
		return false
	}
	u, err := b.transport.Proxy(req)
	return err == nil && u != nil
}
