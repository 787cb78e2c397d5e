package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

const folderName = "yallmproxy"

// maxSocketPath is the longest socket path that every system takes: macOS
// holds 104 bytes with the ending zero, Linux 108.
const maxSocketPath = 100

// Paths are the places on disk that one core uses. All are absolute.
type Paths struct {
	Config  string // the user's configuration file; it may be absent
	Data    string // database, spool and logs
	Logs    string
	Runtime string // control socket
	Socket  string
	Lock    string
}

// Database is the SQLite file used unless the configuration names another.
func (p Paths) Database() string { return filepath.Join(p.Data, "yallm.db") }

// Spool is where records wait while the database is away.
func (p Paths) Spool() string { return filepath.Join(p.Data, "spool") }

// LogFile is the file that the program's own log is written to.
func (p Paths) LogFile() string { return filepath.Join(p.Logs, "yallmproxy.log") }

// FindPaths says where things live. A home (else YALLMP_HOME) puts everything
// below that one folder; otherwise the system's own conventions hold. A config
// (else YALLMP_CONFIG) names another configuration file. Nothing is created.
func FindPaths(home, config string) (Paths, error) {
	if home == "" {
		home = os.Getenv("YALLMP_HOME")
	}
	if config == "" {
		config = os.Getenv("YALLMP_CONFIG")
	}
	var p Paths
	if home != "" {
		p.Config = filepath.Join(home, "config_added.yaml")
		p.Data = filepath.Join(home, "data")
		p.Runtime = filepath.Join(home, "run")
	} else if err := p.findStandard(); err != nil {
		return Paths{}, err
	}
	if config != "" {
		p.Config = config
	}
	for _, path := range []*string{&p.Config, &p.Data, &p.Runtime} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return Paths{}, fmt.Errorf("find %s: %w", *path, err)
		}
		*path = abs
	}
	p.Logs = filepath.Join(p.Data, "logs")
	p.Lock = filepath.Join(p.Data, "yallmproxy.lock")
	p.Socket = filepath.Join(p.Runtime, "control.sock")
	if len(p.Socket) > maxSocketPath {
		p.Runtime = shortRuntime(p.Runtime)
		p.Socket = filepath.Join(p.Runtime, "control.sock")
	}
	return p, nil
}

// findStandard fills in the places that the operating system provides.
func (p *Paths) findStandard() error {
	config, err := os.UserConfigDir()
	if err != nil {
		return fmt.Errorf("find the configuration folder: %w (set YALLMP_HOME to a folder of your choice)", err)
	}
	p.Config = filepath.Join(config, folderName, "config_added.yaml")
	switch runtime.GOOS {
	case "windows":
		// Local, not roaming: a database is too big to follow a profile.
		local, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("find the data folder: %w", err)
		}
		p.Data = filepath.Join(local, folderName)
	case "darwin":
		p.Data = filepath.Join(config, folderName)
	default:
		data := os.Getenv("XDG_DATA_HOME")
		if !filepath.IsAbs(data) { // as the XDG specification says of relative values
			home, err := os.UserHomeDir()
			if err != nil {
				return fmt.Errorf("find the data folder: %w", err)
			}
			data = filepath.Join(home, ".local", "share")
		}
		p.Data = filepath.Join(data, folderName)
	}
	p.Runtime = filepath.Join(p.Data, "run")
	if dir := os.Getenv("XDG_RUNTIME_DIR"); runtime.GOOS != "windows" && filepath.IsAbs(dir) {
		p.Runtime = filepath.Join(dir, folderName)
	}
	return nil
}

// shortRuntime stands in for a folder whose path is too long for a socket. The
// same folder always gets the same stand-in, so that clients find the core.
func shortRuntime(long string) string {
	sum := sha256.Sum256([]byte(long))
	name := fmt.Sprintf("%s-%d-%s", folderName, os.Getuid(), hex.EncodeToString(sum[:4]))
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && len(dir)+len(name)+len("//control.sock") <= maxSocketPath {
		return filepath.Join(dir, name)
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(os.TempDir(), name)
	}
	// Not TMPDIR: it may be the very path that is too long.
	return filepath.Join("/tmp", name)
}

// UnwritableError is a file or folder of the program that cannot be written.
type UnwritableError struct {
	Path string
	Err  error
}

// Error names the path once; the system's error may name it again.
func (e *UnwritableError) Error() string {
	return fmt.Sprintf("%s cannot be written: %v", e.Path, innermost(e.Err))
}

// Unwrap returns the system's own error.
func (e *UnwritableError) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *UnwritableError) Hint() string {
	return "make " + filepath.Dir(e.Path) + " writable for this user, or keep everything below another folder: --home DIR (YALLMP_HOME)"
}

// create makes the folders, for this user's eyes only.
func (p Paths) create() error {
	for _, dir := range []string{filepath.Dir(p.Config), p.Data, p.Logs, p.Runtime} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return &UnwritableError{Path: dir, Err: err}
		}
	}
	return p.checkRuntime()
}

// checkRuntime refuses a runtime folder that somebody else can reach: the
// mode of the socket's folder is its password, and in /tmp another user might
// have made the folder first.
func (p Paths) checkRuntime() error {
	info, err := os.Lstat(p.Runtime)
	if err != nil {
		return fmt.Errorf("check %s: %w", p.Runtime, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; remove it and start again", p.Runtime)
	}
	if !ownedByUser(info) {
		return fmt.Errorf("%s belongs to another user; remove it, or set XDG_RUNTIME_DIR or YALLMP_HOME", p.Runtime)
	}
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(p.Runtime, 0o700); err != nil {
		return errors.Join(fmt.Errorf("%s can be reached by others", p.Runtime), err)
	}
	return nil
}
