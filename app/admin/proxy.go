package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

type none struct{}

type startInput struct {
	Body *startOptions
}

type startOptions struct {
	Port int `json:"port,omitempty" minimum:"1" maximum:"65535" doc:"Listen here until the next start; empty: the configured port" example:"7980"`
}

type inFlightList struct {
	InFlight []usage.InFlight `json:"in_flight" doc:"Oldest first"`
}

func (a *api) registerProxy(h huma.API) {
	huma.Register(h, operation("get-state", http.MethodGet, "/api/state", tagProxy,
		"The one glance",
		"Whether the proxy is on, where it listens, and what needs a person."),
		plain(a, func(context.Context, *none) (controller.State, error) {
			return a.ctl.State(), nil
		}))
	huma.Register(h, operation("start-proxy", http.MethodPost, "/api/proxy/start", tagProxy,
		"Start the model listener",
		"Binds the address before it answers. A port that is taken is a 409 that names who holds it and offers a free one; "+
			"nothing is ever killed. Starting what runs already changes nothing.",
		http.StatusConflict),
		plain(a, func(ctx context.Context, in *startInput) (controller.State, error) {
			port := 0
			if in.Body != nil {
				port = in.Body.Port
			}
			return a.ctl.StartProxy(ctx, port)
		}))
	huma.Register(h, operation("stop-proxy", http.MethodPost, "/api/proxy/stop", tagProxy,
		"Stop the model listener",
		"Closes the listener at once and answers when the requests in flight have ended, or when the drain timeout has cut them. "+
			"Over the model listener itself it answers at once, because this call is in flight too."),
		plain(a, a.stopProxy))
	huma.Register(h, operation("list-in-flight", http.MethodGet, "/api/inflight", tagProxy,
		"Requests that have not ended",
		"Changes arrive as inflight events."),
		plain(a, func(context.Context, *none) (inFlightList, error) {
			return inFlightList{listOf(a.ctl.InFlight())}, nil
		}))
}

func (a *api) stopProxy(ctx context.Context, _ *none) (controller.State, error) {
	if a.web {
		// A listener that waits for this call must not be waited for by it.
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		cancel()
	}
	return a.ctl.StopProxy(ctx)
}
