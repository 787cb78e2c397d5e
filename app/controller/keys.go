package controller

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/app/vault"
	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Keys are the secrets in the keychain, by name.
type Keys struct{ c *Controller }

// List names the keys that are there and those that something refers to.
func (k *Keys) List() KeysView {
	view := KeysView{Available: true, Keys: []KeyView{}}
	names, err := k.c.o.Vault.Names()
	if err != nil {
		view.Available, view.Problem = false, noKeychainText(err)
	}
	used := keyUsers(k.c.Config())
	for _, name := range names {
		view.Keys = append(view.Keys, KeyView{Name: name, UsedBy: nonNil(used[name]), Present: true})
		delete(used, name)
	}
	for name, by := range used {
		view.Keys = append(view.Keys, KeyView{Name: name, UsedBy: by})
	}
	slices.SortFunc(view.Keys, func(a, b KeyView) int { return cmp.Compare(a.Name, b.Name) })
	return view
}

// Set stores a key, and lets what refers to it use it at once.
func (k *Keys) Set(_ context.Context, name, value string) error {
	if err := k.store(name, value); err != nil {
		return err
	}
	return k.refresh(name)
}

// Remove deletes a key. What refers to it has none from then on.
func (k *Keys) Remove(_ context.Context, name string) error {
	if err := checkKeyName(name); err != nil {
		return err
	}
	err := k.c.o.Vault.Delete(name)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return refuse(NotFound, "there is no key %q in the keychain", name)
	case err != nil:
		return noKeychain(err)
	}
	return k.refresh(name)
}

func (k *Keys) store(name, value string) error {
	if err := checkKeyName(name); err != nil {
		return err
	}
	if value = strings.TrimSpace(value); value == "" {
		return refuse(Invalid, "the key is empty: paste it whole, or remove it instead")
	}
	err := k.c.o.Vault.Set(name, value)
	if _, unavailable := errors.AsType[*vault.UnavailableError](err); unavailable {
		return noKeychain(err)
	}
	if err != nil {
		return &Error{Reason: Invalid, Message: err.Error(), Err: err}
	}
	return nil
}

// refresh reads the keys again when the configuration refers to name. That
// the file is broken at the moment is no failure of the key.
func (k *Keys) refresh(name string) error {
	if _, used := keyUsers(k.c.Config())[name]; !used {
		return nil
	}
	err := k.c.reload(true)
	if _, broken := errors.AsType[*config.InvalidError](err); broken {
		return nil
	}
	return err
}

// keyUsers lists, for each name in the keychain that the configuration refers
// to, the providers and models that do. A model that gets its keys from its
// provider is not one of them.
func keyUsers(cfg *config.Config) map[string][]string {
	used := map[string][]string{}
	add := func(keys []config.Key, by string) {
		for _, key := range keys {
			if name, ok := config.KeyringName(key.Ref); ok && !slices.Contains(used[name], by) {
				used[name] = append(used[name], by)
			}
		}
	}
	for _, p := range cfg.Providers {
		add(p.Keys, p.Name)
	}
	for _, m := range cfg.Models {
		for _, at := range append([]config.Model{m}, m.Parts...) {
			if p, _ := cfg.Provider(at.Provider); !slices.Equal(p.Keys, at.Keys) {
				add(at.Keys, m.Name)
			}
		}
	}
	return used
}

// keyState says where a key is.
func keyState(k config.Key) KeyState {
	_, keyring := config.KeyringName(k.Ref)
	switch {
	case !k.Configured():
		return KeyNone
	case !k.Set():
		return KeyMissing
	case keyring:
		return KeyInKeychain
	case k.Ref != "":
		return KeyInEnv
	}
	return KeyInFile
}

// checkKeyName makes a bad name a refusal.
func checkKeyName(name string) error {
	if err := vault.CheckName(name); err != nil {
		return refuse(Invalid, "%s", err)
	}
	return nil
}

// keyName makes a name for the key of a provider, whatever that is called.
func keyName(provider string) string {
	name := regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(provider, "-")
	return name[:min(len(name), 64)]
}

// noKeychain is the refusal that offers a file instead.
func noKeychain(err error) *Error {
	return &Error{Reason: NoKeychain, Message: noKeychainText(err), Err: err}
}

func noKeychainText(err error) string {
	text := errNoKeychain.Error()
	if err != nil {
		text = err.Error()
	}
	return text + ". Keys can be kept in .env_added beside the configuration instead, readable by you alone."
}

// keychainNotice says that keys are referred to which no keychain can give.
func keychainNotice(cfg *config.Config, v Vault) (Notice, bool) {
	if len(keyUsers(cfg)) == 0 {
		return Notice{}, false
	}
	// The configuration has just asked for the keys, so this answer is at hand.
	_, err := v.Names()
	if err == nil {
		return Notice{}, false
	}
	return Notice{
		Kind:    AboutKeychain,
		Level:   LevelError,
		Message: "Keys could not be read: " + err.Error() + ".",
		Hint:    "Unlock the keychain and reload the configuration, or keep the keys in .env_added.",
	}, true
}
