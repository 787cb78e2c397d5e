package server

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// apiRoute is one path of a model API.
type apiRoute struct {
	path      string
	dialect   llm.Dialect
	operation llm.Operation
}

// apiRoutes lists the paths below /v1 that are relayed.
func apiRoutes() []apiRoute {
	return []apiRoute{
		{"/chat/completions", llm.OpenAI, llm.Chat},
		{"/embeddings", llm.OpenAI, llm.Embeddings},
		{"/messages", llm.Anthropic, llm.Messages},
	}
}

// handle takes a call from the wire and hands it to the relay.
func (s *Server) handle(r apiRoute) echo.HandlerFunc {
	return func(c echo.Context) error {
		w, req := c.Response(), c.Request()
		call := relay.Call{
			Snapshot: s.relay.Snapshot(), Operation: r.operation, Dialect: r.dialect,
			RequestID: w.Header().Get("X-Request-Id"), Client: program(req.Header), Arrived: time.Now(),
		}
		refused := func() *llm.Error {
			cfg := call.Snapshot.Config()
			var e *llm.Error
			if call.Caller, e = caller(req.Header, cfg.AppKeys); e != nil {
				return e
			}
			if !jsonType(req.Header) {
				return unsupported("Send the request with Content-Type: application/json")
			}
			if coding := req.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
				return unsupported("Send the request without Content-Encoding")
			}
			call.Body, e = readBody(w, req, cfg.Server.MaxBodyBytes)
			return e
		}()
		if refused != nil {
			s.relay.Refuse(w.Writer, req, call, refused)
			return nil
		}
		s.relay.Serve(w.Writer, req, call)
		return nil
	}
}

func unsupported(message string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		Message: message, Source: llm.FromProxy,
	}
}

// readBody reads the whole request before anything is sent upstream: a
// provider may answer before it has read everything, and a transport that is
// still copying then loses the answer (golang/go#40747).
func readBody(w http.ResponseWriter, req *http.Request, limit int64) ([]byte, *llm.Error) {
	if req.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // not every connection has deadlines
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	var buf bytes.Buffer
	if req.ContentLength > 0 {
		buf.Grow(int(req.ContentLength) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, req.Body, limit)); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, tooLarge(limit)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, &llm.Error{
				Kind: llm.KindTimeout, Status: http.StatusRequestTimeout, Code: "slow_body",
				Message: fmt.Sprintf("The request's body did not arrive within %v.", bodyTimeout), Source: llm.FromProxy,
			}
		}
		return nil, &llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "incomplete_body",
			Message: "The request's body is not complete.", Source: llm.FromProxy,
		}
	}
	return buf.Bytes(), nil
}

func tooLarge(limit int64) *llm.Error {
	return &llm.Error{
		Kind: llm.KindTooLarge, Status: http.StatusRequestEntityTooLarge, Code: "request_too_large",
		Message: fmt.Sprintf("The request is larger than the proxy's limit of %d bytes (proxy_settings.server.max_body_bytes).", limit),
		Source:  llm.FromProxy,
	}
}

// dialectOf tells whose error shape and model list a caller expects where the
// path alone does not say it. Anthropic's clients always send their version.
func dialectOf(req *http.Request) llm.Dialect {
	if req.Header.Get("Anthropic-Version") != "" || strings.HasPrefix(req.URL.Path, "/v1/messages") {
		return llm.Anthropic
	}
	return llm.OpenAI
}

// models lists what can be asked for.
func (s *Server) models(c echo.Context) error {
	snap := s.relay.Snapshot()
	id, refused := caller(c.Request().Header, snap.Config().AppKeys)
	if refused != nil {
		return refused
	}
	codec := protocol.For(dialectOf(c.Request()))
	return c.JSONBlob(http.StatusOK, codec.EncodeModels(snap.Models(id)))
}

// model describes one model. Its name may hold slashes.
func (s *Server) model(c echo.Context) error {
	snap := s.relay.Snapshot()
	id, refused := caller(c.Request().Header, snap.Config().AppKeys)
	if refused != nil {
		return refused
	}
	name := c.Param("*")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	for _, m := range snap.Models(id) {
		if m.ID == name {
			return c.JSONBlob(http.StatusOK, protocol.For(dialectOf(c.Request())).EncodeModel(m))
		}
	}
	return &llm.Error{
		Kind: llm.KindNotFound, Status: http.StatusNotFound, Code: "model_not_found", Param: "model", Source: llm.FromProxy,
		Message: "Model " + quoted(name) + " is not configured. GET /v1/models lists what is.",
	}
}

// noRoute answers a path or a method that no route takes.
func noRoute(c echo.Context) error {
	path := strings.TrimPrefix(c.Request().URL.Path, "/v1")
	for _, r := range apiRoutes() {
		if r.path == path {
			c.Response().Header().Set("Allow", http.MethodPost)
			return echo.ErrMethodNotAllowed
		}
	}
	return echo.ErrNotFound
}

// unknown renders every error that no relay has answered, in the shape the
// caller's dialect expects.
func (s *Server) unknown(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	e := llm.AsError(err)
	var refused *echo.HTTPError
	if errors.As(err, &refused) {
		e = &llm.Error{
			Kind: llm.KindOf(refused.Code), Status: refused.Code, Source: llm.FromProxy, Code: "unknown_path",
			Message: fmt.Sprintf("%s %s is no call this proxy knows.", c.Request().Method, quoted(c.Request().URL.Path)),
		}
	} else if e.Kind == llm.KindInternal {
		s.log.Error("request failed", "path", c.Request().URL.Path, "error", err)
	}
	text := protocol.For(dialectOf(c.Request())).EncodeError(e, c.Response().Header().Get("X-Request-Id"))
	if err := c.JSONBlob(e.Status, text); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		s.log.Debug("error answer was not delivered", "error", err)
	}
}

// requestID takes over the caller's id when it is fit to stand in a log, and
// makes one otherwise.
func requestID(h http.Header) string {
	const longest = 128
	id := h.Get("X-Request-Id")
	if id != "" && len(id) <= longest && !strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:", r))
	}) {
		return id
	}
	return "req_" + strings.ToLower(rand.Text())
}

// program names the calling program by the first product of its User-Agent
// (RFC 9110, 10.1.5), and keeps the language of the official SDKs.
func program(h http.Header) string {
	const longest = 60
	first, _, _ := strings.Cut(h.Get("User-Agent"), " ")
	name, version, _ := strings.Cut(first, "/")
	switch name {
	case "OpenAI", "AsyncOpenAI", "Anthropic", "AsyncAnthropic":
		name += "/" + version
	}
	if len(name) > longest {
		name = name[:longest]
	}
	return strings.ToValidUTF8(name, "?")
}
