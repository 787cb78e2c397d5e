package app

import (
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/windows/registry"
)

const (
	runKey   = `Software\Microsoft\Windows\CurrentVersion\Run`
	runValue = "yaLLMproxy"
)

func addAutostart(program string, args []string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	call := []string{syscall.EscapeArg(program)}
	for _, arg := range args {
		call = append(call, syscall.EscapeArg(arg))
	}
	return key.SetStringValue(runValue, strings.Join(call, " "))
}

func removeAutostart() error {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer key.Close()
	if err := key.DeleteValue(runValue); !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}
