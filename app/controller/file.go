package controller

import (
	"context"
	"errors"
	"os"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// File is the user's configuration file as text.
type File struct{ c *Controller }

// View shows the file as it is on disk, broken or not. Keys that are written
// into it are masked.
func (f *File) View() (ConfigView, error) {
	path := f.c.o.Source.Path
	files, text, err := readFiles(path)
	if err != nil {
		return ConfigView{}, err
	}
	v := ConfigView{Path: path, ETag: files.user, Problems: []config.Problem{}, Warnings: []config.Problem{}}
	doc, err := config.ParseDocument(path, text)
	if err == nil {
		v.YAML, err = doc.Masked()
		if err != nil {
			return ConfigView{}, err
		}
		var cfg *config.Config
		if cfg, err = config.Parse(f.c.o.Source, text); err == nil {
			v.Warnings = nonNil(cfg.Warnings)
			return v, nil
		}
	} else {
		// What is no YAML cannot be masked by its structure.
		v.YAML = maskText(string(text))
	}
	invalid, ok := errors.AsType[*config.InvalidError](err)
	if !ok {
		return ConfigView{}, err
	}
	v.Problems = nonNil(invalid.Problems)
	return v, nil
}

// Replace makes text the content of the file. Values that are masked in it
// stay what they are.
func (f *File) Replace(ctx context.Context, text, ifMatch string) error {
	path := f.c.o.Source.Path
	return f.c.apply(ctx, change{ifMatch: ifMatch, text: func(old []byte) ([]byte, error) {
		doc, err := config.ParseDocument(path, []byte(text))
		if err != nil {
			return nil, err
		}
		if err := doc.Unmask(f.stored(old)); err != nil {
			return nil, &Error{Reason: Invalid, Message: err.Error(), Err: err}
		}
		return doc.Bytes()
	}})
}

// stored is the file as it is, or as it last was good: a key that was masked
// while the file was broken is found there.
func (f *File) stored(old []byte) *config.Document {
	if doc, err := config.ParseDocument(f.c.o.Source.Path, old); err == nil {
		return doc
	}
	good, _ := os.ReadFile(config.LastGood(f.c.o.Source.Path))
	return parseOrEmpty(f.c.o.Source.Path, good)
}
