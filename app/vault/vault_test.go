package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

// memory is a keychain that counts, and that can fail, hang or refuse long
// items as Windows does.
type memory struct {
	mu         sync.Mutex
	items      map[string]string
	gets, sets int
	fail       error
	hang       chan struct{} // calls wait until it is closed
	failSet    map[string]error
}

func newMemory() *memory { return &memory{items: map[string]string{}} }

func (m *memory) Get(service, user string) (string, error) {
	m.wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gets++
	if m.fail != nil {
		return "", m.fail
	}
	if v, ok := m.items[service+"/"+user]; ok {
		return v, nil
	}
	return "", keyring.ErrNotFound
}

func (m *memory) Set(service, user, secret string) error {
	m.wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sets++
	if err := cmpErr(m.fail, m.failSet[user]); err != nil {
		return err
	}
	if len(secret) > 2560 {
		return keyring.ErrSetDataTooBig
	}
	m.items[service+"/"+user] = secret
	return nil
}

func (m *memory) wait() {
	if m.hang != nil {
		<-m.hang
	}
}

func cmpErr(errs ...error) error { return errors.Join(errs...) }

func TestSetGetDelete(t *testing.T) {
	m := newMemory()
	v := newVault(m)
	if _, err := v.Get("openai"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an empty vault: %v", err)
	}
	mustSet(t, v, "openai", "sk-1")
	mustSet(t, v, "openai", "sk-2")
	mustSet(t, v, "groq", "gsk")
	wantSecret(t, v, "openai", "sk-2")
	if names, err := v.Names(); err != nil || !slices.Equal(names, []string{"groq", "openai"}) {
		t.Errorf("Names: %v, %v", names, err)
	}
	if err := v.Delete("openai"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Get("openai"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after Delete: %v", err)
	}
	if err := v.Delete("openai"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Delete of nothing: %v", err)
	}
	if len(m.items) != 1 {
		t.Errorf("%d keychain items for two keys, want one: %v", len(m.items), m.items)
	}
	wantSecret(t, newVault(m), "groq", "gsk")
}

// A keychain that asks its user for every access must not be asked often.
func TestReadOncePerStart(t *testing.T) {
	m := newMemory()
	mustSet(t, newVault(m), "a", "1")
	m.gets = 0
	v := newVault(m)
	for range 100 {
		wantSecret(t, v, "a", "1")
		_, _ = v.Get("b")
	}
	if m.gets != 2 { // the page, and that there is no second one
		t.Errorf("the keychain was asked %d times", m.gets)
	}
}

func TestPages(t *testing.T) {
	m := newMemory()
	v := newVault(m)
	want := map[string]string{}
	for i := range 40 {
		name := fmt.Sprintf("key-%d", i)
		want[name] = strings.Repeat(string(rune('a'+i%26)), 50+i*10)
		mustSet(t, v, name, want[name])
	}
	// Grow one that is on a full page, shrink another.
	want["key-0"], want["key-1"] = strings.Repeat("G", 1500), "s"
	mustSet(t, v, "key-0", want["key-0"])
	mustSet(t, v, "key-1", want["key-1"])
	for item, text := range m.items {
		if len(text) > pageBytes {
			t.Errorf("%s has %d bytes", item, len(text))
		}
	}
	if len(m.items) < 5 || len(m.items) > 20 {
		t.Errorf("%d items", len(m.items))
	}
	fresh := newVault(m)
	for name, secret := range want {
		wantSecret(t, v, name, secret)
		wantSecret(t, fresh, name, secret)
	}
	if names, err := fresh.Names(); err != nil || len(names) != len(want) {
		t.Errorf("Names: %d, %v", len(names), err)
	}
}

// A secret that outgrows its page is written to its new place first.
func TestMoveThatBreaksOffLosesNothing(t *testing.T) {
	m := newMemory()
	v := newVault(m)
	mustSet(t, v, "a", "old")
	mustSet(t, v, "filler", strings.Repeat("f", 1800))
	m.failSet = map[string]error{"vault": errors.New("power cut")}
	if err := v.Set("a", strings.Repeat("n", 500)); err == nil {
		t.Fatal("the write of the first page was to fail")
	}
	m.failSet = nil
	wantSecret(t, newVault(m), "a", strings.Repeat("n", 500))
	mustSet(t, v, "a", "short again")
	wantSecret(t, newVault(m), "a", "short again")
	if err := v.Delete("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := newVault(m).Get("a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a copy survived: %v", err)
	}
}

// The command line changes the same pages while the core runs.
func TestAnotherProcessChangesThePage(t *testing.T) {
	m := newMemory()
	core, cli := newVault(m), newVault(m)
	mustSet(t, core, "a", "1")
	mustSet(t, cli, "b", "2")
	mustSet(t, core, "c", "3")
	for name, secret := range map[string]string{"a": "1", "b": "2", "c": "3"} {
		wantSecret(t, newVault(m), name, secret)
		wantSecret(t, core, name, secret)
	}
	mustSet(t, cli, "b", "new")
	if err := core.Check(); err != nil {
		t.Fatal(err)
	}
	wantSecret(t, core, "b", "new")
}

func TestNamesAndValuesAreChecked(t *testing.T) {
	v := newVault(newMemory())
	for _, name := range []string{"", "a b", "a/b", "ä", strings.Repeat("x", 65), "a\n"} {
		if err := v.Set(name, "x"); err == nil {
			t.Errorf("Set took the name %q", name)
		}
		if _, err := v.Get(name); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("Get of the name %q: %v", name, err)
		}
	}
	if err := v.Set("a", ""); err == nil {
		t.Error("Set took an empty key")
	}
	err := v.Set("a", strings.Repeat("x", 3000))
	if err == nil || !strings.Contains(err.Error(), "1992 bytes at most") {
		t.Errorf("a key that is too long: %v", err)
	}
	mustSet(t, v, "a", strings.Repeat("x", 1992))
}

