package cli_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/zalando/go-keyring"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/app/cli"
	"github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// patience bounds every wait for something that must happen.
const patience = 15 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"yallmproxy": func() {
			if os.Getenv("KEYCHAIN") == "memory" {
				keyring.MockInit()
			}
			os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
		// A script can look at a background command's output only when it has
		// ended; this one writes it to a file.
		"follow": func() {
			out, err := os.Create(os.Args[1])
			if err != nil {
				panic(err)
			}
			os.Exit(cli.Main(append([]string{"logs"}, os.Args[2:]...), os.Stdin, out, out))
		},
		// The stand-in for the window writes down how it was called.
		"yallmproxy-window": func() {
			calls := filepath.Join(os.Getenv("WORK"), "window-calls")
			if err := os.WriteFile(calls, []byte(strings.Join(os.Args[1:], " ")+"\n"), 0o600); err != nil {
				panic(err)
			}
		},
		"chat": chat,
	})
}

// TestScripts runs every command the way a person would, as a process of its
// own. Each script has its own home, no display, no session bus and no way to
// the user's files, and must leave no process behind.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":     await,
			"await-in":  awaitIn,
			"await-out": awaitOut,
			"configure": configure,
			"exits":     exits,
			"freeport":  freePort,
			"mode":      mode,
			"occupy":    occupy,
			"refused":   refused,
			"release":   release,
			"signal":    signal,
			"upstream":  upstream,
		},
	})
}

func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	env.Vars = []string{
		"WORK=" + env.WorkDir,
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"TMPDIR=" + env.WorkDir,
		"YALLMP_HOME=" + filepath.Join(env.WorkDir, "y"),
		// An address where nobody answers: without one, the keychain library
		// would start a session bus of its own.
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(env.WorkDir, "no-bus"),
		"NO_PROXY=127.0.0.1",
	}
	env.Values[gate{}] = make(chan struct{})
	env.Defer(func() { reap(env) })
	return nil
}

// reap fails a script that left a process behind, and ends that process.
func reap(env *testscript.Env) {
	mark := "WORK=" + env.WorkDir
	for _, pid := range processesWith(mark) {
		// A process that was just told to go may take a moment.
		if err := until(func() bool { return hasEnded(pid) }); err == nil {
			continue
		}
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
		env.T().Fatal(fmt.Sprintf("process %d was left behind", pid))
	}
}

func processesWith(mark string) []int {
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains("\x00"+string(data), "\x00"+mark+"\x00") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && !hasEnded(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// hasEnded reports whether a process is gone, or only waits to be counted.
func hasEnded(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}

// until polls a condition, every 10 ms, as long as patience lasts.
func until(condition func() bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if condition() {
			return nil
		}
	}
	return context.DeadlineExceeded
}

// exits CODE COMMAND... checks the exit code, which plain exec does not.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// freeport NAME... sets each variable to a port that is free now.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		port, err := proxytest.FreePort()
		ts.Check(err)
		ts.Setenv(name, strconv.Itoa(port))
	}
}

// occupy NAME takes a port until the script ends.
func occupy(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: occupy NAME")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	ts.Setenv(args[0], strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
}

// await waits until a core answers on the control socket; "! await" until
// none does.
func await(ts *testscript.TestScript, neg bool, _ []string) {
	paths, err := app.FindPaths(ts.Getenv("YALLMP_HOME"), "")
	ts.Check(err)
	if err := until(func() bool {
		conn, err := net.Dial("unix", paths.Socket)
		if err == nil {
			conn.Close()
		}
		return (err == nil) != neg
	}); err != nil {
		ts.Fatalf("the core at %s did not change its state", paths.Socket)
	}
}

// await-in FILE TEXT waits until a file holds a text.
func awaitIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-in FILE TEXT")
	}
	if err := until(func() bool {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && strings.Contains(string(data), args[1])
	}); err != nil {
		ts.Fatalf("%s never held %q", args[0], args[1])
	}
}

// await-out TEXT COMMAND... runs a command until its output holds a text.
func awaitOut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await-out TEXT COMMAND...")
	}
	if err := until(func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && strings.Contains(ts.ReadFile("stdout"), args[0])
	}); err != nil {
		ts.Fatalf("%v never said %q", args[1:], args[0])
	}
}

// refused PORT waits until nobody listens on a port.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: refused PORT")
	}
	if err := until(func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+args[0])
		if err == nil {
			conn.Close()
		}
		return err != nil
	}); err != nil {
		ts.Fatalf("port %s still takes connections", args[0])
	}
}

// configure FILE makes a file the configuration, with variables like $PORT
// replaced.
func configure(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: configure FILE")
	}
	home := ts.Getenv("YALLMP_HOME")
	ts.Check(os.MkdirAll(home, 0o700))
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(filepath.Join(home, "config_added.yaml"), []byte(text), 0o600))
}

// signal TERM|HUP goes to every core in the background: testscript itself
// sends only INT and KILL.
func signal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	if neg || len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal TERM|HUP")
	}
	for _, cmd := range ts.BackgroundCmds() {
		if filepath.Base(cmd.Args[0]) == "yallmproxy" {
			ts.Check(cmd.Process.Signal(signals[args[0]]))
		}
	}
}

// mode FILE PERM checks a file's permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode FILE PERM")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
