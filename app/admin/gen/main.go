// Gen writes docs/openapi.json and docs/api.md from the operations that the
// admin room registers. Run it at the root of the project:
//
//	go run ./app/admin/gen
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/yallmproxy/yallmproxy/app/admin"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join("docs", name), content, 0o644); err != nil { //nolint:gosec // documentation is for everybody
			return err
		}
	}
	return nil
}

// generate returns the content of both files by name.
func generate() (map[string][]byte, error) {
	description, err := admin.OpenAPI()
	if err != nil {
		return nil, err
	}
	text, err := page(description)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"openapi.json": description, "api.md": text}, nil
}
