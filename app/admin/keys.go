package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

type keyInput struct {
	NamedParams
	Body struct {
		Value string `json:"value" minLength:"1" maxLength:"8192" doc:"Goes to the keychain and never comes back" example:"sk-…"`
	}
}

func (a *api) registerKeys(h huma.API) {
	huma.Register(h, operation("list-keys", http.MethodGet, "/api/keys", tagKeys,
		"Names of the keys in the keychain",
		"With what uses them, and with names that are used but not there."),
		plain(a, func(context.Context, *none) (controller.KeysView, error) {
			return a.ctl.Keys.List(), nil
		}))
	huma.Register(h, answering(http.StatusNoContent, operation("set-key", http.MethodPut, "/api/keys/{name}", tagKeys,
		"Put a key into the keychain",
		"The configuration refers to it as keyring:NAME; what refers to it already works at once.",
		http.StatusConflict)),
		silent(a, func(ctx context.Context, in *keyInput) error {
			return a.ctl.Keys.Set(ctx, in.Name, in.Body.Value)
		}))
	huma.Register(h, answering(http.StatusNoContent, operation("remove-key", http.MethodDelete, "/api/keys/{name}", tagKeys,
		"Remove a key from the keychain",
		"What refers to it has no key from then on.",
		http.StatusNotFound, http.StatusConflict)),
		silent(a, func(ctx context.Context, in *NamedParams) error {
			return a.ctl.Keys.Remove(ctx, in.Name)
		}))
}
