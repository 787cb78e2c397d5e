//go:build bindings

package main

// main does nothing: "wails build" runs the program with this tag to learn
// which Go methods a page may call. None; pages use the admin API.
func main() {}
