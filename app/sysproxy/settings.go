package sysproxy

import (
	"net"
	"net/netip"
	"net/url"
	"path"
	"strings"
)

// Settings are what a system says about proxies.
type Settings struct {
	// HTTP and HTTPS are the proxies for URLs of these schemes, and SOCKS is the
	// one for those which have none; nil for none.
	HTTP, HTTPS, SOCKS *url.URL
	// Except lists the hosts that are reached without a proxy: names, names with
	// asterisks, addresses and networks. With Only it lists those that are
	// reached with one.
	Except []string
	Only   bool
	// Below: a name in Except stands for the names below it as well.
	Below bool
	// Simple: host names without a dot are reached without a proxy.
	Simple bool
}

func (s Settings) proxy(u *url.URL) *url.URL {
	found := s.HTTP
	if u.Scheme == "https" {
		found = s.HTTPS
	}
	if found == nil {
		found = s.SOCKS
	}
	if found == nil || s.excepts(u) != s.Only {
		return nil
	}
	return found
}

func (s Settings) excepts(u *url.URL) bool {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	addr, err := netip.ParseAddr(host)
	isAddr := err == nil
	if s.Simple && !isAddr && !strings.Contains(host, ".") {
		return true
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	for _, e := range s.Except {
		e = strings.ToLower(strings.TrimSpace(e))
		if _, rest, ok := strings.Cut(e, "://"); ok {
			e = rest
		}
		if h, p, err := net.SplitHostPort(e); err == nil {
			if p != port {
				continue
			}
			e = h
		}
		if isAddr && within(addr.Unmap(), e) || s.names(e, host) {
			return true
		}
	}
	return false
}

// names reports whether an entry stands for a host by its name.
func (s Settings) names(entry, host string) bool {
	if s.Below {
		entry = strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
		if entry != "" && strings.HasSuffix(host, "."+entry) {
			return true
		}
	}
	if strings.HasPrefix(entry, ".") {
		return strings.HasSuffix(host, entry)
	}
	ok, err := path.Match(entry, host) // hosts have no slash, so that * is any text
	return err == nil && ok
}

// within reports whether an entry is a network that holds an address. macOS
// leaves out what is zero: 169.254/16.
func within(addr netip.Addr, entry string) bool {
	base, bits, ok := strings.Cut(strings.Trim(entry, "[]"), "/")
	if !ok {
		one, err := netip.ParseAddr(base)
		return err == nil && one.Unmap() == addr
	}
	for !strings.Contains(base, ":") && strings.Count(base, ".") < 3 {
		base += ".0"
	}
	network, err := netip.ParsePrefix(base + "/" + bits)
	return err == nil && network.Contains(addr)
}

// server makes a proxy's URL of what settings hold: host, host:port, a URL, or
// KDE's URL with the port behind a blank. It returns nil for anything else.
func server(text, scheme, port string) *url.URL {
	text = strings.TrimSpace(text)
	if before, after, ok := strings.Cut(text, " "); ok {
		text = strings.TrimSuffix(before, "/") + ":" + strings.TrimSpace(after)
	}
	if text == "" {
		return nil
	}
	if !strings.Contains(text, "://") {
		text = scheme + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	switch u.Scheme {
	case "socks":
		u.Scheme = "socks5"
	case "http", "https", "socks5", "socks5h":
	default:
		return nil
	}
	if u.Port() == "" && port != "" && port != "0" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}
}
