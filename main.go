//go:build !bindings && !profile

// yaLLMproxy is a local LLM proxy in your tray. README.md says what it does,
// docs/architecture.md how it is built.
package main

import (
	"os"

	"github.com/yallmproxy/yallmproxy/app/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
