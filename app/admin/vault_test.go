package admin

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/yallmproxy/yallmproxy/app/vault"
)

// memoryVault is a keychain in memory; with broken set there is none.
type memoryVault struct {
	mu     sync.Mutex
	keys   map[string]string
	broken bool
}

func (v *memoryVault) Check() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken {
		return &vault.UnavailableError{Err: errors.New("no secret service on this bus")}
	}
	return nil
}

func (v *memoryVault) Get(name string) (string, error) {
	if err := v.Check(); err != nil {
		return "", err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key, ok := v.keys[name]
	if !ok {
		return "", vault.ErrNotFound
	}
	return key, nil
}

func (v *memoryVault) Set(name, value string) error {
	if err := v.Check(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys[name] = value
	return nil
}

func (v *memoryVault) Delete(name string) error {
	if _, err := v.Get(name); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.keys, name)
	return nil
}

func (v *memoryVault) Names() ([]string, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.keys)), nil
}
