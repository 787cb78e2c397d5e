package upstream

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// material is what the files of a way hold.
type material struct {
	way           config.Way
	ca, cert, key []byte
}

func readMaterial(w config.Way) (material, error) {
	m := material{way: w}
	for _, f := range []struct {
		what, name string
		to         *[]byte
	}{{"CA file", w.CAFile, &m.ca}, {"client certificate", w.ClientCert, &m.cert}, {"client key", w.ClientKey, &m.key}} {
		if f.name == "" {
			continue
		}
		text, err := os.ReadFile(f.name)
		if err != nil {
			var at *fs.PathError
			if errors.As(err, &at) {
				err = at.Err
			}
			return m, unusable(f.what, f.name, err.Error())
		}
		*f.to = text
	}
	if m.key != nil && m.cert == nil {
		return m, unusable("client key", w.ClientKey, "there is no client certificate with it")
	}
	return m, nil
}

func unusable(what, name, problem string) *fault {
	return &fault{code: "upstream_tls", text: "cannot be asked: the " + what + " " + name + " cannot be used: " + problem}
}

// sum is the same for the same contents.
func (m material) sum() (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range [][]byte{m.ca, m.cert, m.key} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	h.Sum(sum[:0])
	return sum
}

// config makes the client's side of TLS.
func (m material) config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.ca != nil {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(m.ca) {
			return nil, unusable("CA file", m.way.CAFile, "it holds no certificate in PEM form")
		}
		c.RootCAs = roots
	}
	if m.cert != nil {
		key, name := m.key, m.way.ClientKey
		if key == nil { // one file may hold both
			key, name = m.cert, m.way.ClientCert
		}
		pair, err := tls.X509KeyPair(m.cert, key)
		if err != nil {
			return nil, unusable("client certificate", m.way.ClientCert, "with the key of "+name+": "+err.Error())
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
