package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

type modelList struct {
	Models []controller.ModelView `json:"models" doc:"In the order of the files"`
}

type modelInput struct {
	ChangeParams
	Body controller.ModelInput
}

type namedModelInput struct {
	NamedParams
	ChangeParams
	Body controller.ModelInput
}

type copyInput struct {
	NamedParams
	ChangeParams
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" doc:"Name of the copy" example:"gpt-5-cautious"`
	}
}

func (a *api) registerModels(h huma.API) {
	huma.Register(h, operation("list-models", http.MethodGet, "/api/models", tagModels,
		"Models that clients may ask for",
		"With their inheritance and provider applied; yaml is the entry as it stands in the file."),
		versioned(a, func(context.Context, *none) (modelList, error) {
			return modelList{listOf(a.ctl.Models.List())}, nil
		}))
	huma.Register(h, answering(http.StatusCreated, operation("add-model", http.MethodPost, "/api/models", tagModels,
		"Add a model",
		"Either fields or yaml, the whole entry. The name must be free.",
		http.StatusConflict, http.StatusPreconditionFailed)),
		versioned(a, func(ctx context.Context, in *modelInput) (controller.ModelView, error) {
			return a.ctl.Models.Add(ctx, in.Body, in.IfMatch)
		}))
	huma.Register(h, operation("change-model", http.MethodPut, "/api/models/{name}", tagModels,
		"Change or rename a model",
		"Fields that are left out stay as they are. Another name in the body renames it, with the fallbacks that refer to it. "+
			"A model of the built-in defaults is a 409: copy it and change the copy.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed),
		versioned(a, func(ctx context.Context, in *namedModelInput) (controller.ModelView, error) {
			return a.ctl.Models.Change(ctx, in.Name, in.Body, in.IfMatch)
		}))
	huma.Register(h, operation("remove-model", http.MethodDelete, "/api/models/{name}", tagModels,
		"Remove a model",
		"Takes its own fallbacks with it, and takes it off those of others. A model that extends it is left with its own settings.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed),
		changing(a, func(ctx context.Context, in *NamedChangeParams) error {
			return a.ctl.Models.Remove(ctx, in.Name, in.IfMatch)
		}))
	huma.Register(h, answering(http.StatusCreated, operation("copy-model", http.MethodPost, "/api/models/{name}/copy", tagModels,
		"Copy a model",
		"The copy is in the user's own file and can be changed.",
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed)),
		versioned(a, func(ctx context.Context, in *copyInput) (controller.ModelView, error) {
			return a.ctl.Models.Copy(ctx, in.Name, in.Body.Name, in.IfMatch)
		}))
	huma.Register(h, operation("test-model", http.MethodPost, "/api/models/{name}/test", tagModels,
		"Test a model",
		"Follows the way to its provider step by step and ends with a very small chat, which the provider may bill.",
		http.StatusNotFound),
		plain(a, func(ctx context.Context, in *NamedParams) (controller.TestResult, error) {
			return a.ctl.Models.Test(ctx, in.Name)
		}))
}
