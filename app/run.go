package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/yallmproxy/yallmproxy/app/admin"
)

const (
	// controlHeaderTimeout bounds the wait for a request on the control
	// socket, whose callers are our own programs.
	controlHeaderTimeout = 10 * time.Second
	// controlPatience bounds the wait for the answers under way at the end.
	controlPatience = 2 * time.Second
)

// Run answers on the control socket, starts the proxy unless configured
// otherwise, and serves until ctx ends or somebody asks to quit. Requests in
// flight may then end, for as long as the configuration allows.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	socket, err := admin.Listen(ctx, a.Paths.Socket)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Controller.Run(ctx) }()
	err = a.startProxy(ctx)
	// Only now is anybody answered: who has waited for a core wants to know
	// how its start went.
	closeControl := a.serveControl(ctx, socket)
	if err == nil {
		// What starting took is not needed again.
		giveBack()
		select {
		case <-ctx.Done():
		case <-a.quit:
		}
	}
	a.Log.Info("yallmproxy is ending", "in_flight", a.Controller.State().InFlight)
	cancel()
	// The control socket goes last: until then it says what is going on.
	return errors.Join(err, <-ended, closeControl())
}

// startProxy opens the model listener. In front of a person a failure is a
// notice, which the controller has raised; otherwise it is the end.
func (a *App) startProxy(ctx context.Context) error {
	if !a.Controller.Config().App.StartProxy {
		return nil
	}
	_, err := a.Controller.StartProxy(ctx, 0)
	if err != nil && a.desktop {
		a.Log.Error("the proxy could not start", "error", err)
		return nil
	}
	return err
}

// serveControl answers on the control socket until the returned function is
// called.
func (a *App) serveControl(ctx context.Context, socket net.Listener) (stop func() error) {
	control := &http.Server{
		Handler:           a.control,
		ReadHeaderTimeout: controlHeaderTimeout,
		ErrorLog:          slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- control.Serve(socket) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), controlPatience)
		defer cancel()
		if err := control.Shutdown(ctx); err != nil {
			_ = control.Close() // whoever still listens is cut off
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("control socket: %w", err)
		}
		return nil
	}
}
