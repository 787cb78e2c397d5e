// Package admin is the Controller over HTTP: the API that the window, the
// browser, the tray and the command line use, the live events, the built user
// interface, and the client that speaks to it.
//
// It has two doors. The control socket is opened by file mode: whoever can
// connect may do everything. The web door stands on the model listener, where
// every page of every browser on this computer can knock, and is guarded.
package admin

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Door says how a handler is reached.
type Door int

// The doors.
const (
	// Web asks for a session or the admin token, and refuses other origins.
	Web Door = iota
	// Socket asks for nothing: the file mode of the socket is its password.
	Socket
)

// apiVersion is the version of the API's description. It changes when
// something is taken away or means something else.
const apiVersion = "1"

// callTimeout bounds every call but those that wait by their nature.
const callTimeout = time.Minute

// Options are what a handler works with.
type Options struct {
	Controller *controller.Controller
	// UI holds the built user interface with index.html at its root.
	UI fs.FS
	// Login is shared by both doors: one makes the links, the other takes them.
	Login *Login
	Door  Door
	Log   *slog.Logger
}

// NewHandler returns the API and the user interface for one door.
func NewHandler(o Options) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = answerError
	e.Pre(keepEscapes)
	e.Use(recovering(o.Log), unescapeParams, limitTime)
	a := &api{ctl: o.Controller, login: o.Login, log: o.Log, web: o.Door == Web}
	a.register(e)
	e.Any("/api", echo.NotFoundHandler)
	e.Any("/api/*", echo.NotFoundHandler)
	if a.web {
		e.GET("/login", a.openSession)
	}
	e.Any("/*", echo.WrapHandler(ui{o.UI}))
	if !a.web {
		return e
	}
	return &webDoor{next: e, login: o.Login, server: func() config.Server { return o.Controller.Config().Server }}
}

// keepEscapes makes echo match the path as it came: a slash in a name is %2F
// and must not look like one that separates.
func keepEscapes(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		u.RawPath = u.EscapedPath()
		return next(c)
	}
}

// unescapeParams gives handlers names as they are meant.
func unescapeParams(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		values := make([]string, len(c.ParamValues()))
		for i, escaped := range c.ParamValues() {
			value, err := url.PathUnescape(escaped)
			if err != nil {
				return echo.NewHTTPError(http.StatusBadRequest, "The path is not properly percent-encoded.")
			}
			values[i] = value
		}
		c.SetParamValues(values...)
		return next(c)
	}
}

// limitTime ends calls that take too long. Events go on for ever, and stopping
// has a limit of its own.
func limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if p := c.Path(); p == "/api/events" || p == "/api/proxy/stop" {
			return next(c)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), callTimeout)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// recovering turns a panic into an answer and a line in the log.
func recovering(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				p := recover()
				if p == nil {
					return
				}
				if p == http.ErrAbortHandler { //nolint:errorlint // it is compared as net/http does
					panic(p) //nolint:forbidigo // net/http's own way to break a connection off
				}
				log.Error("panic in an admin call", "path", c.Path(), "panic", p, "stack", string(debug.Stack()))
				err = echo.NewHTTPError(http.StatusInternalServerError, "This failed inside the program; its log says why.")
			}()
			return next(c)
		}
	}
}

// answerError answers what no operation answered.
func answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, detail := http.StatusInternalServerError, "This failed inside the program; its log says why."
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		status = e.Code
		detail = http.StatusText(status)
		if text, ok := e.Message.(string); ok {
			detail = text
		}
	}
	switch status {
	case http.StatusNotFound:
		detail = "There is no such call: see /api/openapi.json."
	case http.StatusMethodNotAllowed:
		detail = strings.ToUpper(c.Request().Method) + " is not possible here: see /api/openapi.json."
	}
	refuseHTTP(c.Response(), status, detail)
}
