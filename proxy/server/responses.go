package server

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/session"
)

// stored adds the calls about what is kept of the Responses API. Providers are
// not asked: to a client it is all one server, whichever of them answered.
func (s *Server) stored(api *echo.Group) {
	if s.sessions == nil {
		return
	}
	api.GET("/responses/:id", s.kept(s.storedResponse))
	api.DELETE("/responses/:id", s.kept(func(k keptCall) ([]byte, *llm.Error) {
		return s.sessions.DeleteResponse(k.ctx, k.caller, k.id)
	}))
	api.GET("/responses/:id/input_items", s.kept(func(k keptCall) ([]byte, *llm.Error) {
		return s.sessions.InputItems(k.ctx, k.caller, k.id, k.page())
	}))
	api.POST("/responses/:id/cancel", s.kept(func(k keptCall) ([]byte, *llm.Error) {
		return nil, s.sessions.CancelResponse(k.ctx, k.caller, k.id)
	}))
	api.POST("/conversations", s.kept(s.newConversation))
	api.GET("/conversations/:id", s.kept(func(k keptCall) ([]byte, *llm.Error) {
		return s.sessions.Conversation(k.ctx, k.caller, k.id)
	}))
	api.DELETE("/conversations/:id", s.kept(func(k keptCall) ([]byte, *llm.Error) {
		return s.sessions.DeleteConversation(k.ctx, k.caller, k.id)
	}))
	api.GET("/conversations/:id/items", s.kept(func(k keptCall) ([]byte, *llm.Error) {
		return s.sessions.ConversationItems(k.ctx, k.caller, k.id, k.page())
	}))
}

// keptCall is a call about something that is kept.
type keptCall struct {
	echo.Context

	ctx        context.Context //nolint:containedctx // it is the one request's
	caller, id string
}

// kept finds out who calls and what about, and sends the answer.
func (s *Server) kept(answer func(keptCall) ([]byte, *llm.Error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		k := keptCall{Context: c, ctx: c.Request().Context(), id: c.Param("id")}
		if plain, err := url.PathUnescape(k.id); err == nil {
			k.id = plain
		}
		from, refused := s.caller(c.Request(), s.relay.Snapshot().Config())
		if refused != nil {
			return refused
		}
		k.caller = from.id
		text, refused := answer(k)
		if refused != nil {
			if refused.Err != nil && refused.Kind != llm.KindCancelled {
				s.log.Warn("stored responses cannot be read", "path", c.Request().URL.Path, "error", refused.Err)
			}
			return refused
		}
		return c.JSONBlob(http.StatusOK, text)
	}
}

func (k keptCall) page() session.Page {
	return session.Page{Order: k.QueryParam("order"), After: k.QueryParam("after"), Limit: k.QueryParam("limit")}
}

func (s *Server) storedResponse(k keptCall) ([]byte, *llm.Error) {
	if k.QueryParam("stream") == "true" {
		return nil, session.NoReplay()
	}
	return s.sessions.Response(k.ctx, k.caller, k.id)
}

func (s *Server) newConversation(k keptCall) ([]byte, *llm.Error) {
	req := k.Request()
	if req.ContentLength != 0 && !jsonType(req.Header) {
		return nil, unsupported("Send the request with Content-Type: application/json")
	}
	text, refused := readBody(k.Response(), req, s.relay.Snapshot().Config().Server.MaxBodyBytes)
	if refused != nil {
		return nil, refused
	}
	return s.sessions.CreateConversation(k.ctx, k.caller, text)
}
