package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

type checkList struct {
	Checks []controller.Check `json:"checks"`
}

type placeList struct {
	Places []controller.Place `json:"places"`
}

type placeInput struct {
	Name string `path:"name" enum:"config,data,logs"`
}

// LoginLink lets one browser in.
type LoginLink struct {
	URL string `json:"url" doc:"Works once, for five minutes" example:"http://127.0.0.1:7979/login?code=…"`
}

func (a *api) registerProgram(h huma.API) {
	huma.Register(h, operation("run-doctor", http.MethodGet, "/api/doctor", tagProgram,
		"Health check",
		"What works, what is missing and how to get it."),
		plain(a, func(ctx context.Context, _ *none) (checkList, error) {
			return checkList{listOf(a.ctl.Doctor(ctx))}, nil
		}))
	huma.Register(h, operation("get-storage", http.MethodGet, "/api/storage", tagProgram,
		"Disk space of the records",
		"Records are kept; bodies go by age and size, see the settings of group recording."),
		plain(a, func(ctx context.Context, _ *none) (usage.Size, error) {
			return a.ctl.Records().Size(ctx)
		}))
	a.registerDesktop(h)
	huma.Register(h, operation("make-login-link", http.MethodPost, "/api/login-link", tagProgram,
		"Make a link that lets a browser in",
		"It works once, for five minutes. 409 while the proxy is stopped, because a browser reaches this program through it.",
		http.StatusConflict),
		plain(a, a.makeLoginLink))
	huma.Register(h, answering(http.StatusNoContent, operation("logout", http.MethodPost, "/api/logout", tagProgram,
		"End this browser's session",
		"Clears the cookie and forgets the session.")),
		a.logout)
	huma.Register(h, answering(http.StatusAccepted, operation("quit", http.MethodPost, "/api/quit", tagProgram,
		"End the program",
		"Answers first, then lets requests in flight end, writes down what is left and goes.")),
		silent(a, func(context.Context, *none) error {
			a.ctl.Desktop.Quit()
			return nil
		}))
}

func (a *api) registerDesktop(h huma.API) {
	huma.Register(h, operation("list-places", http.MethodGet, "/api/places", tagProgram,
		"Folders and files a person may want to open",
		"The configuration file, the data folder and the log folder."),
		plain(a, func(context.Context, *none) (placeList, error) {
			return placeList{listOf(a.ctl.Desktop.Places())}, nil
		}))
	huma.Register(h, answering(http.StatusNoContent, operation("open-place", http.MethodPost, "/api/places/{name}/open", tagProgram,
		"Open one of them on this computer",
		"With the program the desktop has for it. 409 where there is no desktop.",
		http.StatusConflict)),
		silent(a, func(_ context.Context, in *placeInput) error {
			return a.ctl.Desktop.Open(in.Name)
		}))
	huma.Register(h, answering(http.StatusNoContent, operation("show-window", http.MethodPost, "/api/window", tagProgram,
		"Show the window",
		"Opens it, or brings the open one to the front. 409 where there is none to show.",
		http.StatusConflict)),
		silent(a, func(context.Context, *none) error {
			return a.ctl.Desktop.ShowWindow()
		}))
}

func (a *api) makeLoginLink(context.Context, *none) (LoginLink, error) {
	state := a.ctl.State()
	if state.Proxy != controller.Running {
		return LoginLink{}, &controller.Error{
			Reason:  controller.Conflict,
			Message: "The proxy is stopped, so no browser can reach this program: start it first, or use the window.",
		}
	}
	return LoginLink{URL: state.BaseURL + "/login?code=" + a.login.newCode()}, nil
}

type logoutInput struct {
	Session string `cookie:"yallmproxy_session"`
}

type logoutOutput struct {
	SetCookie string `header:"Set-Cookie"`
}

func (a *api) logout(_ context.Context, in *logoutInput) (*logoutOutput, error) {
	a.login.end(in.Session)
	return &logoutOutput{cookie("").String()}, nil
}
