package controller

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Loaded is the configuration a program starts with.
type Loaded struct {
	Config *config.Config
	// Notice is set when Config is not what the user's file says.
	Notice *Notice

	files fingerprint
}

// Load reads the configuration for a start. A broken file must not keep the
// program from starting, for then it could neither serve nor say what is
// wrong: the last good copy stands in, or else the built-in defaults.
func Load(src config.Source) (Loaded, error) {
	files, text, err := readFiles(src.Path)
	if err == nil {
		var cfg *config.Config
		if cfg, err = config.Parse(src, text); err == nil {
			return Loaded{Config: cfg, files: files}, nil
		}
	}
	if good, readErr := os.ReadFile(config.LastGood(src.Path)); readErr == nil {
		if cfg, goodErr := config.Parse(src, good); goodErr == nil {
			n := brokenNotice(err, "The last good copy of it is in use.")
			return Loaded{Config: cfg, Notice: &n, files: files}, nil
		}
	}
	cfg, defaultErr := config.Parse(src, nil)
	if defaultErr != nil {
		// The env file, or what is built in, is what is broken.
		return Loaded{}, errors.Join(err, defaultErr)
	}
	n := brokenNotice(err, "The built-in defaults are in use.")
	return Loaded{Config: cfg, Notice: &n, files: files}, nil
}

// brokenNotice says what is wrong with the file and what is served meanwhile.
func brokenNotice(err error, meanwhile string) Notice {
	n := Notice{
		Kind:    AboutConfig,
		Level:   LevelError,
		Message: "The configuration file has a problem. " + meanwhile,
		Hint:    "Mend the file; it is read again when you save it.",
	}
	if invalid, ok := errors.AsType[*config.InvalidError](err); ok {
		n.Problems = invalid.Problems
		if len(n.Problems) > 1 {
			n.Message = fmt.Sprintf("The configuration file has %d problems. %s", len(n.Problems), meanwhile)
		}
	} else if err != nil {
		n.Problems = []config.Problem{{Message: err.Error()}}
	}
	return n
}

// fingerprint identifies the content of the user's files.
type fingerprint struct{ user, env string }

// readFiles returns the user's file, which may be absent, and the hashes of it
// and of the env file beside it.
func readFiles(path string) (fingerprint, []byte, error) {
	if path == "" {
		return fingerprint{user: hash(nil), env: hash(nil)}, nil, nil
	}
	text, err := readOptional(path)
	if err != nil {
		return fingerprint{}, nil, &config.InvalidError{Problems: []config.Problem{{File: path, Message: err.Error()}}}
	}
	env, err := readOptional(config.EnvPath(path))
	if err != nil {
		return fingerprint{}, nil, &config.InvalidError{Problems: []config.Problem{{File: config.EnvPath(path), Message: err.Error()}}}
	}
	return fingerprint{user: hash(text), env: hash(env)}, text, nil
}

func readOptional(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// hash is short enough for a header and long enough never to collide.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
