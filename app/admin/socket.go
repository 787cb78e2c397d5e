package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ErrInUse is returned by Listen when somebody answers on the socket already.
var ErrInUse = errors.New("the control socket is in use")

// maxSocketPath is the shortest limit of the systems we run on (macOS).
const maxSocketPath = 103

// Listen opens the control socket. Its folder is made private first, so that
// there is no moment at which somebody else can connect. A socket that nobody
// answers on was left behind by a program that was killed, and is replaced;
// anything else at that path is left alone.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the path of the control socket is %d bytes long and may be %d: "+
			"set XDG_RUNTIME_DIR or YALLMP_HOME to a shorter folder: %s", len(path), maxSocketPath, path)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("control socket: make its folder private: %w", err)
	}
	if err := clearStale(ctx, path); err != nil {
		return nil, err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("control socket: make it private: %w", err)
	}
	return ln, nil
}

// clearStale removes a socket that nobody answers on.
func clearStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
		return ErrInUse
	}
	// Windows reports sockets as irregular files or reparse points.
	if info.Mode().IsRegular() || info.IsDir() {
		return fmt.Errorf("control socket: %s is not a socket: move it away", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("control socket: remove the stale one: %w", err)
	}
	return nil
}
