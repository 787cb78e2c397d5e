package store

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
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
// kilobytes and comes back at the first collection after work stops.
type compressor struct {
	encoders, decoders sync.Pool
}

// window bounds the state of the encoder; requests of agents repeat
// themselves within it.
const window = 1 << 20

// maxBodies bounds what a damaged blob can make the program allocate.
const maxBodies = 1 << 30

// compress encodes with gob, which takes raw bytes as they are and blobs of
// older and newer versions.
func (c *compressor) compress(b *usage.Bodies) ([]byte, error) {
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(b); err != nil {
		return nil, fmt.Errorf("encode bodies: %w", err)
	}
	enc, ok := c.encoders.Get().(*zstd.Encoder)
	if !ok {
		var err error
		enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
	}
	defer c.encoders.Put(enc)
	return enc.EncodeAll(plain.Bytes(), nil), nil
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
	var b usage.Bodies
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&b); err != nil {
		return usage.Bodies{}, fmt.Errorf("decode bodies: %w", err)
	}
	return b, nil
}
