package server

import (
	"net/http"
	"net/url"
	"slices"

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
	dialect := dialectOf(c.Request())
	if i := place(models, name, dialect); i >= 0 {
		return c.JSONBlob(http.StatusOK, protocol.For(dialect).EncodeModel(models[i]))
	}
	return notConfigured(name)
}

// place finds a model in a list; -1 when it is not there. To Ollama's clients a
// name without a tag is the one tagged latest.
func place(models []llm.Model, name string, d llm.Dialect) int {
	at := func(name string) int { return slices.IndexFunc(models, func(m llm.Model) bool { return m.ID == name }) }
	i := at(name)
	if i < 0 && d == llm.Ollama {
		i = at(llm.OtherTag(name))
	}
	return i
}

func notConfigured(name string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindNotFound, Status: http.StatusNotFound, Code: "model_not_found", Param: "model", Source: llm.FromProxy,
		Message: "Model " + quoted(name) + " is not configured. GET /v1/models lists what is.",
	}
}

// show is Ollama's POST /api/show: one model, named in the body.
func (s *Server) show(c echo.Context) error {
	name, refused := named(c)
	if refused != nil {
		return refused
	}
	return s.describe(c, name)
}

// pull is Ollama's POST /api/pull, which clients send before they use a model.
// One that is configured is there already.
func (s *Server) pull(c echo.Context) error {
	name, refused := named(c)
	if refused != nil {
		return refused
	}
	models, refused := s.visible(c)
	if refused != nil {
		return refused
	}
	if place(models, name, llm.Ollama) < 0 {
		return notConfigured(name)
	}
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"success"}`+"\n"))
}

// keepsNoModels answers the calls with which Ollama's clients look after the
// files of models.
func (s *Server) keepsNoModels(c echo.Context) error {
	if _, refused := s.visible(c); refused != nil {
		return refused
	}
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusNotImplemented, Code: "not_implemented", Source: llm.FromProxy,
		Message: "This proxy keeps no models: they are added in its window or its configuration.",
	}
}

// named reads which model a body names.
func named(c echo.Context) (string, *llm.Error) {
	const limit = 64 << 10
	text, refused := readBody(c.Response(), c.Request(), limit)
	if refused != nil {
		return "", refused
	}
	name := gjson.GetBytes(text, "model").Str
	if name == "" {
		name = gjson.GetBytes(text, "name").Str // older clients
	}
	return name, nil
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

// lmstudio is LM Studio's GET /api/v0/models, of all models or of one.
func (s *Server) lmstudio(c echo.Context) error {
	models, refused := s.visible(c)
	if refused != nil {
		return refused
	}
	name := c.Param("*")
	if name == "" {
		return c.JSONBlob(http.StatusOK, protocol.LMStudioModels(models))
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	i := place(models, name, llm.OpenAI)
	if i < 0 {
		return notConfigured(name)
	}
	one := protocol.LMStudioModels(models[i : i+1])
	return c.JSONBlob(http.StatusOK, []byte(gjson.GetBytes(one, "data.0").Raw))
}
