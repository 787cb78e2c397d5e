package cli

import (
	"context"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/app/tray"
)

// probes are the doctor's checks of the faces of the program, which the core
// itself does not know.
func probes() []controller.Probe {
	return []controller.Probe{trayProbe, windowProbe}
}

func trayProbe(ctx context.Context) controller.Check {
	check := controller.Check{Name: "tray", Status: controller.CheckOK, Detail: "This desktop shows tray icons."}
	if err := tray.Check(ctx); err != nil {
		check.Status, check.Detail = controller.CheckWarning, sentence(err)
		check.Fix = "Everything works without it. KDE, XFCE and MATE show tray icons; GNOME does with the AppIndicator extension."
		if !tray.Built {
			check.Fix = "Install the desktop package, or build with: go tool task build"
		}
	}
	return check
}

func windowProbe(context.Context) controller.Check {
	check := controller.Check{Name: "webkit", Status: controller.CheckOK}
	program, err := windowProgram()
	if err != nil {
		check.Status, check.Detail = controller.CheckWarning, sentence(err)
		check.Fix = "Use a browser instead: yallmproxy open --browser"
		return check
	}
	check.Detail = "The window opens with " + program + "."
	return check
}
