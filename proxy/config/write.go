package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// LastGood names the copy of a configuration file that KeepGood makes.
func LastGood(path string) string { return path + ".last_good" }

// WriteFile replaces a configuration file so that a crash at any moment leaves
// the old or the new text, never a part. Only the user may read it (mode 0600,
// the folder is made with 0700). Data must have been found good: it is kept as
// LastGood, too. A path that is a symbolic link stays one: the file it leads
// to is replaced.
func WriteFile(path string, data []byte) error {
	target, err := realPath(path)
	if err != nil {
		return err
	}
	if err := replaceFile(target, data); err != nil {
		return err
	}
	return KeepGood(path, data)
}

// KeepGood keeps text that was found good beside the file it comes from, for a
// start at which the file is broken. It is for texts that somebody else wrote;
// WriteFile does it by itself.
func KeepGood(path string, data []byte) error {
	if have, err := os.ReadFile(LastGood(path)); err == nil && bytes.Equal(have, data) {
		return nil
	}
	return replaceFile(LastGood(path), data)
}

// SetEnv sets a variable in an env file, which is made when missing, and
// leaves the other lines as they are. The file is readable by the user only.
func SetEnv(path, name, value string) error {
	if _, length := variable(name); name == "" || length != len(name) || name[0] == '{' {
		return fmt.Errorf("%q is no name for a variable: use letters, digits and underscores", name)
	}
	if strings.ContainsRune(value, 0) {
		return errors.New("a variable cannot hold a zero byte")
	}
	return editEnv(path, func(lines []string) []string {
		line := name + "=" + quoteEnv(value) + "\n"
		lines, at := withoutEnv(lines, name)
		if at < 0 {
			at = len(lines)
		}
		return append(lines[:at:at], append([]string{line}, lines[at:]...)...)
	})
}

// UnsetEnv removes a variable from an env file. What is not there needs no
// removing.
func UnsetEnv(path, name string) error {
	return editEnv(path, func(lines []string) []string {
		lines, _ = withoutEnv(lines, name)
		return lines
	})
}

func editEnv(path string, edit func([]string) []string) error {
	target, err := realPath(path)
	if err != nil {
		return err
	}
	data, err := readFile(target, maxEnvBytes)
	if err != nil {
		return fmt.Errorf("%s %w", path, err)
	}
	text := string(data)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	lines := strings.SplitAfter(text, "\n")
	edited := strings.Join(edit(lines[:len(lines)-1]), "")
	if edited == string(data) {
		return nil
	}
	return replaceFile(target, []byte(edited))
}

// withoutEnv takes all assignments of a variable out and says where the first
// of them stood, or -1.
func withoutEnv(lines []string, name string) (kept []string, at int) {
	at = -1
	for i := 0; i < len(lines); i++ {
		assigned, rest, ok := envAssignment(lines[i])
		from := i
		if ok && (strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "'")) {
			for text := rest[1:]; !closed(text, rest[0]) && i+1 < len(lines); {
				i++
				text += lines[i]
			}
		}
		if ok && assigned == name {
			if at < 0 {
				at = len(kept)
			}
			continue
		}
		kept = append(kept, lines[from:i+1]...)
	}
	return kept, at
}

// quoteEnv writes a value so that this program, shells and other dotenv
// readers take it literally.
func quoteEnv(value string) string {
	plain := !strings.ContainsFunc(value, func(r rune) bool {
		return !isNameByte(byte(r), false) && !strings.ContainsRune("-./:@+=,%", r) || r > 0x7e
	})
	switch {
	case plain:
		return value
	case !strings.ContainsAny(value, "'\n\r"):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "$", `\$`).Replace(value) + `"`
}

// realPath follows symbolic links to the file to replace, which need not
// exist.
func realPath(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return target, err
}

// replaceFile writes beside the file, flushes to disk and renames.
func replaceFile(path string, data []byte) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The rename itself is on disk once the folder is. Not every system can
	// flush a folder, and the file is good either way.
	if dir, err := os.Open(folder); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}
