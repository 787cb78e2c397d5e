package sse

import "bytes"

// Data returns the event's data: its data lines joined by line feeds. It is
// nil for comments and events without data. A line of newline-delimited JSON
// is all data. With a single data line, which is
// what language models send, nothing is copied.
func (f Frame) Data() []byte {
	if f.line {
		return bytes.TrimSpace(f.Raw)
	}
	if f.single {
		return bytes.TrimPrefix(f.Raw[len("data:"):len(f.Raw)-len("\n\n")], []byte(" "))
	}
	return f.field("data")
}

// Event returns the event's type, or nil.
func (f Frame) Event() []byte {
	if f.single || f.line {
		return nil
	}
	return f.field("event")
}

func (f Frame) field(name string) []byte {
	rest := bytes.TrimPrefix(f.Raw, []byte("\xef\xbb\xbf"))
	ending := "\n" // found many bytes at a time, where there is no CR
	if bytes.IndexByte(rest, '\r') >= 0 {
		ending = "\r\n"
	}
	var value []byte
	found := false
	for len(rest) > 0 {
		line := rest
		if i := bytes.IndexAny(rest, ending); i >= 0 {
			line, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		after, ok := bytes.CutPrefix(line, []byte(name))
		if !ok || len(after) > 0 && after[0] != ':' {
			continue
		}
		after = bytes.TrimPrefix(bytes.TrimPrefix(after, []byte(":")), []byte(" "))
		if !found {
			value, found = after, true
			continue
		}
		joined := make([]byte, 0, len(value)+1+len(after))
		value = append(append(append(joined, value...), '\n'), after...)
	}
	return value
}
