package controller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/server"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// The outcomes of a Check.
const (
	CheckOK      = "ok"
	CheckWarning = "warning"
	CheckFailed  = "failed"
)

// Probe looks at one thing and says how it is.
type Probe func(context.Context) Check

// probeTimeout bounds each probe: a doctor who hangs is no help.
const probeTimeout = 5 * time.Second

// Examine runs probes side by side and returns what they say in their order.
// It needs no running core.
func Examine(ctx context.Context, probes ...Probe) []Check {
	checks := make([]Check, len(probes))
	var running sync.WaitGroup
	for i, probe := range probes {
		running.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, probeTimeout)
			defer cancel()
			checks[i] = probe(ctx)
		})
	}
	running.Wait()
	return checks
}

// Doctor says what works, what is missing and how to get it.
func (c *Controller) Doctor(ctx context.Context) []Check {
	probes := []Probe{
		func(context.Context) Check {
			return Check{Name: "core", Status: CheckOK, Detail: "Version " + c.o.Version + " is running."}
		},
		ConfigProbe(c.o.Source),
		c.portProbe,
		c.targetsProbe,
		KeychainProbe(c.o.Vault),
		c.databaseProbe,
	}
	for _, p := range c.o.Places {
		if p.Name == "data" {
			probes = append(probes, DiskProbe(p.Path))
		}
	}
	return Examine(ctx, append(probes, c.o.Probes...)...)
}

func (c *Controller) portProbe(ctx context.Context) Check {
	state := c.State()
	if state.Proxy == Running {
		return Check{Name: "port", Status: CheckOK, Detail: "The proxy answers at " + state.BaseURL + "."}
	}
	return PortProbe(c.Config().Server, c.o.NewListener)(ctx)
}

// databaseProbe knows of writes that failed, too: a full disk still reads
// well, and what the notice says is plainer than the error of a reader.
func (c *Controller) databaseProbe(ctx context.Context) Check {
	check := DatabaseProbe(c.o.Records)(ctx)
	for _, n := range c.notices.all() {
		if n.Kind == AboutDatabase {
			check.Status, check.Detail, check.Fix = CheckFailed, n.Message, n.Hint
		}
	}
	return check
}

// ConfigProbe checks the user's file.
func ConfigProbe(src config.Source) Probe {
	return func(context.Context) Check {
		check := Check{Name: "config", Status: CheckOK, Detail: src.Path + " is good."}
		cfg, err := config.Load(src)
		if err != nil {
			check.Status, check.Fix = CheckFailed, "Mend the file; yallmproxy config check lists every problem."
			check.Detail = err.Error()
			if invalid, ok := errors.AsType[*config.InvalidError](err); ok && len(invalid.Problems) > 1 {
				check.Detail = fmt.Sprintf("%d problems, the first: %s", len(invalid.Problems), invalid.Problems[0])
			}
			return check
		}
		if _, err := os.Stat(src.Path); errors.Is(err, os.ErrNotExist) {
			check.Detail = "There is no " + src.Path + " yet; the built-in defaults are in use."
		}
		if n := len(cfg.Warnings); n > 0 {
			check.Status, check.Detail = CheckWarning, cfg.Warnings[0].String()
			if n > 1 {
				check.Detail = fmt.Sprintf("%d warnings, the first: %s", n, cfg.Warnings[0])
			}
			check.Fix = "See yallmproxy config check."
		}
		return check
	}
}

// PortProbe checks that the configured address can be listened on.
func PortProbe(s config.Server, newListener func() Listener) Probe {
	return func(ctx context.Context) Check {
		addr := net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
		l := newListener()
		err := l.Start(s.Host, s.Port)
		if err == nil {
			err = l.Stop(ctx)
		}
		if err == nil {
			return Check{Name: "port", Status: CheckOK, Detail: addr + " is free; the proxy is stopped."}
		}
		check := Check{Name: "port", Status: CheckFailed, Detail: err.Error() + ".", Fix: "Change proxy_settings.server under Settings."}
		if taken, ok := errors.AsType[*server.PortTakenError](err); ok && taken.Free > 0 {
			check.Fix = fmt.Sprintf("Stop that program, or run: yallmproxy start --port %d", taken.Free)
		}
		return check
	}
}

// KeychainProbe checks that keys can be kept in the keychain.
func KeychainProbe(v Vault) Probe {
	return func(context.Context) Check {
		err := v.Check()
		if err == nil {
			return Check{Name: "keychain", Status: CheckOK, Detail: "Keys are kept in the keychain of this computer."}
		}
		return Check{
			Name: "keychain", Status: CheckWarning, Detail: noKeychainText(err),
			Fix: "Log in to a desktop session, or install and unlock a keychain such as gnome-keyring.",
		}
	}
}

// DatabaseProbe checks that records can be read and written.
func DatabaseProbe(store usage.Store) Probe {
	return func(ctx context.Context) Check {
		if err := store.Ping(ctx); err != nil {
			return Check{
				Name: "database", Status: CheckFailed, Detail: err.Error(),
				Fix: "Requests are served all the same and written down when it is back. See the settings of group database.",
			}
		}
		size, err := store.Size(ctx)
		if err != nil {
			return Check{Name: "database", Status: CheckWarning, Detail: err.Error()}
		}
		return Check{
			Name: "database", Status: CheckOK,
			Detail: fmt.Sprintf("%d records and %d bodies, %s.", size.Records, size.Bodies, megabytes(size.Bytes+size.Body)),
		}
	}
}

// lowDisk is where there is still time to make room.
const lowDisk = 500 << 20

// DiskProbe checks that there is room where the records live.
func DiskProbe(dir string) Probe {
	return func(context.Context) Check {
		for parent := filepath.Dir(dir); parent != dir; parent = filepath.Dir(dir) {
			if _, err := os.Stat(dir); err == nil {
				break
			}
			dir = parent
		}
		free, err := FreeDisk(dir)
		switch {
		case err != nil:
			return Check{Name: "disk", Status: CheckWarning, Detail: err.Error()}
		case free < lowDisk:
			return Check{
				Name: "disk", Status: CheckWarning, Detail: "Only " + megabytes(free) + " are free in " + dir + ".",
				Fix: "Make room, or keep fewer bodies: see the settings of group recording.",
			}
		}
		return Check{Name: "disk", Status: CheckOK, Detail: megabytes(free) + " are free in " + dir + "."}
	}
}

func megabytes(n int64) string {
	if n >= 10<<30 {
		return strconv.FormatInt(n>>30, 10) + " GB"
	}
	return strconv.FormatInt((n+(1<<20)-1)>>20, 10) + " MB"
}
