//go:build linux

package vault

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests of this file talk to a keychain daemon of their own, each part in
// a process of its own: D-Bus connections are shared within a process, and two
// processes are what the program and its command line are.
const askFor = "VAULT_TEST_STEP"

// TestStep is what runs in those processes.
func TestStep(t *testing.T) {
	v := New()
	switch step, arg, _ := strings.Cut(os.Getenv(askFor), " "); step {
	case "":
		return // it is a part of other tests
	case "set":
		name, value, _ := strings.Cut(arg, " ")
		mustSet(t, v, name, value)
	case "get":
		name, want, _ := strings.Cut(arg, " ")
		wantSecret(t, v, name, want)
	case "fill":
		for i := range 12 {
			mustSet(t, v, "fill-"+string(rune('a'+i)), strings.Repeat("x", 600))
		}
	case "delete":
		if err := v.Delete(arg); err != nil {
			t.Fatal(err)
		}
	case "absent":
		if _, err := v.Get(arg); !errors.Is(err, ErrNotFound) {
			t.Fatalf("Get(%s): %v, want ErrNotFound", arg, err)
		}
	case "unavailable":
		begin := time.Now()
		for _, err := range []error{v.Check(), v.Set("a", "1")} {
			if _, ok := errors.AsType[*UnavailableError](err); !ok {
				t.Fatalf("%v, want an *UnavailableError", err)
			}
		}
		if waited := time.Since(begin); waited > 3*patience {
			t.Fatalf("it took %v to find out", waited)
		}
	default:
		t.Fatalf("unknown step %q", step)
	}
}

func TestGnomeKeyring(t *testing.T) {
	env := startKeychain(t)
	step(t, env, "absent openai")
	step(t, env, "set openai sk-1")
	step(t, env, "set groq gsk-ü'\"$")
	step(t, env, "get openai sk-1")
	step(t, env, "set openai sk-2")
	step(t, env, "get openai sk-2")
	step(t, env, "get groq gsk-ü'\"$")
	if n := itemCount(t, env); n != 1 {
		t.Errorf("two keys are %d keychain items, want one", n)
	}
	step(t, env, "fill")
	step(t, env, "get openai sk-2")
	if n := itemCount(t, env); n != 4 { // three keys of 600 bytes on a page
		t.Errorf("twelve long keys more are %d keychain items, want four", n)
	}
	step(t, env, "delete openai")
	step(t, env, "absent openai")
	step(t, env, "get groq gsk-ü'\"$")
}

// A server without a desktop session, a session without a keychain, and one
// whose bus is gone: each is told at once and starts nothing.
func TestNoSession(t *testing.T) {
	home := t.TempDir()
	bare := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home}
	step(t, append(bare, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(home, "gone")), "unavailable")
	step(t, append(bare, "DBUS_SESSION_BUS_ADDRESS="+startBus(t, bare)), "unavailable")
	// Without an address the user's real bus would be found, if there is one:
	// that it is looked for and none started is all that can be asked here.
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	if reachable() != nil {
		step(t, bare, "unavailable")
	}
}

// step runs TestStep in a process of its own.
func step(t *testing.T, env []string, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestStep$", "-test.v")
	cmd.Env = append(slices.Clone(env), askFor+"="+what)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestStep") {
		t.Fatalf("%s: %v\n%s", what, err, out)
	}
}

// startKeychain starts a bus and an unlocked keyring for this test only.
func startKeychain(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	runtime := filepath.Join(home, "run")
	if err := os.Mkdir(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + runtime,
		"XDG_DATA_HOME=" + filepath.Join(home, "data"),
	}
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+startBus(t, env))
	cmd := exec.Command(binary(t, "gnome-keyring-daemon", "gnome-keyring"), "--foreground", "--unlock", "--components=secrets")
	cmd.Env = env
	cmd.Stdin = strings.NewReader("\n") // the empty password unlocks a new keyring
	start(t, cmd)
	waitForName(t, env, "org.freedesktop.secrets")
	return env
}

// startBus starts a D-Bus daemon and returns its address. It can start no
// services by itself, so a keychain is there only if the test starts one.
func startBus(t *testing.T, env []string) string {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	err := os.WriteFile(config, []byte(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=`+filepath.Join(dir, "bus")+`</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary(t, "dbus-daemon", "dbus-daemon"), "--config-file="+config, "--nofork", "--nopidfile", "--print-address")
	cmd.Env = env
	address, err := bufio.NewReader(start(t, cmd)).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon ended early: %v", err)
	}
	return strings.TrimSpace(address)
}

// start runs a daemon until the test ends, and waits for its end.
func start(t *testing.T, cmd *exec.Cmd) io.Reader {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return out
}

// waitForName waits until somebody owns a name on the bus.
func waitForName(t *testing.T, env []string, name string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		cmd := exec.Command(binary(t, "dbus-send", "dbus-bin"), "--session", "--print-reply", "--dest=org.freedesktop.DBus",
			"/", "org.freedesktop.DBus.NameHasOwner", "string:"+name)
		cmd.Env = env
		if out, err := cmd.Output(); err == nil && strings.Contains(string(out), "true") {
			return
		}
	}
	t.Fatalf("nobody came to own %s", name)
}

// itemCount asks the keychain itself how many items the program has in it.
func itemCount(t *testing.T, env []string) int {
	t.Helper()
	cmd := exec.Command(binary(t, "secret-tool", "libsecret-tools"), "search", "--all", "service", service)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("secret-tool: %v\n%s", err, out)
	}
	return strings.Count(string(out), "secret = ")
}

func binary(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: apt-get install %s", name, pkg)
	}
	return path
}
