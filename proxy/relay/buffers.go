package relay

import (
	"bytes"
	"sync"
)

// buffers lends out memory for answers.
type buffers struct{ pool sync.Pool }

const (
	usualBuffer = 16 << 10
	// largeBuffer is not kept: a rare long answer must not stay in memory.
	largeBuffer = 1 << 20
)

func (b *buffers) get() *bytes.Buffer {
	if buf, ok := b.pool.Get().(*bytes.Buffer); ok {
		return buf
	}
	return bytes.NewBuffer(make([]byte, 0, usualBuffer))
}

func (b *buffers) put(buf *bytes.Buffer) {
	if buf.Cap() > largeBuffer {
		return
	}
	buf.Reset()
	b.pool.Put(buf)
}
