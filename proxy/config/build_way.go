package config

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// checkProxy accepts the address of a proxy. Its text is never part of the
// error, because it may hold a password.
func checkProxy(text string) error {
	if _, ok := KeyringName(text); ok || proxyWord(text) {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"):
		return errors.New("is no address: in a user name or password, a space is written as %20, @ as %40, : as %3A and / as %2F")
	case err != nil || u.Hostname() == "":
		return errors.New("must be the address of a proxy such as http://proxy.example.com:3128, or none, or system")
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return errors.New("must begin with http://, https://, socks5:// or socks5h://")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must end with the proxy's host and port")
	}
	return checkPort(u)
}

func proxyWord(text string) bool {
	return strings.EqualFold(text, "none") || strings.EqualFold(text, "system")
}

// way lays how one place is reached over how it would be otherwise.
func (b *builder) way(out Way, v *value) Way {
	if proxy := b.key(v.get("proxy")); proxy.Set() {
		out.Proxy = b.proxy(proxy, v.get("proxy"))
	}
	if place := v.get("ca_file"); filled(place) {
		out.CAFile = b.file(place)
	}
	cert, key := v.get("client_cert"), v.get("client_key")
	switch {
	case filled(cert) && filled(key):
		out.ClientCert, out.ClientKey = b.file(cert), b.file(key)
		b.checkPair(out, cert)
	case filled(cert):
		b.report.failAt(cert, "needs client_key beside it: add the PEM file of the certificate's private key, which may be the same file")
	case filled(key):
		b.report.failAt(key, "needs client_cert beside it: add the PEM file of the certificate")
	}
	return out
}

func filled(v *value) bool {
	text, ok := v.scalar()
	return ok && text != ""
}

func (b *builder) proxy(k Key, place *value) Secret {
	text := k.Value.Reveal()
	switch {
	case strings.EqualFold(text, "system"):
		return Secret{}
	case strings.EqualFold(text, "none"):
		return NewSecret("none")
	}
	if _, ok := KeyringName(k.Ref); ok {
		// What the keychain held has not been checked yet.
		if err := checkProxy(text); err != nil {
			b.report.failAt(place, "what the keychain has for it %s", err)
			return Secret{}
		}
	}
	return k.Value
}

// file is the path of a file that the user names, from the folder of the
// configuration. That there is none is a warning: it may be on a disk that is
// not there yet.
func (b *builder) file(v *value) string {
	path, _ := v.scalar()
	if !filepath.IsAbs(path) && b.src.Path != "" {
		path = filepath.Join(filepath.Dir(b.src.Path), path)
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		b.report.warnAt(v, "there is no file %s, so what needs it will fail: give its whole path, or one from the folder of this file", v.source)
	case err != nil:
		b.report.warnAt(v, "the file cannot be read, so what needs it will fail: %s", errors.Unwrap(err))
	case info.IsDir():
		b.report.warnAt(v, "is a folder, so what needs it will fail: name a file")
	}
	return path
}

// checkPair warns of a certificate and a key that are there and do not fit.
func (b *builder) checkPair(w Way, place *value) {
	cert, err := os.ReadFile(w.ClientCert)
	if err != nil {
		return
	}
	key, err := os.ReadFile(w.ClientKey)
	if err != nil {
		return
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		b.report.warnAt(place, "client_cert and client_key cannot be used together, so what needs them will fail: %s", err)
	}
}
