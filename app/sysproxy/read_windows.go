package sysproxy

import (
	"context"

	"golang.org/x/sys/windows/registry"
)

const (
	internet = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	policies = `Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
)

// read looks where the settings of this user are, or those of the machine when
// a policy says that they hold for everybody.
func read(context.Context) Settings {
	root := registry.CURRENT_USER
	if number(registry.LOCAL_MACHINE, policies, "ProxySettingsPerUser", 1) == 0 {
		root = registry.LOCAL_MACHINE
	}
	if number(root, internet, "ProxyEnable", 0) == 0 {
		return Settings{}
	}
	return parseWindows(text(root, "ProxyServer"), text(root, "ProxyOverride"))
}

func number(root registry.Key, path, name string, otherwise uint64) uint64 {
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return otherwise
	}
	defer key.Close()
	n, _, err := key.GetIntegerValue(name)
	if err != nil {
		return otherwise
	}
	return n
}

func text(root registry.Key, name string) string {
	key, err := registry.OpenKey(root, internet, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer key.Close()
	s, _, err := key.GetStringValue(name)
	if err != nil {
		return ""
	}
	return s
}
