package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const (
	// noRoom is where a disk counts as full: SQLite needs some pages for
	// anything at all.
	noRoom = 1 << 20
	// sqliteFull is SQLITE_FULL, see https://www.sqlite.org/rescode.html#full.
	sqliteFull = 13
)

// recordFiles are where records are on disk. Without a database file the
// database is elsewhere.
type recordFiles struct{ database, spool string }

// waitingNotice says in a person's words why requests are not written down,
// where they are meanwhile, and what to do. The log has the errors.
func waitingNotice(w usage.Waiting, files recordFiles) controller.Notice {
	n := controller.Notice{Kind: controller.AboutDatabase, Level: controller.LevelError}
	full := files.database != "" && diskFull(w.Err, files.database)
	if full {
		n.Message = fmt.Sprintf("The disk is full: %s cannot grow%s.", files.database, freeText(files.database))
	} else {
		n.Message = fmt.Sprintf("The database takes nothing: %v.", w.Err)
	}
	n.Hint = "Requests are served all the same and wait "
	switch {
	case w.Spool == nil:
		n.Hint += "on disk, in " + files.spool + ". "
	case diskFull(w.Spool, files.spool):
		n.Hint += "in memory, because the disk of " + files.spool + " is full. "
		full = true
	default:
		n.Hint += fmt.Sprintf("in memory, because %s cannot be written to: %v. ", files.spool, innermost(w.Spool))
	}
	switch {
	case w.LostRecords+w.LostBodies > 0:
		n.Hint += fmt.Sprintf("Too much is waiting: %d requests and %d bodies are lost already. ", w.LostRecords, w.LostBodies)
	case w.Spool != nil:
		n.Hint += "Nothing is lost until the program ends. "
	}
	if full {
		n.Hint += "Free some space: they are written down then, by themselves."
	} else {
		n.Hint += "They are written down when the database is back."
	}
	return n
}

// diskFull tells whether err, or the disk itself, says that nothing more goes
// on the disk of path.
func diskFull(err error, path string) bool {
	if code, ok := errors.AsType[interface {
		error
		Code() int
	}](err); ok && code.Code()&0xff == sqliteFull {
		return true
	}
	free, unknown := controller.FreeDisk(filepath.Dir(path))
	return errors.Is(err, syscall.ENOSPC) || unknown == nil && free < noRoom
}

func freeText(path string) string {
	free, err := controller.FreeDisk(filepath.Dir(path))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(", %d MB are free there", free>>20)
}

// innermost is the cause without the path, which is said already.
func innermost(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
