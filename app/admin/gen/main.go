// Gen writes docs/openapi.json and docs/api.md from the operations that the
// admin room registers. Run it at the root: go run ./app/admin/gen
package main

import (
	"fmt"
	"os"

	"github.com/yallmproxy/yallmproxy/app/admin"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	doc, err := admin.OpenAPI("1")
	if err != nil {
		return err
	}
	return os.WriteFile("docs/openapi.json", append(doc, '\n'), 0o644)
}
