package controller

import (
	"context"
	"fmt"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/health"
)

// targetsProbe says whether targets are left alone, and why the first of them.
func (c *Controller) targetsProbe(context.Context) Check {
	return targetsCheck(c.Routing.Targets())
}

func targetsCheck(targets []health.State) Check {
	check := Check{Name: "targets", Status: CheckOK, Detail: "Every target that was asked is well."}
	n := troubled(targets)
	switch {
	case len(targets) == 0:
		check.Detail = "No target has been asked since the start of the program."
		return check
	case n == 0:
		for _, t := range targets {
			if t.Status == health.StatusProbing {
				check.Status, check.Detail = CheckWarning, "The next request tries again: "+ailing(t)+"."
				break
			}
		}
		return check
	}
	for _, t := range targets {
		if inTrouble(t.Status) {
			check.Detail = fmt.Sprintf("%d of %d targets are left alone for a while, the first: %s.", n, len(targets), ailing(t))
			break
		}
	}
	check.Status, check.Fix = CheckWarning, "See yallmproxy routing; when the reason is gone, yallmproxy routing clear asks them again at once."
	return check
}

// ailing names a target and what is wrong with it.
func ailing(t health.State) string {
	text := t.Backend
	if t.Key != "" {
		text += " with key " + t.Key
	}
	text += ", " + t.Why
	if !t.Until.IsZero() {
		text += ", for another " + max(time.Second, time.Until(t.Until).Round(time.Second)).String()
	}
	return text
}
