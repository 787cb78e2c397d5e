//go:build !linux

package app

// releasePages is for Linux, where the pages of the program file count.
func releasePages() {}
