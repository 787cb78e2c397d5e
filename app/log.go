package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
)

const (
	logFileSize  = 10 << 20
	logFileCount = 3 // the current file included
)

// newLogger writes to the log file and, when there is one, to a terminal.
func newLogger(file io.Writer, terminal io.Writer, level slog.Leveler) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if terminal == nil {
		return slog.New(slog.NewTextHandler(file, o))
	}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(file, o), slog.NewTextHandler(terminal, o)))
}

// parseLevel reads the configured level; info when it is none it knows.
func parseLevel(name string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return level
}

// rotatingFile is a log that never takes more than logFileCount files of
// limit bytes: name, name.1 (the one before), name.2.
type rotatingFile struct {
	path  string
	limit int64

	mu   sync.Mutex
	file *os.File
	size int64
}

func openRotating(path string, limit int64) (*rotatingFile, error) {
	r := &rotatingFile{path: path, limit: limit}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *rotatingFile) open() error {
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return &UnwritableError{Path: r.path, Err: err}
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	r.file, r.size = f, info.Size()
	return nil
}

// Write appends one log line, which slog hands over whole.
func (r *rotatingFile) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.size > 0 && r.size+int64(len(line)) > r.limit {
		if err := r.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := r.file.Write(line)
	r.size += int64(n)
	return n, err
}

// rotate renames from the oldest on. A rename that fails is let pass: a log
// that grows past its limit is better than none.
func (r *rotatingFile) rotate() error {
	_ = r.file.Close()
	for i := logFileCount - 1; i > 0; i-- {
		_ = os.Rename(r.name(i-1), r.name(i))
	}
	return r.open()
}

func (r *rotatingFile) name(i int) string {
	if i == 0 {
		return r.path
	}
	return fmt.Sprintf("%s.%d", r.path, i)
}

// Close ends the log.
func (r *rotatingFile) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file.Close()
}
