package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

type settingList struct {
	Settings []controller.SettingView `json:"settings"`
	ETag     string                   `json:"etag" doc:"Hash of the user's file, for If-Match"`
}

type patchInput struct {
	ChangeParams
	Body struct {
		Values map[string]any `json:"values" doc:"YAML path to new value; null goes back to the default" example:"{\"app.theme\": \"dark\", \"proxy_settings.server.port\": 7980}"`
	}
}

type replaceInput struct {
	ChangeParams
	Body struct {
		YAML string `json:"yaml" maxLength:"2097152" doc:"The whole file. A masked value (•••) stays what it was" example:"model_list: []\n"`
	}
}

func (a *api) registerConfig(h huma.API) {
	huma.Register(h, operation("list-settings", http.MethodGet, "/api/settings", tagConfig,
		"Every setting",
		"With its value, its default and where the value comes from."),
		versioned(a, func(context.Context, *none) (settingList, error) {
			return a.settings(), nil
		}))
	huma.Register(h, operation("change-settings", http.MethodPatch, "/api/settings", tagConfig,
		"Change settings",
		"All of them or, when one is wrong, none.",
		http.StatusConflict, http.StatusPreconditionFailed),
		versioned(a, func(ctx context.Context, in *patchInput) (settingList, error) {
			if err := a.ctl.Settings.Patch(ctx, in.Body.Values, in.IfMatch); err != nil {
				return settingList{}, err
			}
			return a.settings(), nil
		}))
	huma.Register(h, operation("get-config", http.MethodGet, "/api/config", tagConfig,
		"The user's file as it is on disk",
		"Also when it is broken: problems then says where."),
		versioned(a, func(context.Context, *none) (controller.ConfigView, error) {
			return a.ctl.File.View()
		}))
	huma.Register(h, operation("replace-config", http.MethodPut, "/api/config", tagConfig,
		"Replace the user's file",
		"A file with problems is a 422 with each of them, and nothing changes.",
		http.StatusConflict, http.StatusPreconditionFailed),
		versioned(a, func(ctx context.Context, in *replaceInput) (controller.ConfigView, error) {
			if err := a.ctl.File.Replace(ctx, in.Body.YAML, in.IfMatch); err != nil {
				return controller.ConfigView{}, err
			}
			return a.ctl.File.View()
		}))
	huma.Register(h, operation("reload-config", http.MethodPost, "/api/config/reload", tagConfig,
		"Read the files again",
		"They are watched, so this is needed only where watching does not work, such as some network folders.",
		http.StatusUnprocessableEntity),
		versioned(a, func(ctx context.Context, _ *none) (controller.ConfigView, error) {
			if err := a.ctl.Reload(ctx); err != nil {
				return controller.ConfigView{}, err
			}
			return a.ctl.File.View()
		}))
}

func (a *api) settings() settingList {
	return settingList{Settings: listOf(a.ctl.Settings.List()), ETag: a.ctl.ETag()}
}
