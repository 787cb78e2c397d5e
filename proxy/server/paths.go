package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// gemini serves POST /v1beta/models/{model}:{action}. The dialect names the
// model and whether to stream in the path.
func (s *Server) gemini(c echo.Context) error {
	path := c.Param("*")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	i := strings.LastIndexByte(path, ':')
	if i < 0 {
		return echo.ErrNotFound
	}
	model, action := path[:i], path[i+1:]
	operation, known := geminiCall(action)
	if !known {
		return echo.ErrNotFound
	}
	call := relay.Call{Dialect: llm.Gemini, Model: model, Operation: operation, Stream: action == geminiStream}
	s.relayed(c, apiRoute{dialect: llm.Gemini, operation: call.Operation}, call)
	return nil
}

const geminiStream = "streamGenerateContent"

// geminiCall is what a method of Gemini's asks for.
func geminiCall(action string) (op llm.Operation, known bool) {
	switch action {
	case "generateContent", geminiStream:
		return llm.Generate, true
	case "embedContent":
		return llm.GeminiEmbed, true
	case "batchEmbedContents":
		return llm.GeminiEmbedBatch, true
	case "countTokens":
		return llm.CountTokens, true
	}
	return "", false
}

// raw serves /p1/{model}/{path}: any call at all, to the base URL of a model's
// backend. The model's name is one segment; a slash in it is written %2F.
func (s *Server) raw(c echo.Context) error {
	segment, rest, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.EscapedPath(), "/p1/"), "/")
	model, err := url.PathUnescape(segment)
	if err != nil || model == "" {
		return echo.ErrNotFound
	}
	path, err := url.PathUnescape(rest)
	if err != nil || slices.Contains(strings.Split(path, "/"), "..") { // the base URL is as far as a model's key goes
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	s.relayed(c, apiRoute{operation: llm.RawCall}, relay.Call{
		Operation: llm.RawCall, Dialect: llm.OpenAI, Model: model, Path: "/" + path,
	})
	return nil
}
