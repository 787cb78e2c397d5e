package sse_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/sse"
)

func frames(t *testing.T, r io.Reader) []string {
	t.Helper()
	var out []string
	for reader := sse.NewReader(r, nil); ; {
		f, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(f.Raw))
	}
}

func TestFrames(t *testing.T) {
	tests := map[string][]string{
		"LF":              {"data: a\n\n", "event: x\ndata: b\n\n"},
		"CRLF":            {"data: a\r\n\r\n", "data: b\r\n\r\n"},
		"CR":              {"data: a\r\r", "data: b\r\r", "data: c"},
		"mixed":           {"data: a\n\r\n", "data: b\r\n\n", ": ping\n\n"},
		"no last blank":   {"data: a\n\n", "data: [DONE]\n"},
		"no last newline": {"data: a\n\n", "data: [DONE]"},
		"split UTF-8":     {"data: {\"c\":\"日本語 🎉\"}\n\n"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Join(want, "")
			for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
				if diff := cmp.Diff(want, frames(t, r)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Any way of cutting a stream into network packets gives the same frames, and
// the frames together are the stream.
func TestChunkingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"data: x", "event: y", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", ":c", "é"})).Draw(t, "parts")
		text := strings.Join(parts, "")
		whole := collect(t, strings.NewReader(text))
		size := rapid.IntRange(1, 7).Draw(t, "size")
		if diff := cmp.Diff(whole, collect(t, &chunks{text: text, size: size})); diff != "" {
			t.Fatal(diff)
		}
		if got := strings.Join(whole, ""); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	})
}

func collect(t *rapid.T, r io.Reader) []string {
	var out []string
	for reader := sse.NewReader(r, nil); ; {
		f, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(f.Raw))
	}
}

type chunks struct {
	text string
	size int
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.text == "" {
		return 0, io.EOF
	}
	n := copy(p, c.text[:min(c.size, len(c.text))])
	c.text = c.text[n:]
	return n, nil
}

func TestBrokenStreamDropsHalfAFrame(t *testing.T) {
	broken := errors.New("connection reset")
	r := sse.NewReader(io.MultiReader(strings.NewReader("data: a\n\ndata: {\"ha"), iotest.ErrReader(broken)), nil)
	if f, err := r.Next(); err != nil || string(f.Raw) != "data: a\n\n" {
		t.Fatalf("got %q, %v", f.Raw, err)
	}
	if f, err := r.Next(); !errors.Is(err, broken) {
		t.Fatalf("got %q, %v", f.Raw, err)
	}
}

func TestLongFrameTravelsInPieces(t *testing.T) {
	long := "data: " + strings.Repeat("x", 10<<20) + "\n\n"
	r := sse.NewReader(strings.NewReader("data: a\n\n"+long+"data: b\n\n"), nil)
	var got bytes.Buffer
	var whole []string
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !f.Partial {
			whole = append(whole, string(f.Raw))
		}
		got.Write(f.Raw)
	}
	if got.String() != "data: a\n\n"+long+"data: b\n\n" {
		t.Error("the stream changed")
	}
	if diff := cmp.Diff([]string{"data: a\n\n", "data: b\n\n"}, whole); diff != "" {
		t.Error(diff)
	}
}

func TestFields(t *testing.T) {
	tests := []struct{ raw, event, data string }{
		{"data: x\n\n", "", "x"},
		{"data:x\r\n\r\n", "", "x"},
		{"\xef\xbb\xbfevent: e\ndata:  x\n\n", "e", " x"},
		{"data: a\ndata\ndata: b\n\n", "", "a\n\nb"},
		{": comment\n\n", "", ""},
		{"database: x\n\n", "", ""},
		{"id: 1\rdata: y\r\r", "", "y"},
	}
	for _, tt := range tests {
		f := sse.Frame{Raw: []byte(tt.raw)}
		if got := string(f.Data()); got != tt.data {
			t.Errorf("%q: data %q, want %q", tt.raw, got, tt.data)
		}
		if got := string(f.Event()); got != tt.event {
			t.Errorf("%q: event %q, want %q", tt.raw, got, tt.event)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("data: x\n\n: c\r\n\r\ndata: y\r\r"), 3)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		if size < 1 || size > 1000 {
			return
		}
		var got bytes.Buffer
		for r := sse.NewReader(&chunks{text: string(text), size: size}, nil); ; {
			frame, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			_ = frame.Data()
			got.Write(frame.Raw)
		}
		if !bytes.Equal(got.Bytes(), text) {
			t.Fatalf("got %q, want %q", got.Bytes(), text)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	text := strings.Repeat("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"}}]}\n\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := sse.NewReader(strings.NewReader(text), nil)
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
}
