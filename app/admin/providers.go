package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

type catalog struct {
	Providers []controller.CatalogEntry `json:"providers"`
}

type providerList struct {
	Providers []controller.ProviderView `json:"providers" doc:"In the order of the files"`
}

type providerInput struct {
	NamedParams
	ChangeParams
	Body controller.ProviderInput
}

type trialInput struct {
	Body controller.ProviderTrial
}

type providerModels struct {
	Models []controller.ProviderModel `json:"models" doc:"By id"`
}

type addModelsInput struct {
	NamedParams
	ChangeParams
	Body struct {
		Models []controller.NewModel `json:"models" minItems:"1" maxItems:"500"`
	}
}

func (a *api) registerProviders(h huma.API) {
	huma.Register(h, operation("get-catalog", http.MethodGet, "/api/catalog", tagProviders,
		"Providers that come with the program",
		"What can be picked from; nothing of it is in use until it is added."),
		plain(a, func(context.Context, *none) (catalog, error) {
			return catalog{listOf(a.ctl.Providers.Catalog())}, nil
		}))
	huma.Register(h, operation("list-providers", http.MethodGet, "/api/providers", tagProviders,
		"Configured providers",
		"Where their keys are, never what they are."),
		versioned(a, func(context.Context, *none) (providerList, error) {
			return providerList{listOf(a.ctl.Providers.List())}, nil
		}))
	huma.Register(h, operation("put-provider", http.MethodPut, "/api/providers/{name}", tagProviders,
		"Add or replace a provider",
		"A key goes to the keychain and only keyring:NAME into the file. Without a keychain the answer is a 409 whose type is "+
			"urn:yallmproxy:no-keychain; the same call with key_store env then writes the key to .env_added beside the file, mode 0600.",
		http.StatusConflict, http.StatusPreconditionFailed),
		versioned(a, func(ctx context.Context, in *providerInput) (controller.ProviderView, error) {
			return a.ctl.Providers.Put(ctx, in.Name, in.Body, in.IfMatch)
		}))
	huma.Register(h, operation("remove-provider", http.MethodDelete, "/api/providers/{name}", tagProviders,
		"Remove a provider",
		"Its key stays in the keychain. While models use it the answer is a 409 that names them.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed),
		changing(a, func(ctx context.Context, in *NamedChangeParams) error {
			return a.ctl.Providers.Remove(ctx, in.Name, in.IfMatch)
		}))
	a.registerProviderTests(h)
	huma.Register(h, operation("list-provider-models", http.MethodGet, "/api/providers/{name}/models", tagProviders,
		"The provider's own model list",
		"Asked for at the provider now.",
		http.StatusNotFound, http.StatusBadGateway),
		plain(a, func(ctx context.Context, in *NamedParams) (providerModels, error) {
			list, err := a.ctl.Providers.Models(ctx, in.Name)
			return providerModels{listOf(list)}, err
		}))
	huma.Register(h, answering(http.StatusCreated, operation("add-provider-models", http.MethodPost, "/api/providers/{name}/models", tagProviders,
		"Add many models of a provider",
		"In one change of the file: all or none.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed)),
		versioned(a, func(ctx context.Context, in *addModelsInput) (modelList, error) {
			list, err := a.ctl.Providers.AddModels(ctx, in.Name, in.Body.Models, in.IfMatch)
			return modelList{listOf(list)}, err
		}))
}

func (a *api) registerProviderTests(h huma.API) {
	huma.Register(h, operation("try-provider", http.MethodPost, "/api/providers/test", tagProviders,
		"Test a provider before saving it",
		"Names the step that fails: DNS, TCP, TLS, key, model list. Nothing is saved and the key is forgotten.",
		http.StatusUnprocessableEntity),
		plain(a, func(ctx context.Context, in *trialInput) (controller.TestResult, error) {
			return a.ctl.Providers.Try(ctx, in.Body)
		}))
	huma.Register(h, operation("test-provider", http.MethodPost, "/api/providers/{name}/test", tagProviders,
		"Test a configured provider",
		"The same steps with the saved key.",
		http.StatusNotFound),
		plain(a, func(ctx context.Context, in *NamedParams) (controller.TestResult, error) {
			return a.ctl.Providers.Test(ctx, in.Name)
		}))
}
