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

// maxNotices is how many notices fit into the menu; there are five kinds, and
// the tray does not report on itself.
const maxNotices = 4

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
	Notices   [maxNotices]line
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
	n := 0
	for _, notice := range s.Notices {
		if notice.Kind == "tray" || n == maxNotices {
			continue
		}
		if notice.Level == "error" {
			m.Mark = markProblem
		}
		m.Notices[n] = lineOf(notice)
		n++
	}
	m.Tooltip = "yaLLMproxy: " + m.Header
	return m
}

func lineOf(n controller.Notice) line {
	text := strings.TrimRight(n.Message, ".")
	if n.Port != 0 {
		text += fmt.Sprintf(" – use %d", n.Port)
	}
	return line{Text: shorten(text), Port: n.Port}
}

// shorten keeps a menu from becoming as wide as the screen; the window has the
// whole text.
func shorten(text string) string {
	const limit = 80
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
