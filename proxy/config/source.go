package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Limits on what is read from disk. They are far above any honest file and
// low enough that a wrong path (a log, a disk image) is refused at once.
const (
	maxYAMLBytes = 8 << 20
	maxEnvBytes  = 1 << 20
)

// Source says where the layers of a configuration come from.
type Source struct {
	// Default and DefaultEnv are the built-in layer and its env file.
	Default, DefaultEnv []byte
	// Path is the user's file. It may be absent; empty means there is none.
	Path string
	// Catalogue returns the endpoints of a catalogue entry; nil means that
	// there is no catalogue. Bases may hold {variables}.
	Catalogue func(id string) ([]Endpoint, bool)
	// Getenv looks a variable up in the process environment; nil means an
	// empty environment.
	Getenv func(string) (string, bool)
	// Keyring resolves keyring:NAME; nil means that there is no keychain.
	Keyring func(name string) (string, error)
}

// Load reads the user's file and its env file, lays them over the built-in
// layer and returns the result. Everything that makes the configuration
// unusable is reported at once in an *InvalidError; what a person should only
// know of is in Config.Warnings.
func Load(src Source) (*Config, error) {
	added, err := readFile(src.Path, maxYAMLBytes)
	if err != nil {
		return nil, &InvalidError{Problems: []Problem{{File: src.Path, Message: err.Error()}}}
	}
	return Parse(src, added)
}

// Parse does what Load does with text for the user's file that need not be on
// disk yet. The env file beside src.Path is still read.
func Parse(src Source, added []byte) (*Config, error) {
	r := &report{}
	schema := newSchema()
	lower := readLayer(layerText{
		file: "config_default.yaml (built in)", envFile: ".env_default (built in)",
		layer: LayerDefault, text: src.Default, env: src.DefaultEnv,
	}, src, schema, r)
	upper := readLayer(userLayer(src, added, r), src, schema, r)
	cfg := newBuilder(src, schema, r).build(mergeLayers(lower, upper))
	if r.failed() {
		return nil, r.err()
	}
	cfg.Warnings = r.sortedWarnings()
	cfg.Version = fingerprint(cfg)
	return cfg, nil
}

// userLayer describes the user's file and reads the env file beside it.
func userLayer(src Source, added []byte, r *report) layerText {
	l := layerText{file: src.Path, layer: LayerAdded, text: added}
	if src.Path == "" {
		l.file = "config_added.yaml"
		return l
	}
	l.envFile = EnvPath(src.Path)
	env, err := readFile(l.envFile, maxEnvBytes)
	if err != nil {
		r.fail(Problem{File: l.envFile, Message: err.Error()})
		return l
	}
	l.env = env
	if info, err := os.Stat(l.envFile); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		r.warn(Problem{File: l.envFile, Message: fmt.Sprintf(
			"other users of this computer can read it (mode %04o): run chmod 600 %s", info.Mode().Perm(), l.envFile)})
	}
	return l
}

// EnvPath names the env file that belongs to a configuration file: .env_added
// beside config_added.yaml, .env beside config.yaml or any other name.
func EnvPath(path string) string {
	base := filepath.Base(path)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	if rest, ok := strings.CutPrefix(name, "config_"); ok && rest != "" {
		return filepath.Join(filepath.Dir(path), ".env_"+rest)
	}
	return filepath.Join(filepath.Dir(path), ".env")
}

// readFile returns the content of a file, nil when there is none, and an
// error that says what to do when it is too large or not a file.
func readFile(path string, limit int64) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be opened: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("is a folder: name a file")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("is larger than %s: is this the right file?", formatBytes(limit))
	}
	return data, nil
}
