package tray

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

func TestMenuSaysWhatTheSwitchDoes(t *testing.T) {
	const base = "http://127.0.0.1:7979"
	tests := map[string]struct {
		state controller.State
		want  menu
	}{
		"running": {
			controller.State{Proxy: controller.Running, BaseURL: base},
			menu{Mark: markRunning, Header: "Running – 127.0.0.1:7979", Toggle: "Stop proxy", CanToggle: true},
		},
		"starting": {
			controller.State{Proxy: controller.Starting, BaseURL: base},
			menu{Mark: markDraining, Header: "Starting – 127.0.0.1:7979", Toggle: "Start proxy", Starts: true},
		},
		"draining one": {
			controller.State{Proxy: controller.Draining, BaseURL: base, InFlight: 1},
			menu{Mark: markDraining, Header: "Stopping – 1 request to finish", Toggle: "Start proxy", Starts: true},
		},
		"draining two": {
			controller.State{Proxy: controller.Draining, BaseURL: base, InFlight: 2},
			menu{Mark: markDraining, Header: "Stopping – 2 requests to finish", Toggle: "Start proxy", Starts: true},
		},
		"stopped": {
			controller.State{Proxy: controller.Stopped, BaseURL: base},
			menu{Mark: markStopped, Header: "Stopped", Toggle: "Start proxy", Starts: true, CanToggle: true},
		},
		"warning keeps the icon": {
			controller.State{
				Proxy: controller.Running, BaseURL: base,
				Notices: []controller.Notice{{Kind: "keychain", Level: "warning", Message: "No keychain."}},
			},
			menu{
				Mark: markRunning, Header: "Running – 127.0.0.1:7979", Toggle: "Stop proxy", CanToggle: true,
				Notices: [maxLines]line{{Text: "No keychain"}},
			},
		},
		"somebody waits": {
			controller.State{Proxy: controller.Running, BaseURL: base, Waiting: 3, Troubled: 1},
			menu{
				Mark: markRunning, Header: "Running – 127.0.0.1:7979, 3 waiting", Toggle: "Stop proxy", CanToggle: true,
				Targets: "1 target resting: clear",
			},
		},
		"targets rest while it is stopped": {
			controller.State{Proxy: controller.Stopped, BaseURL: base, Troubled: 2},
			menu{Mark: markStopped, Header: "Stopped", Toggle: "Start proxy", Starts: true, CanToggle: true, Targets: "2 targets resting: clear"},
		},
		"taken port offers another": {
			controller.State{
				Proxy: controller.Stopped, BaseURL: base,
				Notices: []controller.Notice{
					{Kind: "tray", Level: "warning", Message: "no tray"},
					{Kind: "port", Level: "error", Message: "Port 7979 is taken by nginx (pid 12); port 7980 is free.", Port: 7980},
				},
			},
			menu{
				Mark: markProblem, Header: "Stopped", Toggle: "Start proxy", Starts: true, CanToggle: true,
				Notices: [maxLines]line{{Text: "Port 7979 is taken by nginx (pid 12)"}, {Text: "Use port 7980", Port: 7980}},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want.BaseURL = base
			test.want.Tooltip = "yaLLMproxy: " + test.want.Header
			if diff := cmp.Diff(test.want, menuOf(test.state)); diff != "" {
				t.Errorf("menu (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongNoticesStayNarrow(t *testing.T) {
	text := shorten(strings.Repeat("words\nand ", 40))
	if n := len([]rune(text)); n != 90 || !strings.HasSuffix(text, "…") || strings.Contains(text, "\n") {
		t.Errorf("%d characters: %q", n, text)
	}
	if got := shorten("short"); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestMoreNoticesThanLinesAreLeftOut(t *testing.T) {
	s := controller.State{Proxy: controller.Running}
	for range maxLines + 2 {
		s.Notices = append(s.Notices, controller.Notice{Kind: "config", Level: "warning", Message: "m"})
	}
	for _, l := range menuOf(s).Notices {
		if l.Text != "m" {
			t.Errorf("line %+v", l)
		}
	}
}
