package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// StatusClientClosed is nginx's status for a client that closed its request.
// Nobody receives it; it stands in records.
const StatusClientClosed = 499

// fault is a failure in words that name no address and no secret. They are the
// rest of a sentence whose subject is the provider or, with byProxy, the proxy
// on the way to it.
type fault struct {
	kind    llm.Kind // default connect
	status  int      // default 502
	code    string
	byProxy bool
	text    string
}

// Error returns the words.
func (f *fault) Error() string { return f.text }

// explain turns a network error into words that name the backend and never its
// address.
func (b *Backend) explain(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	var ran *bound
	if cause != nil && !errors.As(cause, &ran) {
		return &llm.Error{Kind: llm.KindCancelled, Status: StatusClientClosed, Message: "The client went away.", Source: llm.FromProxy, Err: cause}
	}
	var f *fault
	if ran != nil {
		f = late(ran.Error())
	} else {
		f = b.bounds.fault(err)
	}
	e := &llm.Error{Kind: f.kind, Status: f.status, Code: f.code, Source: llm.FromProxy, Err: err}
	if e.Kind == "" {
		e.Kind = llm.KindConnect
	}
	if e.Status == 0 {
		e.Status = http.StatusBadGateway
	}
	e.Message = "The provider of model " + b.name + " " + f.text + "."
	if f.byProxy {
		e.Message = "The proxy on the way to the provider of model " + b.name + " " + f.text + "."
	}
	return e
}

func late(text string) *fault {
	return &fault{kind: llm.KindTimeout, status: http.StatusGatewayTimeout, code: "upstream_timeout", text: text}
}

// Windows has error numbers of its own for what happens to a socket; no other
// system has any that high.
const (
	errWSAReset   = syscall.Errno(10054)
	errWSARefused = syscall.Errno(10061)
)

// fault classifies an error of the network.
func (b *bounds) fault(err error) *fault {
	var known *fault
	if errors.As(err, &known) && known != errLoop {
		return known
	}
	if f := b.proxyFault(err); f != nil {
		return f
	}
	if known != nil { // a loop, which is none of the proxy's
		return known
	}
	if f := b.tlsFault(err); f != nil {
		return f
	}
	var dns *net.DNSError
	var op *net.OpError
	dialling := errors.As(err, &op) && op.Op == "dial"
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return &fault{code: "upstream_dns", text: "has a host name that cannot be resolved"}
	case errors.As(err, &dns):
		return &fault{code: "upstream_dns", text: "has a host name that cannot be resolved now: the name server does not answer"}
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, errWSARefused):
		return &fault{code: "upstream_refused", text: "refused the connection"}
	case isTimeout(err) && dialling && b.connect != nil:
		return late(b.connect.Error())
	case isTimeout(err) && dialling:
		return late("could not be reached in time")
	case isTimeout(err), strings.Contains(err.Error(), "http2: client connection lost"):
		// TCP's keep-alive, or HTTP/2's ping, found nobody on the other side.
		return late("stopped answering in the middle of the connection")
	case isReset(err):
		return &fault{code: "upstream_reset", text: "closed the connection before the answer was complete"}
	}
	return &fault{code: "upstream_unreachable", text: "could not be reached"}
}

func isReset(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, errWSAReset) || strings.Contains(err.Error(), "stream error: ") // HTTP/2's reset
}

// tlsFault tells the ways in which a handshake fails, or returns nil.
func (b *bounds) tlsFault(err error) *fault {
	f := &fault{code: "upstream_tls"}
	var op *net.OpError
	var record tls.RecordHeaderError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &host):
		f.text = "has a TLS certificate that is for another host name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.text = "has a TLS certificate that is not valid now: it is out of date, or this machine's clock is wrong"
	case errors.As(err, &verification), errors.As(err, &unknown), errors.As(err, &invalid):
		f.text = "has a TLS certificate that is not trusted here; ca_file can name its authority"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		f.text = "does not speak TLS; perhaps its address begins with http://"
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"): // crypto/tls's words for an alert
		f.text = "broke off the TLS handshake: " + strings.TrimPrefix(op.Err.Error(), "tls: ")
		if strings.HasSuffix(f.text, ": certificate required") { // RFC 8446, 6
			f.text = "wants a client certificate"
		}
	case strings.Contains(err.Error(), "TLS handshake timeout"): // net/http's own type has no name
		if b.tls == nil {
			return late("did not complete the TLS handshake in time")
		}
		return late(b.tls.Error())
	case strings.HasPrefix(err.Error(), "tls: "):
		f.text = "could not agree on a TLS connection"
	default:
		return nil
	}
	return f
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
