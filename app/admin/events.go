package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

const (
	// heartbeatEvery keeps proxies and browsers from giving the connection up.
	heartbeatEvery = 15 * time.Second
	// eventTimeout bounds the wait for a reader that does not read.
	eventTimeout = 10 * time.Second
)

func (a *api) registerEvents(h huma.API) {
	op := operation("stream-events", http.MethodGet, "/api/events", tagProxy,
		"What happens, as it happens",
		"Server-Sent Events. The event name is the type of the Event in its data: state first, then state, request, inflight, config, routing and queue as they happen; inflight, routing and queue at most twice a second each. "+
			"A comment every 15 seconds keeps the connection open. A reader that is too slow loses events and is told to read anew by one of type config. "+
			"Over the model listener the stream ends when that stops.")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A stream that ends when the client or the program goes",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: document[controller.Event](h)}},
	}}
	huma.Register(h, op, func(context.Context, *none) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: a.stream}, nil
	})
}

// stream writes events until the client or the program goes.
func (a *api) stream(hc huma.Context) {
	w := humaecho.Unwrap(hc).Response()
	control := http.NewResponseController(w)
	write := func(format string, args ...any) bool {
		_ = control.SetWriteDeadline(time.Now().Add(eventTimeout)) // not every connection has deadlines
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return false
		}
		return control.Flush() == nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(hc.Context())
	defer cancel()
	events := a.ctl.Subscribe(ctx)
	heartbeat := time.NewTicker(heartbeatEvery)
	defer heartbeat.Stop()
	address := ""
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			data, err := json.Marshal(e)
			if err != nil {
				a.log.Error("event not sent", "type", e.Type, "error", err)
				return
			}
			if !write("event: %s\ndata: %s\n\n", e.Type, data) || a.leaving(e.State, &address) {
				return
			}
		case <-heartbeat.C:
			if !write(": still here\n\n") {
				return
			}
		}
	}
}

// leaving reports whether the listener that this stream came through is being
// stopped or has moved: it waits for its requests, and a stream never ends.
func (a *api) leaving(s *controller.State, address *string) bool {
	if !a.web || s == nil {
		return false
	}
	if *address == "" {
		*address = s.BaseURL
	}
	return s.Proxy == controller.Draining || s.BaseURL != *address
}
