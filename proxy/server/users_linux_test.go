package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// userClient is the environment variable that makes TestOtherUsers the client
// of another one: an address, and after a space a key.
const userClient = "SERVER_TEST_CLIENT"

// TestOtherUsers runs a client as another user of this machine, as which it is
// refused, and with a key or by the setting let in. Without root's rights there
// is no other user to be; then it holds for the same one that all are let in,
// and TestCaller for the refusal.
func TestOtherUsers(t *testing.T) {
	if base := os.Getenv(userClient); base != "" {
		callAsUser(base)
		return
	}
	up := NewUpstream(t, JSON(200, Chat("x")))
	const keys = "app_keys:\n  enabled: true\n  allow_unauthenticated: true\n  keys: [{key_id: k, secret: s-k}]\n"
	p := NewProxy(t, one(up))
	keyed, open := NewProxy(t, one(up)+keys), NewProxy(t, one(up))
	cfg := *open.Relay.Snapshot().Config()
	cfg.Server.OtherUsers = true
	snap, err := open.Relay.Compile(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	open.Relay.Swap(snap)
	const another = 65534 // needs no account
	self := uint32(os.Geteuid())
	same := map[string]string{"chat": "200 ", "list": "200 "}
	refused := map[string]string{"chat": `403 {"error":{"message":"This call comes from a process of another user`, "list": `403 {"type":"error"`}
	for _, tt := range []struct {
		name, base string
		uid        uint32
		want       map[string]string
	}{
		{"the same user", p.URL, self, same},
		{"another user", p.URL, another, refused},
		{"another user, keys optional", keyed.URL, another, refused},
		{"another user with a key", keyed.URL + " s-k", another, same},
		{"another user by the setting", open.URL, another, same},
	} {
		if self != 0 {
			tt.uid, tt.want = self, same
		}
		t.Run(tt.name, func(t *testing.T) { asUser(t, tt.uid, tt.base, tt.want) })
	}
}

// asUser runs this test as a client and compares the beginnings of what it got.
func asUser(t *testing.T, uid uint32, base string, want map[string]string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestOtherUsers$") // the file need not be within the user's reach
	cmd.Env = []string{userClient + "=" + base, "GORACE=atexit_sleep_ms=0"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid != uint32(os.Geteuid()) {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	for what, begins := range want {
		if !strings.Contains(out.String(), what+": "+begins) {
			t.Errorf("%s: want %q in %s", what, begins, out.String())
		}
	}
	if strings.HasPrefix(want["chat"], "403") && !strings.Contains(out.String(), "proxy_settings.server.allow_other_users") {
		t.Errorf("it does not say what to do: %s", out.String())
	}
}

// callAsUser makes two calls over one connection and prints what came back.
func callAsUser(base string) {
	base, key, _ := strings.Cut(base, " ")
	call := func(what, method, path, body, header string) {
		req, err := http.NewRequest(method, base+path, strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+key)
		if header != "" {
			req.Header.Set(header, "x")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		fmt.Printf("%s: %d %s %v\n", what, res.StatusCode, text, err)
	}
	call("chat", http.MethodPost, "/v1/chat/completions", chat, "")
	call("list", http.MethodGet, "/v1/models", "", "Anthropic-Version")
}
