//go:build profile

package main

import (
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/yallmproxy/yallmproxy/app/cli"
)

// main writes down where processor time goes, into the file that
// YALLMP_PROFILE names, until the program ends. "go tool task pgo" makes
// default.pgo of it.
func main() {
	file, err := os.Create(os.Getenv("YALLMP_PROFILE"))
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "YALLMP_PROFILE:", err)
		os.Exit(1)
	}
	code := cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	pprof.StopCPUProfile()
	os.Exit(code)
}
