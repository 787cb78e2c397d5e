// Command yallmproxy is a local LLM proxy that lives in the tray.
package main

import (
	"os"

	"github.com/yallmproxy/yallmproxy/app/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
