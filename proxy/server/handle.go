package server

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	form      bool // files come as multipart/form-data
}

// apiRoutes lists the paths that are relayed and have no variable part.
func apiRoutes() []apiRoute {
	return []apiRoute{
		{path: "/v1/chat/completions", dialect: llm.OpenAI, operation: llm.Chat},
		{path: "/v1/completions", dialect: llm.OpenAI, operation: llm.Completions},
		{path: "/v1/embeddings", dialect: llm.OpenAI, operation: llm.Embeddings},
		{path: "/v1/responses", dialect: llm.Responses, operation: llm.Respond},
		{path: "/v1/messages", dialect: llm.Anthropic, operation: llm.Messages},
		{path: "/v1/messages/count_tokens", dialect: llm.Anthropic, operation: llm.CountTokens},
		{path: "/v1/responses/input_tokens", dialect: llm.Responses, operation: llm.CountTokens},
		{path: "/v1/responses/compact", dialect: llm.Responses, operation: llm.Plain},
		{path: "/api/chat", dialect: llm.Ollama, operation: llm.OllamaChat},
		{path: "/api/generate", dialect: llm.Ollama, operation: llm.OllamaGenerate},
		{path: "/api/embed", dialect: llm.Ollama, operation: llm.OllamaEmbed},
		{path: "/api/embeddings", dialect: llm.Ollama, operation: llm.OllamaEmbeddings},
		{path: "/v1/rerank", dialect: llm.OpenAI, operation: llm.Plain},
		{path: "/v1/moderations", dialect: llm.OpenAI, operation: llm.Plain},
		{path: "/v1/audio/speech", dialect: llm.OpenAI, operation: llm.Plain},
		{path: "/v1/audio/transcriptions", dialect: llm.OpenAI, operation: llm.Plain, form: true},
		{path: "/v1/audio/translations", dialect: llm.OpenAI, operation: llm.Plain, form: true},
		{path: "/v1/images/generations", dialect: llm.OpenAI, operation: llm.Plain},
		{path: "/v1/images/edits", dialect: llm.OpenAI, operation: llm.Plain, form: true},
		{path: "/v1/images/variations", dialect: llm.OpenAI, operation: llm.Plain, form: true},
	}
}

// handle takes a call from the wire and hands it to the relay.
func (s *Server) handle(r apiRoute) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.relayed(c, r, relay.Call{Operation: r.operation, Dialect: r.dialect, Sessions: s.sessions})
		return nil
	}
}

// relayed completes a call and serves it.
func (s *Server) relayed(c echo.Context, r apiRoute, call relay.Call) {
	w, req := c.Response(), c.Request()
	call.Snapshot = s.relay.Snapshot()
	call.RequestID, call.Client, call.Arrived = w.Header().Get("X-Request-Id"), program(req.Header), time.Now()
	if refused := s.accept(c, r, &call); refused != nil {
		s.relay.Refuse(w.Writer, req, call, refused)
		return
	}
	s.relay.Serve(w.Writer, req, call)
}

// accept finds out who calls and reads what they send, or says why not.
func (s *Server) accept(c echo.Context, r apiRoute, call *relay.Call) *llm.Error {
	w, req := c.Response(), c.Request()
	cfg := call.Snapshot.Config()
	from, refused := s.caller(req, cfg)
	if refused != nil {
		return refused
	}
	call.Caller, call.Turn, call.Limit = from.id, from.turn, from.limit
	if !(jsonType(req.Header) || r.form && formType(req.Header) || r.operation == llm.RawCall && harmless(req)) {
		return unsupported("Send the request with Content-Type: application/json")
	}
	if call.Body, refused = readBody(w, req, cfg.Server.MaxBodyBytes); refused != nil {
		return refused
	}
	call.Body, refused = unpacked(req.Header, call.Body, cfg.Server.MaxBodyBytes)
	return refused
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
	path := req.URL.Path
	switch {
	case strings.HasPrefix(path, "/v1beta/"):
		return llm.Gemini
	case strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/api/v0/"):
		return llm.Ollama
	case strings.HasPrefix(path, "/v1/responses"):
		return llm.Responses
	case req.Header.Get("Anthropic-Version") != "" || strings.HasPrefix(path, "/v1/messages"):
		return llm.Anthropic
	case req.Header.Get("X-Goog-Api-Key") != "":
		return llm.Gemini
	}
	return llm.OpenAI
}

// noRoute answers a path or a method that no route takes.
func noRoute(c echo.Context) error {
	for _, r := range apiRoutes() {
		if r.path == c.Request().URL.Path {
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
			Message: fmt.Sprintf("%s %s is no call this proxy knows. %s", c.Request().Method, quoted(c.Request().URL.Path), basesFor(c.Request().Host)),
		}
		if allowed := c.Response().Header().Get("Allow"); refused.Code == http.StatusMethodNotAllowed && allowed != "" {
			e.Message = fmt.Sprintf("%s is not asked with %s but with %s.", quoted(c.Request().URL.Path), c.Request().Method, allowed)
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
