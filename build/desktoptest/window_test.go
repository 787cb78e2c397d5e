//go:build desktoptest && linux

package desktoptest

import (
	"bytes"
	"image"
	"image/color"
	_ "image/png"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// screenshot is the whole screen.
func (d *desk) screenshot() []byte {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), program(d.t, "import", "imagemagick"), "-window", "root", "png:-")
	cmd.Env = d.env
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("import: %v\n%s", err, &said)
	}
	return out
}

// colours is how many colours a picture has.
func colours(t *testing.T, png []byte) int {
	t.Helper()
	picture, _, err := image.Decode(bytes.NewReader(png))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[color.Color]bool{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			seen[picture.At(x, y)] = true
		}
	}
	return len(seen)
}

// text reads what is written in a picture. Enlarged, small print is easier.
func (d *desk) text(png []byte) string {
	d.t.Helper()
	enlarge := exec.CommandContext(d.t.Context(), program(d.t, "convert", "imagemagick"), "png:-", "-colorspace", "gray", "-resize", "250%", "png:-")
	enlarge.Stdin = bytes.NewReader(png)
	large, err := enlarge.Output()
	if err != nil {
		d.t.Fatal("convert:", err)
	}
	read := exec.CommandContext(d.t.Context(), program(d.t, "tesseract", "tesseract-ocr"), "stdin", "stdout", "--psm", "11")
	read.Stdin = bytes.NewReader(large)
	read.Env = append([]string{"OMP_THREAD_LIMIT=1"}, d.env...)
	out, err := read.Output()
	if err != nil {
		d.t.Fatal("tesseract:", err)
	}
	return string(out)
}

// expectText waits until the screen shows this.
func (d *desk) expectText(want string) {
	d.t.Helper()
	var last string
	defer func() {
		if d.t.Failed() {
			d.t.Logf("the screen reads:\n%s", last)
		}
	}()
	d.await("the screen reads "+want, func() bool {
		last = d.text(d.screenshot())
		return strings.Contains(strings.ToLower(last), strings.ToLower(want))
	})
}

// open waits until the window is there.
func (d *desk) open() uint32 {
	d.t.Helper()
	d.await("a window opens", func() bool { return len(d.windows()) == 1 })
	return d.windows()[0]
}

// gone waits until nothing of the window is left.
func (d *desk) gone() {
	d.t.Helper()
	d.await("the processes of the window have ended", func() bool {
		return d.count("yallmproxy-window")+d.count("WebKitWebProcess")+d.count("WebKitNetworkProcess") == 0
	})
}

// seen is a text that the first page shows to a new person.
const seen = "Which provider"

func TestWindowShowsTheInterfaceAndLeavesNothingBehind(t *testing.T) {
	d := newDesk(t)
	d.display()
	core := d.core()
	window := d.start("yallmproxy-window", "window")
	id := d.open()
	d.expectText(seen)
	if n := colours(t, d.screenshot()); n < 50 {
		t.Errorf("the window is as good as blank: %d colours", n)
	}

	second := d.start("yallmproxy-window", "window")
	second.ended()
	if n := len(d.windows()); n != 1 {
		t.Errorf("%d windows after a second start", n)
	}

	d.closeWindow(id)
	window.ended()
	d.gone()
	if !d.answers(d.port) {
		t.Error("the proxy does not answer any more")
	}

	_ = core.Process.Signal(syscall.SIGTERM)
	core.ended()
}

func TestWindowStartsTheCoreAndTheCoreStays(t *testing.T) {
	d := newDesk(t)
	d.display()
	window := d.start("yallmproxy-window", "window")
	id := d.open()
	d.expectText(seen)
	d.closeWindow(id)
	window.ended()
	d.gone()
	if !d.answers(d.port) {
		t.Error("the core went with the window")
	}
	d.command("stop", "--quit")
	d.await("the core has ended", func() bool { return len(d.sockets()) == 0 && d.count("yallmproxy") == 0 })
}

func TestWindowSaysThatTheCoreIsGone(t *testing.T) {
	d := newDesk(t)
	d.display()
	core := d.core()
	window := d.start("yallmproxy-window", "window")
	d.open()
	d.expectText(seen)

	_ = core.Process.Kill()
	<-core.done
	d.expectText("stopped unexpectedly")

	again := d.core()
	d.await("the page is back", func() bool {
		text := d.text(d.screenshot())
		return strings.Contains(text, seen) && !strings.Contains(text, "unexpectedly")
	})

	// Asked to quit, the core takes its window along.
	_ = again.Process.Signal(syscall.SIGTERM)
	again.ended()
	window.ended()
	d.gone()
}

func TestKilledProgramsStartAgain(t *testing.T) {
	d := newDesk(t)
	d.display()
	core := d.core()
	window := d.start("yallmproxy-window", "window")
	d.open()
	_ = core.Process.Kill()
	_ = window.Process.Kill()
	<-core.done
	<-window.done
	d.gone()
	if len(d.sockets()) == 0 {
		t.Fatal("nothing was left behind, so nothing is proved")
	}

	core = d.core()
	window = d.start("yallmproxy-window", "window")
	d.open()
	d.expectText(seen)
	_ = core.Process.Signal(syscall.SIGTERM)
	core.ended()
	window.ended()
	d.gone()
}
