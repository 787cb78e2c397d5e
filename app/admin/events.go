package admin

import (
	"net/http"

	"context"
	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

func (a *api) registerEvents(h huma.API) {
	op := operation("stream-events", http.MethodGet, "/api/events", tagProxy,
		"What happens, as it happens",
		"Server-Sent Events. The event name is the type of the Event in its data: state first, then state, request, inflight and config as they happen. "+
			"A comment every 15 seconds keeps the connection open. A reader that is too slow loses inflight events and nothing else.")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A stream that ends when the client or the program goes",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: document[controller.Event](h)}},
	}}
	huma.Register(h, op, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
		return nil, nil
	})
}