func TestNoKeychain(t *testing.T) {
	m := newMemory()
	m.fail = errors.New("no such interface")
	v := newVault(m)
	_, getErr := v.Get("a")
	_, namesErr := v.Names()
	for what, err := range map[string]error{
		"Get": getErr, "Names": namesErr, "Set": v.Set("a", "1"), "Delete": v.Delete("a"), "Check": v.Check(),
	} {
		if unavailable, ok := errors.AsType[*UnavailableError](err); !ok || !errors.Is(unavailable, m.fail) {
			t.Errorf("%s: %v, want an *UnavailableError", what, err)
		}
	}
	// Ten keys of a configuration are one question, not ten.
	m.gets = 0
	for range 10 {
		_, _ = v.Get("a")
	}
	if m.gets > 0 {
		t.Errorf("a failing keychain was asked %d times more", m.gets)
	}
	m.fail = nil
	if err := v.Check(); err != nil {
		t.Errorf("Check asks anew: %v", err)
	}
	if _, err := v.Get("a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it came back: %v", err)
	}
}

func TestForeignItemIsNotOverwritten(t *testing.T) {
	m := newMemory()
	m.items["yallmproxy/vault"] = "secret of somebody else"
	v := newVault(m)
	err := v.Set("a", "1")
	if _, ok := errors.AsType[*UnavailableError](err); !ok || strings.Contains(err.Error(), "somebody") {
		t.Errorf("Set over a foreign item: %v", err)
	}
	if m.items["yallmproxy/vault"] != "secret of somebody else" {
		t.Error("the foreign item was overwritten")
	}
}

// A keychain that hangs, or waits for a person, costs a bounded time once; what
// it says in the end counts.
func TestHungKeychain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.items["yallmproxy/vault"] = `{"a":"1"}`
		m.hang = make(chan struct{})
		v := newVault(m)
		begin := time.Now()
		for range 10 {
			if _, err := v.Get("a"); !errors.Is(err, errSlow) {
				t.Fatalf("a hung keychain: %v", err)
			}
		}
		if waited := time.Since(begin); waited != patience {
			t.Errorf("ten questions waited %v, want %v", waited, patience)
		}
		if err := v.Set("b", "2"); !errors.Is(err, errSlow) {
			t.Errorf("Set: %v", err)
		}
		close(m.hang) // the password was entered at last
		synctest.Wait()
		wantSecret(t, v, "a", "1")
	})
}

func TestConcurrentUse(t *testing.T) {
	m := newMemory()
	v := newVault(m)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			name := fmt.Sprintf("k%d", i)
			if err := v.Set(name, name); err != nil {
				t.Error(err)
			}
			if got, err := v.Get(name); err != nil || got != name {
				t.Errorf("Get(%s) = %q, %v", name, got, err)
			}
		})
	}
	wg.Wait()
	if names, err := v.Names(); err != nil || len(names) != 16 {
		t.Errorf("Names: %v, %v", names, err)
	}
}

func mustSet(t *testing.T, v *Vault, name, value string) {
	t.Helper()
	if err := v.Set(name, value); err != nil {
		t.Fatalf("Set(%s): %v", name, err)
	}
}

func wantSecret(t *testing.T, v *Vault, name, want string) {
	t.Helper()
	if got, err := v.Get(name); err != nil || got != want {
		t.Errorf("Get(%s) = %.20q, %v; want %.20q", name, got, err, want)
	}
}
