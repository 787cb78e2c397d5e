package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
)

// models lists what can be asked for, in the shape of the caller's dialect.
func (s *Server) models(c echo.Context) error {
	models, refused := s.visible(c)
	if refused != nil {
		return refused
	}
	return c.JSONBlob(http.StatusOK, protocol.For(dialectOf(c.Request())).EncodeModels(models))
}

// visible lists the models that a caller may ask for.
func (s *Server) visible(c echo.Context) ([]llm.Model, *llm.Error) {
	snap := s.relay.Snapshot()
	from, refused := s.caller(c.Request(), snap.Config())
	if refused != nil {
		return nil, refused
	}
	return snap.Models(from.id), nil
}

// model describes one model. Its name may hold slashes.
func (s *Server) model(c echo.Context) error {
	name := c.Param("*")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return s.describe(c, name)
}

func (s *Server) describe(c echo.Context, name string) error {
	models, refused := s.visible(c)
	if refused != nil {
		return refused
	}
	for _, m := range models {
		if m.ID == name {
			return c.JSONBlob(http.StatusOK, protocol.For(dialectOf(c.Request())).EncodeModel(m))
		}
	}
	return notConfigured(name)
}

func notConfigured(name string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindNotFound, Status: http.StatusNotFound, Code: "model_not_found", Param: "model", Source: llm.FromProxy,
		Message: "Model " + quoted(name) + " is not configured. GET /v1/models lists what is.",
	}
}

// show is Ollama's POST /api/show: one model, named in the body.
func (s *Server) show(c echo.Context) error {
	const limit = 64 << 10
	text, refused := readBody(c.Response(), c.Request(), limit)
	if refused != nil {
		return refused
	}
	name := gjson.GetBytes(text, "model").Str
	if name == "" {
		name = gjson.GetBytes(text, "name").Str // its older clients
	}
	return s.describe(c, strings.TrimSuffix(name, ":latest"))
}

// running is Ollama's GET /api/ps.
func (s *Server) running(c echo.Context) error {
	models, refused := s.visible(c)
	if refused != nil {
		return refused
	}
	return c.JSONBlob(http.StatusOK, protocol.OllamaRunning(models))
}

// version is Ollama's GET /api/version, by which its clients look for it.
func (s *Server) version(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, protocol.OllamaVersion())
}

// lmstudio is LM Studio's GET /api/v0/models.
func (s *Server) lmstudio(c echo.Context) error {
	models, refused := s.visible(c)
	if refused != nil {
		return refused
	}
	return c.JSONBlob(http.StatusOK, protocol.LMStudioModels(models))
}
