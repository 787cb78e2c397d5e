// Command bench compares this proxy, with every request logged, with no proxy
// at all, with httputil.ReverseProxy and with nginx. Every contender is a
// process of its own in front of the same scripted provider, and their rounds
// alternate, so that a change in the machine's speed touches them all alike.
//
//	go tool task bench
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	role := flag.String("role", "", "internal: be the upstream or the reverseproxy")
	target := flag.String("target", "", "internal: where the reverseproxy sends requests")
	binary := flag.String("binary", "build/bin/headless/yallmproxy", "the proxy to measure")
	rounds := flag.Int("rounds", 7, "rounds of each measurement; medians are reported")
	count := flag.Int("requests", 2000, "requests a round")
	only := flag.String("only", "", "take only the measurements with this in their name")
	flag.Parse()
	switch *role {
	case "upstream":
		return serveUpstream()
	case "reverseproxy":
		return serveReverseProxy(*target)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "yallmproxy-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	field, err := startAll(ctx, dir, *binary)
	if err != nil {
		return err
	}
	defer field.stop()
	results := newResults(field)
	for _, m := range measurements(*count) {
		if !strings.Contains(m.name, *only) {
			continue
		}
		for r := range *rounds + 1 {
			for i := range field.contenders {
				c := &field.contenders[(r+i)%len(field.contenders)]
				sample, err := m.take(ctx, c)
				if err != nil {
					return fmt.Errorf("%s of %s: %w", m.name, c.name, err)
				}
				if r > 0 { // the first round only warms up
					results.add(m.name, c.name, sample)
				}
			}
		}
		fmt.Fprintf(os.Stderr, "%s %s done\n", time.Now().Format(time.TimeOnly), m.name)
	}
	return results.print(os.Stdout)
}
