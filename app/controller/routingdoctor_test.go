package controller

import (
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/health"
)

// A target whose rest is over has not been well since.
func TestDoctorDoesNotCallATargetOnProbationWell(t *testing.T) {
	well := health.State{Backend: "a", Status: health.StatusOK}
	if c := targetsCheck([]health.State{well}); c.Status != CheckOK {
		t.Errorf("%+v", c)
	}
	c := targetsCheck([]health.State{well, {Backend: "b", Status: health.StatusProbing, Why: "to be probed after 7 failures"}})
	if c.Status != CheckWarning || !strings.Contains(c.Detail, "b, to be probed after 7 failures") {
		t.Errorf("%+v", c)
	}
}
