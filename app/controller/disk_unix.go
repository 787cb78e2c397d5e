//go:build !windows

package controller

import "golang.org/x/sys/unix"

// FreeDisk is what this user may still write to the disk that holds dir.
func FreeDisk(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}
