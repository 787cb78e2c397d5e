//go:build desktoptest && linux

package desktoptest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
)

// windows returns the ids of the visible windows with the title of ours.
func (d *desk) windows() []uint32 {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), program(d.t, "xdotool", "xdotool"), "search", "--onlyvisible", "--name", "^yaLLMproxy")
	cmd.Env = d.env
	out, _ := cmd.Output() // it fails when there is none
	var ids []uint32
	for _, line := range strings.Fields(string(out)) {
		id, err := strconv.ParseUint(line, 10, 32)
		if err != nil {
			d.t.Fatalf("xdotool: %q", out)
		}
		ids = append(ids, uint32(id))
	}
	return ids
}

// closeWindow does what the cross in a title bar does. There is no window
// manager here that would, so the message of ICCCM 4.2.8.1 is sent by hand.
func (d *desk) closeWindow(id uint32) {
	d.t.Helper()
	display := ""
	for _, e := range d.env {
		if value, found := strings.CutPrefix(e, "DISPLAY=:"); found {
			display = value
		}
	}
	conn, err := (&net.Dialer{}).DialContext(d.t.Context(), "unix", "/tmp/.X11-unix/X"+display)
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	if err := (&x11{conn}).close(id); err != nil {
		d.t.Fatal(err)
	}
}

// x11 speaks as much of the X protocol as closing a window takes.
type x11 struct{ io.ReadWriter }

func (x *x11) close(window uint32) error {
	hello := []byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0} // little endian, version 11.0, no authorisation
	if _, err := x.Write(hello); err != nil {
		return err
	}
	head, err := x.read(8)
	if err != nil {
		return err
	}
	rest, err := x.read(4 * int(binary.LittleEndian.Uint16(head[6:])))
	if err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("the X server refuses us: %q", rest)
	}
	protocols, err := x.atom("WM_PROTOCOLS")
	if err != nil {
		return err
	}
	deleted, err := x.atom("WM_DELETE_WINDOW")
	if err != nil {
		return err
	}
	event := struct {
		Opcode, Propagate       uint8
		Length                  uint16
		Destination, EventMask  uint32
		Code, Format            uint8
		Sequence                uint16
		Window, Type            uint32
		Protocol, Time, A, B, C uint32
	}{
		Opcode: 25, Length: 11, Destination: window,
		Code: 33, Format: 32, Window: window, Type: protocols, Protocol: deleted,
	}
	if err := binary.Write(x, binary.LittleEndian, event); err != nil {
		return err
	}
	_, err = x.atom("WM_PROTOCOLS") // an answer means that the event was taken
	return err
}

func (x *x11) atom(name string) (uint32, error) {
	request := []byte{16, 0, 0, 0, byte(len(name)), 0, 0, 0}
	request = append(request, name...)
	request = append(request, make([]byte, (4-len(name)%4)%4)...)
	binary.LittleEndian.PutUint16(request[2:], uint16(len(request)/4))
	if _, err := x.Write(request); err != nil {
		return 0, err
	}
	reply, err := x.read(32)
	if err != nil {
		return 0, err
	}
	if reply[0] != 1 {
		return 0, fmt.Errorf("intern %s: the X server answers %v", name, reply)
	}
	return binary.LittleEndian.Uint32(reply[8:]), nil
}

func (x *x11) read(n int) ([]byte, error) {
	data := make([]byte, n)
	_, err := io.ReadFull(x, data)
	return data, err
}
