//go:build windows || darwin

package vault

// reachable reports whether the keychain can be asked; it is part of these
// systems.
func reachable() error { return nil }
