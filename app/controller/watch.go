package controller

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// settle is how long the files must be quiet before they are read. Editors
// write in several steps: truncate and write, or write beside and rename.
const settle = 150 * time.Millisecond

// doubt is how long a file that has lost everything may stay so before it is
// believed. A program that rewrites a file in place empties it first, and on a
// busy machine the rest may be a while in coming.
const doubt = 2 * time.Second

// watch reads the user's files again whenever they change, until ctx ends. It
// watches the folder, because an editor that renames a new file into place
// takes the old one, and a watch on it, away.
func (c *Controller) watch(ctx context.Context) error {
	path := c.o.Source.Path
	if path == "" {
		<-ctx.Done()
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // nothing was written
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	files := watched(path)
	for _, file := range files {
		if err := w.Add(filepath.Dir(file)); err != nil {
			return fmt.Errorf("watch %s: %w", filepath.Dir(file), err)
		}
	}
	// Something may have changed between the first reading and this watch.
	timer := time.NewTimer(settle)
	defer timer.Stop()
	doubted := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-w.Events:
			if slices.Contains(files, filepath.Clean(event.Name)) {
				timer.Reset(settle)
			}
		case err := <-w.Errors:
			// An overflow loses events; reading once more makes up for it.
			c.o.Log.Warn("watching the configuration", "error", err)
			timer.Reset(settle)
		case <-timer.C:
			if doubted = !doubted && c.emptied(); doubted {
				timer.Reset(doubt)
				continue
			}
			_ = c.reload(false) // it has said what is wrong
		}
	}
}

// emptied reports whether the user's file holds nothing although what is in
// force came from somewhere.
func (c *Controller) emptied() bool {
	info, err := os.Stat(c.o.Source.Path)
	return err == nil && info.Size() == 0 && len(c.Config().Models) > 0
}

// watched lists the user's files, and where they really are if they are
// symbolic links, as in a folder of dotfiles.
func watched(path string) []string {
	var files []string
	for _, file := range []string{path, config.EnvPath(path)} {
		files = append(files, filepath.Clean(file))
		if target, err := filepath.EvalSymlinks(file); err == nil && target != filepath.Clean(file) {
			files = append(files, target)
		}
	}
	return files
}
