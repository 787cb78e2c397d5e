package admin

import (
	"slices"
	"testing"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

// A full disk still reads well: the doctor must know that writing failed.
func TestDoctorKnowsOfWritesThatFailed(t *testing.T) {
	p := start(t, oneModel)
	database := func() controller.Check {
		checks, err := p.client.Doctor(t.Context())
		must(t, err)
		i := slices.IndexFunc(checks, func(c controller.Check) bool { return c.Name == "database" })
		return checks[i]
	}
	if c := database(); c.Status != controller.CheckOK {
		t.Errorf("a database that is well: %+v", c)
	}
	p.ctl.Raise(controller.Notice{
		Kind: controller.AboutDatabase, Level: controller.LevelError, Message: "The disk is full.", Hint: "Make room.",
	})
	if c := database(); c.Status != controller.CheckFailed || c.Detail != "The disk is full." || c.Fix != "Make room." {
		t.Errorf("a database that cannot be written to: %+v", c)
	}
	p.ctl.Clear(controller.AboutDatabase)
	if c := database(); c.Status != controller.CheckOK {
		t.Errorf("a database that is back: %+v", c)
	}
}
