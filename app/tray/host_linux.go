//go:build tray

package tray

import (
	"context"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"
)

// watcherName is the D-Bus name of whoever shows tray icons: a panel, or GNOME
// Shell with its AppIndicator extension.
const watcherName = "org.kde.StatusNotifierWatcher"

// noHostError is an ErrNoHost with its reason.
type noHostError string

func (e noHostError) Error() string        { return string(e) }
func (e noHostError) Is(target error) bool { return target == ErrNoHost }

func noHost(format string, args ...any) error {
	return noHostError(fmt.Sprintf(format, args...))
}

// Check says whether a tray icon could be seen at this moment.
func Check(ctx context.Context) error {
	h, err := connectHost(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	return h.present(ctx)
}

// awaitHost returns nil as soon as somebody can show a tray icon. A core that
// starts at login is often there before the panel is, so report is told why it
// waits, once, and the wait costs nothing. Where waiting makes no sense the
// error says so at once.
func awaitHost(ctx context.Context, report func(error)) error {
	h, err := connectHost(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	changes := make(chan *dbus.Signal, 8)
	h.conn.Signal(changes)
	if err := h.conn.AddMatchSignalContext(ctx,
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, watcherName),
	); err != nil {
		return noHost("the D-Bus session does not answer (%v)", err)
	}
	err = h.present(ctx)
	if err == nil {
		return nil
	}
	report(err)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-changes:
			if !open {
				return noHost("the D-Bus session has ended")
			}
			if h.present(ctx) == nil {
				return nil
			}
		}
	}
}

// host is a connection to the session bus.
type host struct{ conn *dbus.Conn }

func connectHost(ctx context.Context) (*host, error) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil, noHost("there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
	}
	// No autostart: it would leave a bus daemon behind that nobody asked for.
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, noHost("there is no D-Bus session (%v)", err)
	}
	h := &host{conn}
	if err := conn.Auth(nil); err != nil {
		h.close()
		return nil, noHost("the D-Bus session refused us (%v)", err)
	}
	if err := conn.Hello(); err != nil {
		h.close()
		return nil, noHost("the D-Bus session does not answer (%v)", err)
	}
	return h, nil
}

func (h *host) present(ctx context.Context) error {
	var owned bool
	call := h.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcherName)
	if err := call.Store(&owned); err != nil {
		return noHost("the D-Bus session does not answer (%v)", err)
	}
	if !owned {
		return noHost("no panel of this desktop shows any; on GNOME, install the AppIndicator extension")
	}
	return nil
}

// close ends the connection; nothing useful can be done about an error.
func (h *host) close() { _ = h.conn.Close() }
