package admin

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
)

// The chapters of the API, in the order of the document.
const (
	tagProxy     = "Proxy"
	tagRequests  = "Requests"
	tagUsage     = "Usage"
	tagModels    = "Models"
	tagProviders = "Providers"
	tagKeys      = "Keys"
	tagRouting   = "Routing"
	tagConfig    = "Configuration"
	tagProgram   = "Program"
)

const (
	// maxBody bounds a request to this API; the largest is a whole
	// configuration file.
	maxBody = 4 << 20
	// bodyTimeout bounds the wait for it.
	bodyTimeout = 10 * time.Second
)

// api holds what the operations need: every one of them is a method of it.
type api struct {
	ctl   *controller.Controller
	login *Login
	log   *slog.Logger
	// web is set behind the door that stands on the model listener itself.
	web bool
}

// register adds every operation to e and returns the description of the
// whole, which is also what docs/openapi.json is made of.
func (a *api) register(e *echo.Echo) *huma.OpenAPI {
	h := humaecho.New(e, apiConfig())
	a.registerProxy(h)
	a.registerEvents(h)
	a.registerRequests(h)
	a.registerUsage(h)
	a.registerModels(h)
	a.registerProviders(h)
	a.registerKeys(h)
	a.registerRouting(h)
	a.registerConfig(h)
	a.registerProgram(h)
	for _, schema := range h.OpenAPI().Components.Schemas.Map() {
		neverNull(schema)
	}
	return h.OpenAPI()
}

func apiConfig() huma.Config {
	c := huma.DefaultConfig("yaLLMproxy admin API", apiVersion)
	// The library's documentation pages load scripts from elsewhere.
	c.DocsPath = ""
	c.SchemasPath = ""
	c.CreateHooks = nil
	c.OpenAPIPath = "/api/openapi"
	c.RejectUnknownQueryParameters = true
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Transformers = []huma.Transformer{withoutEcho}
	c.Info.Description = "Everything the window, the browser and the command line can do. " +
		"It is answered on the control socket, whose file mode is its password, and below /api on the model " +
		"listener after a login or with the admin token. Errors are RFC 9457 problem details. " +
		"Changing calls accept If-Match with the ETag of an earlier answer and answer 412 when the " +
		"user's file has changed since."
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":  {Type: "http", Scheme: "bearer", Description: "The admin token from the data folder; not needed on the control socket."},
		"cookie": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "What /login sets; not needed on the control socket."},
	}
	c.Security = []map[string][]string{{"token": {}}, {"cookie": {}}, {}}
	c.Tags = []*huma.Tag{
		{Name: tagProxy, Description: "The switch, and what passes through right now."},
		{Name: tagRequests, Description: "Every request the proxy has served."},
		{Name: tagUsage, Description: "The same requests, summed."},
		{Name: tagModels, Description: "Names that clients may ask for."},
		{Name: tagProviders, Description: "Places that serve models."},
		{Name: tagKeys, Description: "Keys in the keychain of this computer. Their values never come back."},
		{Name: tagRouting, Description: "Where requests go: the targets of every name, how they are doing, who waits for a turn, and how much of each limit is used."},
		{Name: tagConfig, Description: "Settings, and the file they live in."},
		{Name: tagProgram, Description: "The program itself: its health, its folders, its window."},
	}
	return c
}

// schemaName is a type's own name, unless that says too little beside the
// names of other rooms.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[health.State]():
		return "TargetState"
	case reflect.TypeFor[health.Pair]():
		return "FallbackPair"
	case reflect.TypeFor[limit.Use]():
		return "SlotUse"
	case reflect.TypeFor[limit.Level]():
		return "LimitLevel"
	case reflect.TypeFor[limit.RateState]():
		return "LimitState"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// neverNull says of every list below s that it is a list: this API answers []
// and not null when there is nothing to tell.
func neverNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
		neverNull(s.Items)
	}
	for _, p := range s.Properties {
		neverNull(p)
	}
	if p, ok := s.AdditionalProperties.(*huma.Schema); ok {
		neverNull(p)
	}
}

// withoutEcho removes the offending value from validation errors: it may be
// the key that somebody just typed.
func withoutEcho(_ huma.Context, _ string, v any) (any, error) {
	if m, ok := v.(*huma.ErrorModel); ok {
		for _, e := range m.Errors {
			e.Value = nil
		}
	}
	return v, nil
}

// operation starts the description of one call with what all have in common.
func operation(id, method, path, tag, summary, description string, errs ...int) huma.Operation {
	op := huma.Operation{
		OperationID:     id,
		Method:          method,
		Path:            path,
		Tags:            []string{tag},
		Summary:         summary,
		Description:     description,
		MaxBodyBytes:    maxBody,
		BodyReadTimeout: bodyTimeout,
		Errors:          append([]int{http.StatusUnauthorized, http.StatusForbidden}, errs...),
	}
	slices.Sort(op.Errors)
	return op
}

// answering is operation with another status for success.
func answering(status int, op huma.Operation) huma.Operation {
	op.DefaultStatus = status
	return op
}

// document registers T as a named schema, for answers that are not plain JSON.
func document[T any](h huma.API) *huma.Schema {
	return h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

// ChangeParams is the part that every changing call has in common. It is
// exported, like the others that are embedded, because huma skips embedded
// types that are not.
type ChangeParams struct {
	IfMatch string `header:"If-Match" doc:"ETag of the configuration this change is based on; a stale one is refused with 412"`
}

// NamedParams is the part that every call about one thing has in common.
type NamedParams struct {
	Name string `path:"name" maxLength:"200" doc:"Name, percent-encoded; a slash in it is %2F" example:"gpt-5"`
}

// NamedChangeParams is both.
type NamedChangeParams struct {
	NamedParams
	ChangeParams
}

// The four shapes of an answer. Handlers return plain values and errors; these
// dress them: a body, a body that depends on the configuration and so carries
// its hash, only the hash, nothing.
type (
	body[T any]   struct{ Body T }
	tagged[T any] struct {
		ETag string `header:"ETag" doc:"Hash of the user's file, for If-Match"`
		Body T
	}
	etagged struct {
		ETag string `header:"ETag" doc:"Hash of the user's file after the change"`
	}
)

func plain[I, T any](a *api, f func(context.Context, *I) (T, error)) func(context.Context, *I) (*body[T], error) {
	return func(ctx context.Context, in *I) (*body[T], error) {
		v, err := f(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return &body[T]{v}, nil
	}
}

func versioned[I, T any](a *api, f func(context.Context, *I) (T, error)) func(context.Context, *I) (*tagged[T], error) {
	return func(ctx context.Context, in *I) (*tagged[T], error) {
		v, err := f(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return &tagged[T]{a.etag(), v}, nil
	}
}

func changing[I any](a *api, f func(context.Context, *I) error) func(context.Context, *I) (*etagged, error) {
	return func(ctx context.Context, in *I) (*etagged, error) {
		if err := f(ctx, in); err != nil {
			return nil, a.problem(ctx, err)
		}
		return &etagged{a.etag()}, nil
	}
}

func silent[I any](a *api, f func(context.Context, *I) error) func(context.Context, *I) (*struct{}, error) {
	return func(ctx context.Context, in *I) (*struct{}, error) {
		if err := f(ctx, in); err != nil {
			return nil, a.problem(ctx, err)
		}
		return nil, nil
	}
}

func (a *api) etag() string { return `"` + a.ctl.ETag() + `"` }

// listOf returns list, or an empty one: this API never answers null for it.
func listOf[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
