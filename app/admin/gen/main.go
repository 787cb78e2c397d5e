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
	doc, err := admin.OpenAPI()
	if err != nil {
		return err
	}
	page, err := admin.APIPage(doc)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join("docs", "openapi.json"), doc, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("docs", "api.md"), page, 0o644)
}
