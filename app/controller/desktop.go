package controller

import (
	"fmt"
	"slices"
)

// Desktop is what the program can do outside of itself.
type Desktop struct{ c *Controller }

// Places lists the files and folders a person may want to open.
func (d *Desktop) Places() []Place { return slices.Clone(d.c.o.Places) }

// Open opens one of them with the program the desktop has for it.
func (d *Desktop) Open(name string) error {
	i := slices.IndexFunc(d.c.o.Places, func(p Place) bool { return p.Name == name })
	if i < 0 {
		return refuse(NotFound, "there is no place %q", name)
	}
	if d.c.o.Hooks.OpenPath == nil {
		return refuse(Unsupported, "nothing can be opened here; it is %s", d.c.o.Places[i].Path)
	}
	if err := d.c.o.Hooks.OpenPath(d.c.o.Places[i].Path); err != nil {
		return &Error{
			Reason:  Unsupported,
			Message: fmt.Sprintf("%s could not be opened here: %v", d.c.o.Places[i].Path, err),
			Err:     err,
		}
	}
	return nil
}

// ShowWindow opens the window, or brings it to the front.
func (d *Desktop) ShowWindow() error {
	if d.c.o.Hooks.ShowWindow == nil {
		return refuse(Unsupported, "this program has no window; open it in a browser: yallmproxy open --browser")
	}
	if err := d.c.o.Hooks.ShowWindow(); err != nil {
		return &Error{Reason: Unsupported, Message: "The window could not be opened: " + err.Error(), Err: err}
	}
	return nil
}

// Quit asks the program to end and returns at once.
func (d *Desktop) Quit() {
	if d.c.o.Hooks.Quit != nil {
		d.c.o.Hooks.Quit()
	}
}
