package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
)

type clearInput struct {
	Body *clearOptions
}

type clearOptions struct {
	Backend string `json:"backend,omitempty" maxLength:"400" doc:"Only targets of this backend" example:"gpt-5"`
	Key     string `json:"key,omitempty" maxLength:"200" doc:"Only targets with the key of this name"`
}

type clearedTargets struct {
	Changed int `json:"changed" doc:"Targets that were not ok"`
}

type routeInput struct {
	NamedParams
	ChangeParams
	Body controller.RouteInput
}

type removeRouteInput struct {
	NamedParams
	ChangeParams
	Force bool `query:"force" doc:"Remove it from everything that leads to it as well"`
}

type waiterInput struct {
	ID string `path:"id" maxLength:"400" doc:"Id of a request that waits" example:"6f0c1d"`
}

type limitList struct {
	Limits []limit.RateState `json:"limits" doc:"Of all callers, of callers and of models, by name"`
}

func (a *api) registerRouting(h huma.API) {
	huma.Register(h, operation("get-routing", http.MethodGet, "/api/routing", tagRouting,
		"Where requests go, and how the targets are doing",
		"A target is a backend with one of its keys. Changes of a target's status arrive as routing events. "+
			"What is known of targets survives a reload, not a restart."),
		versioned(a, func(context.Context, *none) (controller.RoutingView, error) {
			return a.ctl.Routing.View(), nil
		}))
	huma.Register(h, operation("clear-targets", http.MethodPost, "/api/routing/clear", tagRouting,
		"Ask targets again at once",
		"Closes their circuits and ends their pauses: of one backend, of one key, or of all. The counters stay.",
		http.StatusNotFound),
		plain(a, func(_ context.Context, in *clearInput) (clearedTargets, error) {
			var o clearOptions
			if in.Body != nil {
				o = *in.Body
			}
			n, err := a.ctl.Routing.Clear(o.Backend, o.Key)
			return clearedTargets{n}, err
		}))
	huma.Register(h, operation("change-route", http.MethodPut, "/api/routing/{name}", tagRouting,
		"Change where a name leads",
		"Fields that are left out stay as they are; an empty list takes away. A name that does not exist becomes a group "+
			"(with members) or a virtual name (with fallbacks). A target that does not exist, and a circle, are refused with 422.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed),
		versioned(a, func(ctx context.Context, in *routeInput) (controller.RouteView, error) {
			return a.ctl.Routing.Change(ctx, in.Name, in.Body, in.IfMatch)
		}))
	huma.Register(h, operation("remove-route", http.MethodDelete, "/api/routing/{name}", tagRouting,
		"Remove a group or a virtual name",
		"With its fallbacks and its other names. While something else leads to it, that is a 409 which lists it, unless force is set. A model is removed as such.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed),
		changing(a, func(ctx context.Context, in *removeRouteInput) error {
			return a.ctl.Routing.Remove(ctx, in.Name, in.Force, in.IfMatch)
		}))
	huma.Register(h, operation("get-queue", http.MethodGet, "/api/queue", tagRouting,
		"Requests that wait for their turn",
		"What waits, since when and for which limit; and how much of each limit on requests at once is taken. Changes arrive as queue events."),
		plain(a, func(context.Context, *none) (controller.QueueView, error) {
			return a.ctl.Routing.Queue(), nil
		}))
	huma.Register(h, operation("remove-from-queue", http.MethodDelete, "/api/queue/{id}", tagRouting,
		"Take a request out of the queue",
		"Its client is answered with 429 and told why.",
		http.StatusNotFound),
		silent(a, func(_ context.Context, in *waiterInput) error {
			return a.ctl.Routing.Dequeue(in.ID)
		}))
	huma.Register(h, operation("list-limits", http.MethodGet, "/api/limits", tagRouting,
		"How much of each limit is used",
		"Requests and tokens of the last 60 seconds, and tokens since midnight, local time."),
		plain(a, func(context.Context, *none) (limitList, error) {
			return limitList{a.ctl.Routing.Limits()}, nil
		}))
}
