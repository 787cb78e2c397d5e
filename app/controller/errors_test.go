package controller

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestUnwritableNamesTheFileAndTheCause(t *testing.T) {
	for _, err := range []error{
		&fs.PathError{Op: "write", Path: "/c/.config_added.yaml.7", Err: syscall.ENOSPC},
		&os.LinkError{Op: "rename", Old: "/c/.config_added.yaml.7", New: "/c/config_added.yaml", Err: syscall.ENOSPC},
	} {
		got := unwritable("/c/config_added.yaml", err).Error()
		if !strings.HasPrefix(got, "/c/config_added.yaml could not be written: "+syscall.ENOSPC.Error()+". ") {
			t.Errorf("%v is told as %q", err, got)
		}
	}
}
