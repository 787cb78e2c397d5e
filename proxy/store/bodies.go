package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// compressor turns bodies into parcels and back. Its state is hundreds of
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

func (c *compressor) encoder() (*encoder, error) {
	if enc, ok := c.encoders.Get().(*encoder); ok {
		return enc, nil
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &encoder{zstd: z}, nil
}

func (c *compressor) decompress(data []byte) ([]byte, error) {
	dec, ok := c.decoders.Get().(*zstd.Decoder)
	if !ok {
		var err error
		dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(maxBodies))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
	}
	defer c.decoders.Put(dec)
	plain, err := dec.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return plain, nil
}

// bodiesFormat begins the bodies of every request, so that a later version can add to it.
const bodiesFormat = 1

// The bits of the second byte.
const (
	requestCut = 1 << iota
	responseCut
)

// appendBodies writes bodies as lengths and bytes. A general encoding such as
// gob takes as long to describe its types as zstd to compress a usual request.
func appendBodies(b []byte, v *usage.Bodies) []byte {
	b = append(appendBeforeRequest(b, v), v.RequestBody...)
	return appendAfterRequest(b, v)
}

// alone makes a parcel of a long request without bringing its parts together
// first. A parcel may be any number of zstd frames (RFC 8878, 3).
func (e *encoder) alone(v *usage.Bodies) []byte {
	e.plain = appendBeforeRequest(e.plain[:0], v)
	data := e.zstd.EncodeAll(e.plain, nil)
	data = e.zstd.EncodeAll(v.RequestBody, data)
	e.plain = appendAfterRequest(e.plain[:0], v)
	return e.zstd.EncodeAll(e.plain, data)
}

func appendBeforeRequest(b []byte, v *usage.Bodies) []byte {
	flags := byte(0)
	if v.RequestCut {
		flags |= requestCut
	}
	if v.ResponseCut {
		flags |= responseCut
	}
	b = append(b, bodiesFormat, flags)
	b = appendHeader(b, v.RequestHeader)
	return binary.AppendUvarint(b, uint64(len(v.RequestBody)))
}

func appendAfterRequest(b []byte, v *usage.Bodies) []byte {
	b = appendHeader(b, v.ResponseHeader)
	return appendText(b, v.ResponseBody)
}

func appendHeader(b []byte, h http.Header) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	// In the same order for every request, which compresses better and makes
	// the same bytes of the same bodies.
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values := h[name]
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

// bodies reads what appendBodies has written.
func (r *reader) bodies() (usage.Bodies, error) {
	if len(r.b)-r.at < 2 || r.b[r.at] != bodiesFormat {
		return usage.Bodies{}, errors.New("damaged, or written by another version of the program")
	}
	flags := r.b[r.at+1]
	r.at += 2
	v := usage.Bodies{RequestCut: flags&requestCut != 0, ResponseCut: flags&responseCut != 0}
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

// text returns a part of the parcel itself.
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
