//go:build desktoptest && linux

package desktoptest

import (
	"os"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// panel stands in for a desktop's panel: it takes the tray icons of others and
// shows their menus, over D-Bus.
type panel struct {
	d    *desk
	conn *dbus.Conn

	mu    sync.Mutex
	owner string          // bus name of the icon
	path  dbus.ObjectPath // and its object
}

const watcher = "org.kde.StatusNotifierWatcher"

// newPanel connects to the bus; programs see it once it shows itself.
func newPanel(d *desk) *panel {
	d.t.Helper()
	address := ""
	for _, e := range d.env {
		address, _ = strings.CutPrefix(e, "DBUS_SESSION_BUS_ADDRESS=")
		if address != e {
			break
		}
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.Close() })
	return &panel{d: d, conn: conn}
}

// show makes the panel take icons.
func (p *panel) show() {
	p.d.t.Helper()
	if err := p.conn.Export(p, "/StatusNotifierWatcher", watcher); err != nil {
		p.d.t.Fatal(err)
	}
	if _, err := prop.Export(p.conn, "/StatusNotifierWatcher", prop.Map{watcher: {
		"IsStatusNotifierHostRegistered": {Value: true},
		"ProtocolVersion":                {Value: int32(0)},
	}}); err != nil {
		p.d.t.Fatal(err)
	}
	if _, err := p.conn.RequestName(watcher, dbus.NameFlagDoNotQueue); err != nil {
		p.d.t.Fatal(err)
	}
}

// RegisterStatusNotifierItem is called over D-Bus by whoever has an icon.
func (p *panel) RegisterStatusNotifierItem(sender dbus.Sender, service string) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owner, p.path = string(sender), dbus.ObjectPath(service)
	return nil
}

// icon returns the object of the icon once there is one.
func (p *panel) icon() dbus.BusObject {
	p.d.t.Helper()
	p.d.await("a tray icon appears", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.owner != ""
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn.Object(p.owner, p.path)
}

// image reads the file of the icon that is shown.
func (p *panel) image() []byte {
	p.d.t.Helper()
	v, err := p.icon().GetProperty("org.kde.StatusNotifierItem.IconName")
	if err != nil {
		p.d.t.Fatal(err)
	}
	name, _ := v.Value().(string)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil // it is being replaced
	}
	return data
}

// node is an entry of a menu as com.canonical.dbusmenu sends it.
type node struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// entry is what a person sees of a node.
type entry struct {
	id      int32
	label   string
	enabled bool
}

// menu returns the entries that are visible, from top to bottom.
func (p *panel) menu() []entry {
	p.d.t.Helper()
	var revision uint32
	var root node
	call := p.menuObject().Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		p.d.t.Fatal(err)
	}
	var entries []entry
	for _, child := range root.Children {
		var n node
		if err := dbus.Store([]any{child.Value()}, &n); err != nil {
			p.d.t.Fatal(err)
		}
		label, _ := n.Properties["label"].Value().(string)
		visible, said := n.Properties["visible"].Value().(bool)
		if label == "" || said && !visible {
			continue
		}
		enabled, said := n.Properties["enabled"].Value().(bool)
		// An underscore marks the letter that Alt selects; two are one.
		entries = append(entries, entry{n.ID, strings.ReplaceAll(label, "__", "_"), enabled || !said})
	}
	return entries
}

func (p *panel) menuObject() dbus.BusObject {
	p.d.t.Helper()
	icon := p.icon()
	v, err := icon.GetProperty("org.kde.StatusNotifierItem.Menu")
	if err != nil {
		p.d.t.Fatal(err)
	}
	path, _ := v.Value().(dbus.ObjectPath)
	return p.conn.Object(icon.Destination(), path)
}

// labels returns the menu as text.
func (p *panel) labels() []string {
	p.d.t.Helper()
	var labels []string
	for _, e := range p.menu() {
		labels = append(labels, e.label)
	}
	return labels
}

// find waits for an entry that can be clicked.
func (p *panel) find(start string) entry {
	p.d.t.Helper()
	var found entry
	p.d.await("the menu offers "+start, func() bool {
		for _, e := range p.menu() {
			if strings.HasPrefix(e.label, start) && e.enabled {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

// click chooses the entry whose label starts so.
func (p *panel) click(start string) {
	p.d.t.Helper()
	e := p.find(start)
	call := p.menuObject().Call("com.canonical.dbusmenu.Event", 0, e.id, "clicked", dbus.MakeVariant(int32(0)), uint32(0))
	if call.Err != nil {
		p.d.t.Fatal(call.Err)
	}
}

// header waits until the first line of the menu is this.
func (p *panel) header(want string) {
	p.d.t.Helper()
	p.d.await("the menu starts with "+want, func() bool {
		entries := p.menu()
		return len(entries) > 0 && entries[0].label == want
	})
}
