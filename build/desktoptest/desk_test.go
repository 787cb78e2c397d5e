//go:build desktoptest && linux

package desktoptest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// desk is a computer of one test: a home, and what was switched on.
type desk struct {
	t    *testing.T
	home string
	env  []string
	port int
}

// newDesk makes a home and a free port; there is no display and no bus yet.
func newDesk(t *testing.T) *desk {
	t.Helper()
	// Not t.TempDir: the path of a socket must be short.
	home, err := os.MkdirTemp("/tmp", "yallm-desk-")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, home: home, port: freePort(t)}
	for _, name := range []string{"run", "tmp", "data"} {
		if err := os.Mkdir(filepath.Join(home, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.env = []string{
		"PATH=" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"HOME=" + home,
		"TMPDIR=" + filepath.Join(home, "tmp"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"),
		"YALLMP_HOME=" + filepath.Join(home, "data"),
		"YALLMP_PORT=" + strconv.Itoa(d.port),
		// Nobody listens here: what would start a bus of its own must not.
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus"),
		"NO_AT_BRIDGE=1",
	}
	t.Cleanup(d.leave)
	return d
}

// set changes the environment of what is started from now on.
func (d *desk) set(name, value string) {
	d.env = slices.DeleteFunc(d.env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
	d.env = append(d.env, name+"="+value)
}

// display switches a screen on.
func (d *desk) display() {
	d.t.Helper()
	number := d.daemon(program(d.t, "Xvfb", "xvfb"), "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
	d.set("DISPLAY", ":"+number)
}

// bus starts a session bus that starts no services by itself, so that nothing
// runs but what a test wants.
func (d *desk) bus() {
	d.t.Helper()
	config := filepath.Join(d.home, "bus.conf")
	text := `<busconfig><type>session</type><listen>unix:path=` + filepath.Join(d.home, "bus") + `</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	address := d.daemon(program(d.t, "dbus-daemon", "dbus"), "--nofork", "--config-file="+config, "--print-address=3")
	d.set("DBUS_SESSION_BUS_ADDRESS", address)
}

// daemon starts a program that says on file 3 that it is ready.
func (d *desk) daemon(name string, args ...string) string {
	d.t.Helper()
	ready, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer ready.Close()
	var said bytes.Buffer
	// It outlives the context of the test, for the test's Cleanup.
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Env, cmd.ExtraFiles, cmd.Stderr = d.env, []*os.File{w}, &said
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	_ = w.Close()
	d.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(ready).ReadString('\n')
	if err != nil {
		d.t.Fatalf("%s does not start: %v\n%s", name, err, &said)
	}
	return strings.TrimSpace(line)
}

// process is a program under test.
type process struct {
	*exec.Cmd
	t    *testing.T
	out  *bytes.Buffer
	done chan struct{}
}

// start runs a program of ours.
func (d *desk) start(name string, args ...string) *process {
	d.t.Helper()
	p := &process{t: d.t, out: &bytes.Buffer{}, done: make(chan struct{})}
	p.Cmd = exec.CommandContext(context.Background(), filepath.Join(programs, name), args...)
	p.Env, p.Stdout, p.Stderr = d.env, p.out, p.out
	if err := p.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.Wait()
	}()
	d.t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.done
		if d.t.Failed() {
			d.t.Logf("%s said:\n%s", name, p.out)
		}
	})
	return p
}

// ended waits for the program to end by itself.
func (p *process) ended() {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%s does not end", p.Path)
	}
	if got := p.ProcessState.ExitCode(); got != 0 {
		p.t.Errorf("%s ended with %d\n%s", filepath.Base(p.Path), got, p.out)
	}
}

// command runs a command of ours to its end and returns what it prints.
func (d *desk) command(args ...string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "yallmproxy"), args...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("yallmproxy %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// core starts a core and waits until its proxy answers.
func (d *desk) core() *process {
	d.t.Helper()
	p := d.start("yallmproxy", "serve", "--tray")
	d.await("the proxy answers", func() bool { return d.answers(d.port) })
	return p
}

// answers reports whether the proxy answers on a port.
func (d *desk) answers(port int) bool {
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/v1/models", port), http.NoBody)
	if err != nil {
		d.t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// closed reports whether nobody listens on the port.
func (d *desk) closed(port int) bool {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(d.t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}

// sockets lists the sockets below the home, but for the bus.
func (d *desk) sockets() []string {
	var found []string
	_ = filepath.WalkDir(d.home, func(path string, e os.DirEntry, _ error) error {
		if e != nil && e.Type() == os.ModeSocket && path != filepath.Join(d.home, "bus") {
			found = append(found, path)
		}
		return nil
	})
	return found
}

// await waits until something is so.
func (d *desk) await(what string, so func() bool) {
	d.t.Helper()
	for until := time.Now().Add(patience); !so(); {
		if time.Now().After(until) {
			d.t.Fatalf("waited %s, and still not: %s", patience, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processes lists what runs in this home, whoever started it: pid → name.
func (d *desk) processes() map[int]string {
	mark := []byte("HOME=" + d.home + "\x00")
	found := map[int]string{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil || !bytes.Contains(environ, mark) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		found[pid] = strings.TrimSpace(string(name))
	}
	return found
}

// count is how many processes of a name run in this home. The kernel keeps 15
// characters of a name.
func (d *desk) count(name string) int {
	n := 0
	for _, running := range d.processes() {
		if running == name[:min(len(name), 15)] {
			n++
		}
	}
	return n
}

// leave makes sure that nothing stays behind. It runs after the cleanup of
// everything that the test itself has started.
func (d *desk) leave() {
	var left map[int]string
	for range 100 {
		if left = d.processes(); len(left) == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for pid, name := range left {
		d.t.Errorf("left behind: %s (%d)", name, pid)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err := os.RemoveAll(d.home); err != nil {
		d.t.Error(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := proxytest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
