package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"syscall"
	"time"
)

// plainConn is one connection. It belongs to the request that uses it; a
// second goroutine touches it only to write a long body.
type plainConn struct {
	net.Conn

	pool  *plainPool
	raw   syscall.RawConn
	in    *bufio.Reader
	out   []byte    // the request's head, its memory used again
	since time.Time // idle from then on

	room    int64      // bytes that may still be read
	heard   bool       // something of the answer has come
	writing chan error // of a body that is written meanwhile; nil for none
	// stop ends the watch over the context, and reports whether that left the
	// connection alone.
	stop func() bool
}

// writeInline is the size up to which a request fits into the buffers of any
// connection, so that writing it waits for nobody.
const writeInline = 32 << 10

// lateAnswer is how long an answer may take when the server has stopped
// reading: it has most likely answered before, and its answer is here already.
const lateAnswer = time.Second

// lastWords is how long a request may take to be written once its answer is
// complete: a server that has read it all may answer before the writer has
// been told so.
const lastWords = 50 * time.Millisecond

var errLongHeader = errors.New("the header of the answer is too long")

func newPlainConn(p *plainPool, conn net.Conn) (*plainConn, error) {
	c := &plainConn{Conn: conn, pool: p}
	if s, ok := conn.(syscall.Conn); ok {
		var err error
		if c.raw, err = s.SyscallConn(); err != nil {
			_ = conn.Close() // it has not been used
			return nil, err
		}
	}
	c.in = bufio.NewReaderSize(c, p.limits.ReadBufferSize)
	return c, nil
}

// Read bounds what a header may take.
func (c *plainConn) Read(p []byte) (int, error) {
	if c.room <= 0 {
		return 0, errLongHeader
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.room)])
	c.room -= int64(n)
	return n, err
}

// ask sends a request and reads the head of its answer. After an error the
// connection is of no use.
func (c *plainConn) ask(ctx context.Context, q *question, res *Response) (*http.Response, error) {
	c.heard, c.writing = false, nil
	c.stop = context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // which ends every wait
	failed := c.send(q)
	if failed != nil && !brokenOff(failed) {
		return nil, failed
	}
	c.room = c.pool.limits.MaxResponseHeaderBytes
	if _, err := c.in.Peek(1); err != nil {
		return nil, err
	}
	c.heard, res.FirstByte = true, time.Now()
	answer, err := c.readHead(q.method)
	if err != nil {
		return nil, err
	}
	c.room = math.MaxInt64
	body := &plainBody{ReadCloser: answer.Body, conn: c}
	body.reusable = failed == nil && !answer.Close && answer.StatusCode >= http.StatusOK
	if answer.Body == http.NoBody {
		body.end()
	}
	answer.Body = body
	return answer, nil
}

// readHead skips what a server may say before its answer (RFC 9110, 15.2).
func (c *plainConn) readHead(method string) (*http.Response, error) {
	req := &http.Request{Method: method} // all that decides how an answer is read
	for {
		answer, err := http.ReadResponse(c.in, req)
		if err != nil || answer.StatusCode >= http.StatusOK || answer.StatusCode == http.StatusSwitchingProtocols {
			return answer, err
		}
	}
}

// brokenOff reports whether a request could not be written because the server
// has stopped reading. It may have answered before (golang/go#40747).
func brokenOff(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// send writes the request. A long one is written aside, so that an answer that
// comes before its end is seen.
func (c *plainConn) send(q *question) error {
	var err error
	if c.out, err = q.appendHead(c.out[:0]); err != nil {
		return err
	}
	if int64(len(c.out))+q.size <= writeInline {
		for _, piece := range q.body {
			c.out = append(c.out, piece...)
		}
		_, err := c.Write(c.out)
		return err
	}
	done := make(chan error, 1)
	c.writing = done
	pieces := append(net.Buffers{c.out}, q.body...)
	go func() {
		_, err := pieces.WriteTo(c.Conn)
		if err != nil {
			_ = c.SetReadDeadline(time.Now().Add(lateAnswer)) // the connection is lost in any case
		}
		done <- err
	}()
	return nil
}

// release keeps the connection for another request, if it is good for one.
func (c *plainConn) release(reusable bool) {
	if reusable && c.writing != nil {
		patience := time.NewTimer(lastWords)
		select {
		case err := <-c.writing:
			c.writing = nil
			reusable = err == nil
		case <-patience.C: // the server did not want the rest
			reusable = false
		}
		patience.Stop()
	}
	if !c.stop() || !reusable || c.in.Buffered() > 0 {
		c.drop()
		return
	}
	c.pool.put(c)
}

// drop closes the connection, and waits until nobody writes to it any more.
func (c *plainConn) drop() {
	if c.stop != nil {
		c.stop()
	}
	_ = c.Close() // there is nothing left to save
	if c.writing != nil {
		<-c.writing //nolint:errcheck // that it was not written whole is known
		c.writing = nil
	}
}

// plainBody is the body of an answer. Its end hands the connection back.
type plainBody struct {
	io.ReadCloser

	conn     *plainConn // nil once it was handed back
	reusable bool
	err      error // that ended it
}

// Read reads on. An answer is complete with its last byte, whether or not the
// reader asks for more.
func (b *plainBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.err = err
		b.reusable = b.reusable && errors.Is(err, io.EOF)
		b.end()
	}
	return n, err
}

// end hands the connection back.
func (b *plainBody) end() {
	if c := b.conn; c != nil {
		b.conn = nil
		c.release(b.reusable)
	}
}

// Close gives up what has not been read. Reading it to its end could take
// for ever; another connection costs less.
func (b *plainBody) Close() error {
	if b.conn != nil {
		b.reusable = false
		b.end()
	}
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}
