package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// sqliteError is what the driver's errors look like from here.
type sqliteError int

func (e sqliteError) Error() string { return "database or disk is full (13)" }
func (e sqliteError) Code() int     { return int(e) }

func TestWaitingNotice(t *testing.T) {
	dir := t.TempDir()
	here := recordFiles{database: filepath.Join(dir, "yallm.db"), spool: filepath.Join(dir, "spool")}
	elsewhere := recordFiles{spool: here.spool}
	full := fmt.Errorf("append records: begin: %w: the disk is full: free some space", sqliteError(sqliteFull))
	away := errors.New("dial tcp 10.0.0.1:5432: connection refused")
	noSpace := fmt.Errorf("new spool file: %w", &fs.PathError{Op: "write", Path: here.spool + "/1.spool", Err: syscall.ENOSPC})
	denied := fmt.Errorf("new spool file: %w", &fs.PathError{Op: "open", Path: here.spool + "/1.spool", Err: syscall.EACCES})
	for name, tt := range map[string]struct {
		w          usage.Waiting
		files      recordFiles
		says, omit []string
	}{
		"full, in memory": {
			usage.Waiting{Err: full, Spool: noSpace},
			here,
			[]string{"The disk is full: " + here.database + " cannot grow, ", "MB are free there", "wait in memory", here.spool + " is full", "Nothing is lost until the program ends", "Free some space"},
			[]string{"on disk", "append records", "database is back", "lost already"},
		},
		"full, on disk": {
			usage.Waiting{Err: full},
			here,
			[]string{"wait on disk, in " + here.spool, "Free some space"},
			[]string{"in memory", "until the program ends"},
		},
		"away, on disk": {
			usage.Waiting{Err: away},
			elsewhere,
			[]string{"connection refused", "wait on disk", "when the database is back"},
			[]string{"full", "Free some space"},
		},
		"away, spool full": {
			usage.Waiting{Err: away, Spool: noSpace},
			elsewhere,
			[]string{"connection refused", "wait in memory", here.spool + " is full", "Free some space"},
			[]string{"on disk"},
		},
		"away, spool denied": {
			usage.Waiting{Err: away, Spool: denied},
			elsewhere,
			[]string{"in memory, because " + here.spool + " cannot be written to: " + syscall.EACCES.Error(), "until the program ends"},
			[]string{"on disk", "1.spool"},
		},
		"too much": {
			usage.Waiting{Err: full, Spool: noSpace, LostRecords: 3, LostBodies: 7},
			here,
			[]string{"3 requests and 7 bodies are lost already"},
			[]string{"Nothing is lost"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := waitingNotice(tt.w, tt.files)
			text := n.Message + " " + n.Hint
			for _, s := range tt.says {
				if !strings.Contains(text, s) {
					t.Errorf("does not say %q: %s", s, text)
				}
			}
			for _, s := range tt.omit {
				if strings.Contains(text, s) {
					t.Errorf("says %q: %s", s, text)
				}
			}
		})
	}
}
