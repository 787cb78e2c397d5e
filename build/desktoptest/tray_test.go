//go:build desktoptest && linux

package desktoptest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// expectIcon waits until the tray shows the icon of a state.
func (p *panel) expectIcon(state string) {
	p.d.t.Helper()
	want, err := os.ReadFile(filepath.Join("..", "..", "app", "tray", "icons", state+".png"))
	if err != nil {
		p.d.t.Fatal(err)
	}
	p.d.await("the icon says "+state, func() bool { return bytes.Equal(p.image(), want) })
}

func TestTraySwitchesTheProxy(t *testing.T) {
	d := newDesk(t)
	d.display()
	d.bus()
	p := newPanel(d)
	p.show()
	core := d.core()

	p.header(fmt.Sprintf("Running – 127.0.0.1:%d", d.port))
	p.expectIcon("running")
	for _, label := range []string{"Stop proxy", "Open window", "Open in browser", "Copy base URL", "Quit"} {
		if !slices.Contains(p.labels(), label) {
			t.Errorf("the menu lacks %q: %q", label, p.labels())
		}
	}

	p.click("Stop proxy")
	d.await("the port is closed", func() bool { return d.closed(d.port) })
	p.header("Stopped")
	p.expectIcon("stopped")

	p.click("Start proxy")
	d.await("the proxy answers again", func() bool { return d.answers(d.port) })
	p.header(fmt.Sprintf("Running – 127.0.0.1:%d", d.port))

	p.click("Quit")
	core.ended()
	if left := d.sockets(); len(left) > 0 {
		t.Errorf("sockets left behind: %q", left)
	}
	if n := d.count("yallmproxy"); n > 0 {
		t.Errorf("%d processes left", n)
	}
	if icons, _ := filepath.Glob(filepath.Join(d.home, "tmp", "*")); len(icons) > 0 {
		t.Errorf("files left behind: %q", icons)
	}
}

func TestTrayWaitsForAPanel(t *testing.T) {
	d := newDesk(t)
	d.display()
	d.bus()
	p := newPanel(d)
	core := d.core()
	d.await("the log says that there is no tray", func() bool { return strings.Contains(d.log(), "no tray icon") })

	p.show() // the panel of a slow login
	p.header(fmt.Sprintf("Running – 127.0.0.1:%d", d.port))

	if n := strings.Count(d.log(), `msg="no tray icon`); n != 1 {
		t.Errorf("said %d times that there is no tray:\n%s", n, d.log())
	}
	p.click("Quit")
	core.ended()
}

func TestCoreNeedsNoDisplay(t *testing.T) {
	d := newDesk(t)
	core := d.core()
	d.await("the log says that there is no tray", func() bool { return strings.Contains(d.log(), "no display") })
	if out := d.command("status"); !strings.Contains(out, fmt.Sprint(d.port)) {
		t.Errorf("status: %s", out)
	}
	_ = core.Process.Signal(syscall.SIGTERM)
	core.ended()
	if left := d.sockets(); len(left) > 0 {
		t.Errorf("sockets left behind: %q", left)
	}
}

func TestCoreSurvivesADisplayThatDoesNotOpen(t *testing.T) {
	d := newDesk(t)
	d.bus()
	newPanel(d).show()
	d.set("DISPLAY", ":4711")
	core := d.core()
	d.await("the log says that there is no tray", func() bool { return strings.Contains(d.log(), "cannot open the display") })
	if !d.answers(d.port) {
		t.Error("the proxy does not answer")
	}
	_ = core.Process.Signal(syscall.SIGTERM)
	core.ended()
}

func TestTrayOffersAnotherPort(t *testing.T) {
	d := newDesk(t)
	d.display()
	d.bus()
	p := newPanel(d)
	p.show()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	core := d.start("yallmproxy", "serve", "--tray")

	var port int
	offer := p.find("Use port").label
	if _, err := fmt.Sscanf(offer, "Use port %d", &port); err != nil {
		t.Fatalf("no other port is offered: %q", offer)
	}
	p.expectIcon("problem")
	if all := strings.Join(p.labels(), "\n"); !strings.Contains(all, fmt.Sprint(d.port)) || !strings.Contains(all, fmt.Sprint(os.Getpid())) {
		t.Errorf("the menu does not name the port and its holder (we are %d):\n%s", os.Getpid(), all)
	}
	p.click("Use port")
	d.await("the proxy answers on the other port", func() bool { return d.answers(port) })
	p.header(fmt.Sprintf("Running – 127.0.0.1:%d", port))
	p.click("Quit")
	core.ended()
}

func TestTrayClearsTargets(t *testing.T) {
	d := newDesk(t)
	d.display()
	d.bus()
	p := newPanel(d)
	p.show()
	config := filepath.Join(d.home, "data", "config_added.yaml")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	// Nobody listens at either address.
	text := "router_settings: {health: {failures: 1, open_for: 1h, max_open: 1h}, fallbacks: [{dead: [gone]}]}\n" +
		"model_list:\n  - {model_name: dead, model_params: {api_base: \"http://127.0.0.1:1/v1\"}}\n  - {model_name: gone, model_params: {api_base: \"http://127.0.0.1:1/v1\"}}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	core := d.core()
	resting := func() string {
		for _, label := range p.labels() {
			if strings.Contains(label, "resting") {
				return label
			}
		}
		return ""
	}
	if got := resting(); got != "" {
		t.Errorf("before anything was asked: %q", got)
	}
	res, err := http.Post(fmt.Sprintf("http://127.0.0.1:%d/v1/chat/completions", d.port), "application/json",
		strings.NewReader(`{"model":"dead","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	d.await("both targets rest", func() bool { return resting() == "2 targets resting: clear" })
	p.click("2 targets resting")
	d.await("none rests", func() bool { return resting() == "" })
	if out := d.command("routing"); strings.Contains(out, "open") {
		t.Errorf("the tray cleared nothing:\n%s", out)
	}
	p.click("Quit")
	core.ended()
}

// log is the program's own log.
func (d *desk) log() string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.home, "data", "data", "logs", "*.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		text.Write(data)
	}
	return text.String()
}
