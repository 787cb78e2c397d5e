package usage

import "testing"

func TestSecretThatHoldsAnotherIsMaskedWhole(t *testing.T) {
	s := Secrets{}.Add("sk-live-0123456").Add("sk-live-0123456789").Add("short")
	if got := s.RedactString("sk-live-0123456789, short, sk-live-0123456"); got != "•••, short, •••" {
		t.Errorf("got %s", got)
	}
}
