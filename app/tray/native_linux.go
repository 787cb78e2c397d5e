//go:build tray

package tray

/*
#cgo pkg-config: gtk+-3.0
#include <stdlib.h>
#include <gtk/gtk.h>

static gboolean copy_text(gpointer text) {
	GtkClipboard *clipboard = gtk_clipboard_get(GDK_SELECTION_CLIPBOARD);
	gtk_clipboard_set_text(clipboard, (const gchar *)text, -1);
	free(text);
	return G_SOURCE_REMOVE;
}

static void copy_later(char *text) { g_idle_add(copy_text, text); }
*/
import "C"

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// initToolkit starts GTK. The tray library would end the whole program when
// the display cannot be opened; asked this way, GTK says so instead.
func initToolkit() error {
	// GDK_GL: a menu needs no OpenGL, and probing for it loads 44 MB of Mesa.
	// NO_AT_BRIDGE: the accessibility bus is for windows; menus are exported
	// over D-Bus anyway. Both are read while GTK starts and taken back at
	// once, because the window that we start later does want them.
	defer setenv("GDK_GL", "disable")()
	defer setenv("NO_AT_BRIDGE", "1")()
	if C.gtk_init_check(nil, nil) == 0 {
		return noHost("GTK cannot open the display %s", os.Getenv("DISPLAY")+os.Getenv("WAYLAND_DISPLAY"))
	}
	return nil
}

// setenv sets a variable for Go and C and returns what sets it back. With
// names such as these it cannot fail.
func setenv(name, value string) (restore func()) {
	old, set := os.LookupEnv(name)
	_ = os.Setenv(name, value)
	return func() {
		if set {
			_ = os.Setenv(name, old)
		} else {
			_ = os.Unsetenv(name)
		}
	}
}

// copyText puts text on the clipboard. GTK must be running.
func copyText(ctx context.Context, text string) error {
	// A Wayland compositor lets only the focused window set the clipboard; this
	// program has none, but wl-copy knows the protocol for that case.
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		if path, err := exec.LookPath("wl-copy"); err == nil {
			cmd := exec.CommandContext(ctx, path)
			cmd.Stdin = strings.NewReader(text)
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("run wl-copy: %w", err)
			}
			return nil
		}
	}
	C.copy_later(C.CString(text))
	return nil
}
