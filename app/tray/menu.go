package tray

import (
	"fmt"
	"strings"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

// mark names an icon.
type mark string

const (
	markRunning  mark = "running"
	markStopped  mark = "stopped"
	markDraining mark = "draining"
	markProblem  mark = "problem"
)

// maxLines is how many lines the menu has for notices: one for each of seven
// kinds but the tray's own, and one for the port that is offered.
const maxLines = 7

// menu is everything that the tray shows, so that two states can be compared
// and only what differs is drawn.
type menu struct {
	Mark    mark
	Header  string // first line; nothing happens when it is clicked
	Tooltip string
	Toggle  string
	// Starts says which way the toggle works.
	Starts    bool
	CanToggle bool
	BaseURL   string
	// Targets lets those that are left alone be asked again; empty hides it.
	Targets string
	Notices [maxLines]line
}

// line is a notice in the menu; empty text hides it.
type line struct {
	Text string
	// Port starts the proxy on this port when the line is clicked; otherwise
	// the click opens the window, which says more.
	Port int
}

// menuOf decides what the tray shows for a state.
func menuOf(s controller.State) menu {
	m := menu{
		Mark:    markStopped,
		Toggle:  "Start proxy",
		Starts:  true,
		BaseURL: s.BaseURL,
	}
	switch s.Proxy {
	case controller.Running:
		m.Mark = markRunning
		m.Header = "Running – " + address(s)
		m.Toggle, m.Starts, m.CanToggle = "Stop proxy", false, true
	case controller.Starting:
		m.Mark = markDraining
		m.Header = "Starting – " + address(s)
	case controller.Draining:
		m.Mark = markDraining
		m.Header = "Stopping – " + requests(s.InFlight) + " to finish"
	case controller.Stopped:
		m.Header = "Stopped"
		m.CanToggle = true
	}
	for _, n := range s.Notices {
		if n.Kind != "tray" && n.Level == "error" {
			m.Mark = markProblem
		}
	}
	if s.Waiting > 0 && s.Proxy == controller.Running {
		m.Header += fmt.Sprintf(", %d waiting", s.Waiting)
	}
	switch {
	case s.Troubled == 1:
		m.Targets = "1 target resting: clear"
	case s.Troubled > 1:
		m.Targets = fmt.Sprintf("%d targets resting: clear", s.Troubled)
	}
	copy(m.Notices[:], lines(s.Notices))
	m.Tooltip = "yaLLMproxy: " + m.Header
	return m
}

// lines puts notices into words, and what a click can do about them.
func lines(notices []controller.Notice) []line {
	var all []line
	for _, n := range notices {
		if n.Kind == "tray" {
			continue // whoever reads this has one
		}
		// What follows a semicolon is advice, and the next line gives it.
		what, _, _ := strings.Cut(n.Message, "; ")
		all = append(all, line{Text: shorten(strings.TrimRight(what, "."))})
		if n.Port != 0 {
			all = append(all, line{Text: fmt.Sprintf("Use port %d", n.Port), Port: n.Port})
		}
	}
	return all
}

// shorten keeps a menu from becoming as wide as the screen; the window has the
// whole text.
func shorten(text string) string {
	const limit = 90
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return text
}

func address(s controller.State) string {
	return strings.TrimPrefix(s.BaseURL, "http://")
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}
