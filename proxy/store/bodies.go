package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Bodies returns what went over the wire, or usage.ErrNotFound once expired.
func (db *DB) Bodies(ctx context.Context, id usage.ID) (usage.Bodies, error) {
	data, err := db.backend.body(ctx, int64(id))
	if errors.Is(err, usage.ErrNotFound) {
		return usage.Bodies{}, fmt.Errorf("bodies of request %d: %w", id, err)
	}
	if err != nil {
		return usage.Bodies{}, db.fail("read bodies", err)
	}
	b, err := db.zstd.decompress(data)
	if err != nil {
		return usage.Bodies{}, db.fail(fmt.Sprintf("bodies of request %d", id), err)
	}
	return b, nil
}

// compressor turns bodies into one blob: request and answer repeat each
// other's words, so they are compressed together. Its state is hundreds of
// kilobytes and goes with the first collections after work stops.
type compressor struct {
	encoders, decoders sync.Pool
}

type encoder struct {
	zstd  *zstd.Encoder
	plain []byte
}

// window bounds the state of the encoder; requests of agents repeat
// themselves within it.
const window = 1 << 20

// maxBodies bounds what a damaged blob can make the program allocate.
const maxBodies = 1 << 30

func (c *compressor) compress(b *usage.Bodies) ([]byte, error) {
	enc, ok := c.encoders.Get().(*encoder)
	if !ok {
		z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		enc = &encoder{zstd: z}
	}
	defer c.encoders.Put(enc)
	enc.plain = appendBodies(enc.plain[:0], b)
	return enc.zstd.EncodeAll(enc.plain, nil), nil
}

func (c *compressor) decompress(data []byte) (usage.Bodies, error) {
	dec, ok := c.decoders.Get().(*zstd.Decoder)
	if !ok {
		var err error
		dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(maxBodies))
		if err != nil {
			return usage.Bodies{}, fmt.Errorf("zstd: %w", err)
		}
	}
	defer c.decoders.Put(dec)
	plain, err := dec.DecodeAll(data, nil)
	if err != nil {
		return usage.Bodies{}, fmt.Errorf("decompress: %w", err)
	}
	return decodeBodies(plain)
}

// bodiesFormat begins every plain blob, so that a later version can add to it.
const bodiesFormat = 1

// The bits of a blob's second byte.
const (
	requestCut = 1 << iota
	responseCut
)

// appendBodies writes bodies as lengths and bytes. A general encoding such as
// gob takes as long to describe its types as zstd to compress a usual request.
func appendBodies(b []byte, v *usage.Bodies) []byte {
	flags := byte(0)
	if v.RequestCut {
		flags |= requestCut
	}
	if v.ResponseCut {
		flags |= responseCut
	}
	b = append(b, bodiesFormat, flags)
	b = appendHeader(b, v.RequestHeader)
	b = appendText(b, v.RequestBody)
	b = appendHeader(b, v.ResponseHeader)
	return appendText(b, v.ResponseBody)
}

func appendHeader(b []byte, h http.Header) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	for name, values := range h {
		b = appendText(b, name)
		b = binary.AppendUvarint(b, uint64(len(values)))
		for _, v := range values {
			b = appendText(b, v)
		}
	}
	return b
}

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func decodeBodies(plain []byte) (usage.Bodies, error) {
	if len(plain) < 2 || plain[0] != bodiesFormat {
		return usage.Bodies{}, errors.New("damaged, or written by another version of the program")
	}
	v := usage.Bodies{RequestCut: plain[1]&requestCut != 0, ResponseCut: plain[1]&responseCut != 0}
	r := reader{b: plain, at: 2}
	v.RequestHeader = r.header()
	v.RequestBody = r.text()
	v.ResponseHeader = r.header()
	v.ResponseBody = r.text()
	if r.failed {
		return usage.Bodies{}, errors.New("damaged")
	}
	return v, nil
}

func (r *reader) header() http.Header {
	n := r.uvarint()
	if n == 0 || r.failed {
		return nil
	}
	h := http.Header{}
	for range n {
		name := string(r.text())
		values := []string{}
		for range r.uvarint() {
			if r.failed {
				return nil
			}
			values = append(values, string(r.text()))
		}
		h[name] = values
		if r.failed {
			return nil
		}
	}
	return h
}

// text returns a part of the blob itself.
func (r *reader) text() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)-r.at) {
		r.failed = true
	}
	if n == 0 || r.failed {
		return nil
	}
	text := r.b[r.at : r.at+int(n) : r.at+int(n)]
	r.at += int(n)
	return text
}
