package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// ErrNotRunning means that nobody listens on the control socket.
var ErrNotRunning = errors.New("yallmproxy is not running")

// Client speaks to a running program over its control socket. It is what the
// command line and the window know of the program.
type Client struct {
	socket string
	http   *http.Client
}

// Dial returns a client for a control socket. It does not connect yet: every
// call does, and fails with ErrNotRunning when nobody listens.
func Dial(socket string) *Client {
	return &Client{socket: socket, http: &http.Client{Transport: socketTransport(socket)}}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func socketTransport(socket string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
			if err != nil && ctx.Err() == nil {
				return nil, &notRunningError{err}
			}
			return conn, err
		},
	}
}

// notRunningError keeps the reason for a log and says ErrNotRunning to a person.
type notRunningError struct{ err error }

func (e *notRunningError) Error() string        { return ErrNotRunning.Error() }
func (e *notRunningError) Is(target error) bool { return target == ErrNotRunning }
func (e *notRunningError) Unwrap() error        { return e.err }

// Problem is a refusal of the program, in the words of RFC 9457.
//
//nolint:errname // the RFC calls it that
type Problem struct {
	Type   string
	Status int
	Detail string
	// Errors are single mistakes with their places, "file:line path".
	Errors []ProblemError
}

// ProblemError is one mistake.
type ProblemError struct{ Message, Location string }

// Error says everything, one mistake a line.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Detail)
	for _, e := range p.Errors {
		b.WriteString("\n")
		if e.Location != "" {
			b.WriteString(e.Location + ": ")
		}
		b.WriteString(e.Message)
	}
	return b.String()
}

// For reports whether it is of the given reason, as a controller.Reason has it:
// "no-keychain", "port-taken".
func (p *Problem) For(reason string) bool { return p.Type == problemType+reason }

// request is one call.
type request struct {
	method, path string
	query        url.Values
	body         any
	ifMatch      string
}

// call makes a request and decodes the answer into T; struct{} for none.
func call[T any](ctx context.Context, c *Client, r request) (T, error) {
	var answer T
	resp, err := c.do(ctx, r)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer, fmt.Errorf("read the answer: %w", err)
	}
	if len(data) == 0 {
		return answer, nil
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return answer, fmt.Errorf("%s %s: the answer is not understood: %w", r.method, r.path, err)
	}
	return answer, nil
}

// do makes a request and returns a good answer, or a *Problem. The caller
// closes the body.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	var body io.Reader
	if r.body != nil {
		data, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	// The host is never looked up: the transport knows one socket only.
	target := "http://yallmproxy" + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.ifMatch != "" {
		req.Header.Set("If-Match", r.ifMatch)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the made-up address would only confuse
		}
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, problemOf(resp)
}

func problemOf(resp *http.Response) error {
	p := &Problem{Status: resp.StatusCode, Detail: http.StatusText(resp.StatusCode)}
	var m huma.ErrorModel
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil || json.Unmarshal(data, &m) != nil {
		return p
	}
	p.Type = m.Type
	if m.Detail != "" {
		p.Detail = m.Detail
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, ProblemError{e.Message, e.Location})
	}
	return p
}
