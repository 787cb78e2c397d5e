// Command pgo makes default.pgo, by which the compiler knows what the program
// spends its time on, of a profile that the program has written (main_profile.go):
// it takes the paths of the machine out, which nobody else has.
//
//	go tool task pgo
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pgo:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("which profile, and which file is to be made of it?")
	}
	packed, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	if plain, err = withoutPaths(plain); err != nil {
		return err
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is one of its own
	if _, err := w.Write(plain); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(args[1], out.Bytes(), 0o644) //nolint:gosec // it is part of the source
}

// stringTable is the field of a profile that holds all its texts
// (github.com/google/pprof, profile.proto).
const stringTable = 6

var errDamaged = errors.New("this is no profile")

// withoutPaths shortens every text that is an absolute path to its last part.
// Texts are named by their number, which stays.
func withoutPaths(profile []byte) ([]byte, error) {
	var out []byte
	for len(profile) > 0 {
		tag, n := binary.Uvarint(profile)
		if n <= 0 {
			return nil, errDamaged
		}
		out = append(out, profile[:n]...)
		profile = profile[n:]
		value, n := binary.Uvarint(profile)
		if n <= 0 {
			return nil, errDamaged
		}
		switch tag & 7 {
		case 0: // a number
			out = append(out, profile[:n]...)
			profile = profile[n:]
		case 2: // bytes
			if value > uint64(len(profile)-n) {
				return nil, errDamaged
			}
			text := profile[n : n+int(value)]
			profile = profile[n+int(value):]
			if tag>>3 == stringTable && filepath.IsAbs(string(text)) {
				text = []byte(filepath.Base(string(text)))
			}
			out = binary.AppendUvarint(out, uint64(len(text)))
			out = append(out, text...)
		default:
			return nil, errDamaged
		}
	}
	return out, nil
}
