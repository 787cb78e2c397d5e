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
		return fmt.Errorf("%w: watch the session bus: %w", ErrNoHost, err)
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
				return fmt.Errorf("%w: the session bus has ended", ErrNoHost)
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
		return nil, fmt.Errorf("%w: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)", ErrNoHost)
	}
	// No autostart: it would leave a bus daemon behind that nobody asked for.
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("%w: there is no D-Bus session: %w", ErrNoHost, err)
	}
	h := &host{conn}
	if err := conn.Auth(nil); err != nil {
		h.close()
		return nil, fmt.Errorf("%w: the D-Bus session refused us: %w", ErrNoHost, err)
	}
	if err := conn.Hello(); err != nil {
		h.close()
		return nil, fmt.Errorf("%w: the D-Bus session does not answer: %w", ErrNoHost, err)
	}
	return h, nil
}

func (h *host) present(ctx context.Context) error {
	var owned bool
	call := h.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcherName)
	if err := call.Store(&owned); err != nil {
		return fmt.Errorf("%w: ask the session bus: %w", ErrNoHost, err)
	}
	if !owned {
		return fmt.Errorf("%w: no panel offers to (%s has no owner); on GNOME, install the AppIndicator extension",
			ErrNoHost, watcherName)
	}
	return nil
}

// close ends the connection; nothing useful can be done about an error.
func (h *host) close() { _ = h.conn.Close() }
