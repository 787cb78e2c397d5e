// Package vault keeps secrets in the keychain of the operating system: Secret
// Service on Linux, Keychain on macOS, Credential Manager on Windows.
//
// A keychain asks its user before a program may read an item, and some ask
// again for each item, each change of an item's owner, and each start. So
// there are as few items as possible: secrets live together on pages, each one
// item holding a small JSON object, which is read once in the program's life
// and updated in place. A page stays under what Windows allows in one item.
package vault

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

const (
	service = "yallmproxy"
	// pageBytes is how long a page may get. Windows refuses items over 2560.
	pageBytes = 2000
	// maxPages bounds a search that a faulty keychain would make endless.
	maxPages = 64
	patience = 5 * time.Second
	// calm is how long a failure counts as the answer. Without it a locked
	// keychain would ask its user once for every key of a configuration.
	calm = 10 * time.Second
)

// ErrNotFound is returned for a name that holds no secret.
var ErrNotFound = errors.New("there is no such key in the keychain")

// UnavailableError says that there is no usable keychain here, and why.
type UnavailableError struct{ Err error }

// Error tells what failed.
func (e *UnavailableError) Error() string { return "the keychain is not available: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// errSlow is a keychain that does not answer: a hung daemon, or a question on
// the screen that nobody has answered yet.
var errSlow = errors.New("it does not answer; if it asks for a password on the screen, enter it and try again")

// ring is the part of go-keyring that a Vault uses.
type ring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
}

type osRing struct{}

func (osRing) Get(service, user string) (string, error) {
	if err := reachable(); err != nil {
		return "", err
	}
	return keyring.Get(service, user)
}

func (osRing) Set(service, user, secret string) error {
	if err := reachable(); err != nil {
		return err
	}
	return keyring.Set(service, user, secret)
}

// Vault is the secrets of this program. It is safe for concurrent use and
// touches the keychain only when asked for something.
type Vault struct {
	ring     ring
	patience time.Duration
	calm     time.Duration
	// turn is held by whoever talks to the keychain. Talks go on in a
	// goroutine of their own, because a keychain may hang for ever; the one
	// that hangs keeps its turn, so there is never more than one.
	turn chan struct{}

	mu     sync.Mutex
	pages  []page // nil: not read yet
	failed error  // why the last reading failed
	until  time.Time
}

// New returns the vault of the current user.
func New() *Vault { return newVault(osRing{}) }

func newVault(r ring) *Vault {
	return &Vault{ring: r, patience: patience, calm: calm, turn: make(chan struct{}, 1)}
}

// Get returns the secret of that name, ErrNotFound when there is none, or an
// *UnavailableError.
func (v *Vault) Get(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	pages, err := v.read()
	if err != nil {
		return "", err
	}
	i := holder(pages, name)
	if i < 0 {
		return "", ErrNotFound
	}
	return pages[i][name], nil
}

// Names lists what the vault holds, sorted.
func (v *Vault) Names() ([]string, error) {
	pages, err := v.read()
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, p := range pages {
		for name := range p {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Check reports whether there is a usable keychain: nil, or an
// *UnavailableError. It asks anew, whatever was found before.
func (v *Vault) Check() error {
	return v.talk(func() error {
		pages, err := v.readPages()
		v.remember(pages, err)
		return err
	})
}

// Set stores a secret, replacing the one of that name.
func (v *Vault) Set(name, value string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if value == "" {
		return errors.New("the key is empty: delete it instead")
	}
	if size := (page{name: value}).size(); size > pageBytes {
		return fmt.Errorf("the key is too long for a keychain: %d bytes at most", pageBytes-size+len(value))
	}
	return v.change(func(pages []page) ([]page, []int) { return place(pages, name, value) })
}

// Delete removes a secret. The page it was on stays, because a keychain
// forgets who may read an item that goes away.
func (v *Vault) Delete(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	found := false
	err := v.change(func(pages []page) ([]page, []int) {
		var changed []int
		for i, p := range pages {
			if _, ok := p[name]; ok {
				delete(p, name)
				changed = append(changed, i)
			}
		}
		found = len(changed) > 0
		return pages, changed
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// read returns the pages, from memory once they are there.
func (v *Vault) read() ([]page, error) {
	if pages, err := v.known(); pages != nil || err != nil {
		return pages, err
	}
	var pages []page
	err := v.talk(func() (err error) {
		// Another caller may have been faster.
		if pages, err = v.known(); pages != nil || err != nil {
			return err
		}
		pages, err = v.readPages()
		v.remember(pages, err)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pages, nil
}

// change reads the pages anew, because another process may have changed them,
// edits them and writes those that differ, in the given order.
func (v *Vault) change(edit func([]page) (edited []page, write []int)) error {
	return v.talk(func() error {
		pages, err := v.readPages()
		if err != nil {
			v.remember(nil, err)
			return err
		}
		pages, changed := edit(pages)
		for _, i := range changed {
			if err := v.ring.Set(service, item(i), pages[i].encode()); err != nil {
				// What is in the keychain now is not certain.
				v.forget()
				return &UnavailableError{Err: err}
			}
		}
		v.remember(pages, nil)
		return nil
	})
}

// talk runs f, which may hang, and waits for it as long as a person would. An
// f that was waited for in vain ends some day, and what it found counts then.
func (v *Vault) talk(f func() error) error {
	timeout := time.NewTimer(v.patience)
	defer timeout.Stop()
	select {
	case v.turn <- struct{}{}:
	case <-timeout.C:
		return v.tooSlow()
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-v.turn }()
		done <- f()
	}()
	select {
	case err := <-done:
		return err
	case <-timeout.C:
		return v.tooSlow()
	}
}

// tooSlow is the answer of a keychain that gives none. It is remembered like
// any failure, so that ten keys do not wait ten times.
func (v *Vault) tooSlow() error {
	err := &UnavailableError{Err: errSlow}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.pages == nil {
		v.failed, v.until = err, time.Now().Add(v.calm)
	}
	return err
}

// known returns what is remembered: pages, a recent failure, or neither. The
// pages it returns are never changed afterwards.
func (v *Vault) known() ([]page, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failed != nil && time.Now().Before(v.until) {
		return nil, v.failed
	}
	return v.pages, nil
}

func (v *Vault) remember(pages []page, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pages, v.failed, v.until = pages, err, time.Now().Add(v.calm)
}

func (v *Vault) forget() { v.remember(nil, nil) }

// readPages reads from the keychain, page after page until there is none.
func (v *Vault) readPages() ([]page, error) {
	pages := []page{}
	for i := range maxPages {
		text, err := v.ring.Get(service, item(i))
		if errors.Is(err, keyring.ErrNotFound) {
			return pages, nil
		}
		if err != nil {
			return nil, &UnavailableError{Err: err}
		}
		p, err := decodePage(text)
		if err != nil {
			return nil, &UnavailableError{Err: fmt.Errorf("item %s/%s is not readable: %w", service, item(i), err)}
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// item names the keychain item of a page: vault, vault-2, vault-3 and so on.
func item(i int) string {
	if i == 0 {
		return "vault"
	}
	return "vault-" + strconv.Itoa(i+1)
}

// CheckName keeps names to what every keychain and every shell accepts.
func CheckName(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`).MatchString(name) {
		return fmt.Errorf("%q is no name for a key: use 1 to 64 letters, digits, dots, dashes and underscores", name)
	}
	return nil
}
