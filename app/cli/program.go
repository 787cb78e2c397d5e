package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/app/tray"
	"github.com/yallmproxy/yallmproxy/app/window"
)

// Packages hold two programs side by side, because the window's libraries
// would cost the core 40 MB: the core, and the window. Built with both tags,
// one program is either.
const (
	coreName   = "yallmproxy"
	windowName = "yallmproxy-window"
)

// sibling finds another program of the package beside this one.
func sibling(name string) (string, bool) {
	self, err := os.Executable()
	if err != nil {
		return "", false
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(self), name)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// windowProgram finds the program that shows the window, which may be this
// one, and says why there is none.
func windowProgram() (string, error) {
	path, found := sibling(windowName)
	if !found && window.Built {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		path, found = self, true
	}
	if !found {
		return "", fmt.Errorf("%w, and %s is not beside it", window.ErrNotBuilt, windowName)
	}
	if !hasDisplay() {
		return "", window.ErrNoDisplay
	}
	return path, nil
}

// hasDisplay reports whether a window could be seen at all.
func hasDisplay() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	default:
		return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
	}
}

// flags adds this session's own flags to the arguments of another process.
func (s *session) flags(args ...string) []string {
	if s.home != "" {
		args = append(args, "--home", s.home)
	}
	if s.config != "" {
		args = append(args, "--config", s.config)
	}
	return args
}

// core is a core process that was started from here.
type core struct {
	exited chan struct{} // closed when it has ended
	stderr string        // file with its last words
}

// unwritable says what to do about a place that cannot be written.
func unwritable(path string, err error) error {
	e := &app.UnwritableError{Path: path, Err: err}
	return hinted(e, e.Hint())
}

// startCore starts a core that outlives this process; from then on it belongs
// to whoever asks it to quit.
func (s *session) startCore(paths app.Paths) (*core, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	if path, found := sibling(coreName); found && window.Built && !tray.Built {
		program = path
	}
	if err := os.MkdirAll(paths.Logs, 0o700); err != nil {
		return nil, unwritable(paths.Logs, err)
	}
	c := &core{exited: make(chan struct{}), stderr: filepath.Join(paths.Logs, "stderr.log")}
	stderr, err := os.OpenFile(c.stderr, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, unwritable(c.stderr, err)
	}
	defer stderr.Close()
	cmd := exec.Command(program, s.flags("serve", "--tray")...) //nolint:noctx // it outlives whoever starts it
	cmd.Stderr = stderr
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the core: %w", err)
	}
	go func() {
		defer close(c.exited)
		_ = cmd.Wait()
	}()
	return c, nil
}

// failure passes on why the core ended before anybody asked it to.
func (c *core) failure() error {
	words, _ := os.ReadFile(c.stderr)
	return lastWords(string(words))
}

// lastWords reads back what report has written, or whatever else a program
// says that ends in another way.
func lastWords(text string) error {
	reason := "the core ended at once"
	var hints []string
	if i := strings.LastIndex("\n"+text, "\nerror: "); i >= 0 {
		var after string
		reason, after, _ = strings.Cut(text[i:], "\nhint: ")
		reason = strings.TrimPrefix(reason, "error: ")
		if after != "" {
			hints = strings.Split(strings.TrimSpace(after), "\nhint: ")
		}
	} else if text = strings.TrimSpace(text); text != "" {
		reason += ": " + text
	}
	return hinted(errors.New(strings.TrimSpace(reason)), hints...)
}

// windowPatience is how long a window may take to close before it is killed.
const windowPatience = 3 * time.Second

// openWindow shows the window until it is closed or ctx ends. One that is open
// already comes to the front: the second process asks it to, and ends.
func (s *session) openWindow(ctx context.Context, running *sync.WaitGroup) error {
	program, err := windowProgram()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, s.flags("window")...)
	cmd.WaitDelay = windowPatience
	if runtime.GOOS != "windows" { // where nothing but killing is possible
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open the window: %w", err)
	}
	running.Go(func() { _ = cmd.Wait() }) // how a window ended concerns nobody else
	return nil
}
