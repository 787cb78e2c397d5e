package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// question is a request as it goes over the wire.
type question struct {
	method string
	url    *url.URL
	host   string
	header http.Header
	body   [][]byte
	size   int64
}

// appendHead writes the request line and the header (RFC 9112, 3 and 5), with
// what net/http would add of itself.
func (q *question) appendHead(b []byte) ([]byte, error) {
	target := q.url.RequestURI()
	if !visible(target) || !visible(q.host) {
		return b, errors.New("the address of the request has a control character in it")
	}
	b = append(b, q.method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, q.host...)
	b = append(b, "\r\n"...)
	if q.header["User-Agent"] == nil {
		b = append(b, "User-Agent: Go-http-client/1.1\r\n"...)
	}
	if q.size > 0 || q.method == http.MethodPost || q.method == http.MethodPut || q.method == http.MethodPatch {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, q.size, 10)
		b = append(b, "\r\n"...)
	}
	for name, values := range q.header {
		if ofFraming(name) {
			continue
		}
		for _, v := range values {
			if !token(name) || !text(v) {
				return b, fmt.Errorf("header field %q cannot be sent", name)
			}
			if name == "User-Agent" && v == "" {
				continue // which is how a client asks for none
			}
			b = append(b, name...)
			b = append(b, ": "...)
			b = append(b, strings.Trim(v, " \t")...)
			b = append(b, "\r\n"...)
		}
	}
	return append(b, "\r\n"...), nil
}

// ofFraming lists the fields that say where a request ends. Whoever sends it
// decides that.
func ofFraming(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}

// visible reports whether s can stand in a request line.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// text reports whether s can be the value of a field (RFC 9110, 5.5).
func text(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// token reports whether s can be the name of a field (RFC 9110, 5.6.2).
func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
