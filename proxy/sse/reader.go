// Package sse reads Server-Sent Events without changing a byte of them
// (WHATWG HTML, section 9.2). Frames are found, not decoded: whoever forwards
// a stream forwards exactly what came.
package sse

import (
	"bytes"
	"errors"
	"io"
)

const (
	// firstBuffer holds a usual frame several times over.
	firstBuffer = 8 << 10
	// MaxFrame is how much of one frame is usually held in memory. A longer one is
	// handed out in pieces, which travel on but are not looked into.
	MaxFrame = 4 << 20
)

// Frame is one event as it was on the wire, its closing blank line included.
type Frame struct {
	// Raw is valid until the next call of Reader.Next.
	Raw []byte
	// Partial marks a piece of a frame longer than the limit.
	Partial bool
	line    bool
	single  bool // nothing but one line of data, ended by line feeds
}

// Reader splits a stream into frames.
type Reader struct {
	// Limit is how much of one frame is held; MaxFrame unless set.
	Limit int

	src        io.Reader
	buf        []byte
	start, end int
	scanned    int // bytes after start known to hold no frame end
	whole      int // length of the first frame, once it is known
	long       bool
	lines      bool // every line is a frame
	single     bool // the first frame is one line
	err        error
}

// NewReader reads from src. buf, when not nil, is used as the first buffer.
func NewReader(src io.Reader, buf []byte) *Reader {
	if cap(buf) == 0 {
		buf = make([]byte, firstBuffer)
	}
	return &Reader{src: src, buf: buf[:cap(buf)], Limit: MaxFrame}
}

// NewLineReader reads newline-delimited JSON, in which every line is a frame.
func NewLineReader(src io.Reader, buf []byte) *Reader {
	r := NewReader(src, buf)
	r.lines = true
	return r
}

// Next returns the next frame. What remains after the last blank line is a
// frame too when the stream ends well; when it breaks, the remainder is half a
// frame, nobody could use it, and only the error is returned.
func (r *Reader) Next() (Frame, error) {
	for {
		if n := r.frameEnd(); n > 0 {
			return r.take(n), nil
		}
		if r.err != nil {
			if r.end > r.start && errors.Is(r.err, io.EOF) {
				return r.take(r.end - r.start), nil
			}
			return Frame{}, r.err
		}
		if r.end-r.start >= r.Limit {
			r.long = true
			// A line ending may be cut in two; keep its first half back.
			return r.take(r.end - r.start - 3), nil
		}
		r.fill()
	}
}

// Buffered reports whether another whole frame is at hand, so that a writer
// can leave flushing to the last one.
func (r *Reader) Buffered() bool { return r.frameEnd() > 0 }

// Ended reports whether the stream is known to have ended, and everything of it
// has been handed out.
func (r *Reader) Ended() bool { return r.err != nil && r.start == r.end }

// take hands out the next n bytes.
func (r *Reader) take(n int) Frame {
	f := Frame{Raw: r.buf[r.start : r.start+n], Partial: r.long, line: r.lines}
	f.single = r.single && n == r.whole && !r.long && bytes.HasPrefix(f.Raw, []byte("data:"))
	r.start += n
	r.scanned, r.whole, r.single = 0, 0, false
	if r.long && (ends(f.Raw) || r.lines && bytes.HasSuffix(f.Raw, []byte("\n"))) {
		r.long = false
	}
	return f
}

// fill reads once, making room first.
func (r *Reader) fill() {
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	if r.end == len(r.buf) {
		if r.start > 0 {
			copy(r.buf, r.buf[r.start:r.end])
			r.end -= r.start
			r.start = 0
		} else {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	r.err = err
}

// frameEnd returns the length of the first whole frame, or 0.
func (r *Reader) frameEnd() int {
	switch data := r.buf[r.start:r.end]; {
	case r.whole > 0:
	case r.lines:
		r.whole = bytes.IndexByte(data[r.scanned:], '\n') + 1
		if r.whole > 0 {
			r.whole += r.scanned
		} else {
			r.scanned = len(data)
		}
	default:
		r.whole = r.findEnd(data)
	}
	return r.whole
}

// findEnd looks for line feeds alone, which is what nearly every server sends
// and what is found many bytes at a time.
func (r *Reader) findEnd(data []byte) int {
	for at, first := r.scanned, r.scanned == 0; ; first = false {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			i = len(data) - at
		}
		if bytes.IndexByte(data[at:at+i], '\r') >= 0 {
			return r.findEndAny(data)
		}
		at += i + 1
		if at >= len(data) {
			r.scanned = min(at-1, len(data))
			return 0
		}
		switch data[at] {
		case '\n':
			r.single = first
			return at + 1
		case '\r':
			return r.findEndAny(data)
		}
	}
}

// findEndAny is findEnd for all three line endings.
func (r *Reader) findEndAny(data []byte) int {
	for at := r.scanned; at < len(data); {
		i := bytes.IndexAny(data[at:], "\r\n")
		if i < 0 {
			r.scanned = len(data)
			return 0
		}
		at += i
		r.scanned = at
		line := lineEnding(data[at:])
		if line == 0 {
			return 0 // a CR at the end: LF may follow
		}
		next := lineEnding(data[at+line:])
		if next > 0 {
			return at + line + next
		}
		if at+line >= len(data) || data[at+line] == '\r' {
			return 0 // this line ending may turn out to be a blank line's
		}
		at += line
	}
	return 0
}

// lineEnding returns the length of the line ending at the start of p: LF, CRLF
// or CR. A CR that ends p is not decided yet and counts as none.
func lineEnding(p []byte) int {
	switch {
	case len(p) == 0:
		return 0
	case p[0] == '\n':
		return 1
	case p[0] != '\r' || len(p) == 1:
		return 0
	case p[1] == '\n':
		return 2
	default:
		return 1
	}
}

func ends(p []byte) bool {
	return bytes.HasSuffix(p, []byte("\n\n")) || bytes.HasSuffix(p, []byte("\n\r\n")) || bytes.HasSuffix(p, []byte("\r\r"))
}
