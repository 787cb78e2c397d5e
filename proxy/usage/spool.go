package usage

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// The spool is a folder of segments, each a magic line and frames:
//
//	length uint32, entries uint32, CRC-32C uint32 (little endian), payload
//
// where the payload is a zstd-compressed gob of []Entry. Segments are only
// appended to, and never by a later process, so damage is at their end. The
// oldest is read first and removed when all of it is stored; a crash in
// between sends it again, which a Store tolerates.
const (
	spoolMagic   = "yaLLMproxy spool 1\n"
	spoolSuffix  = ".spool"
	frameHeader  = 12
	segmentBytes = 8 << 20 // a segment takes no further frame beyond this
	maxFrame     = 1 << 30 // what a damaged frame can make the program allocate
)

var errSpoolFull = errors.New("the spool is full")

type spool struct {
	dir      string
	limit    int64
	log      *slog.Logger
	segments []*segment // oldest first
	out      *os.File   // the last segment while it is written to
	number   int64      // of the newest segment
	next     int64      // bytes of the frame that peek returned
	nextN    int64      // and its entries
}

type segment struct {
	path       string
	size, read int64 // read: bytes stored already
	entries    int64 // not stored yet
}

// openSpool finds what an earlier process left. The folder is made when
// something has to go there.
func openSpool(dir string, limit int64, log *slog.Logger) *spool {
	s := &spool{dir: dir, limit: limit, log: log}
	if dir == "" {
		return s
	}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		log.Error("records of an earlier run cannot be read", "err", err)
	}
	for _, f := range files { // in the order of their names: oldest first
		if strings.HasSuffix(f.Name(), spoolSuffix) && f.Type().IsRegular() {
			s.adopt(filepath.Join(dir, f.Name()))
		}
	}
	return s
}

// adopt takes over a segment of an earlier process.
func (s *spool) adopt(path string) {
	if n, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(path), spoolSuffix), 10, 64); err == nil {
		s.number = max(s.number, n)
	}
	g, err := scanSegment(path)
	if err != nil {
		s.log.Error("a file of waiting records cannot be read and is left where it is", "file", path, "err", err)
		return
	}
	s.segments = append(s.segments, g)
}

// scanSegment counts the entries of a segment by its frames' headers.
func scanSegment(path string) (*segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	magic := make([]byte, len(spoolMagic))
	if _, err := io.ReadFull(f, magic); err == nil && string(magic) != spoolMagic {
		return nil, errors.New("written by another version of the program")
	}
	g := &segment{path: path, size: info.Size(), read: int64(len(spoolMagic))}
	header := make([]byte, frameHeader)
	for at := g.read; at+frameHeader <= g.size; {
		if _, err := f.ReadAt(header, at); err != nil {
			return nil, err
		}
		at += frameHeader + int64(binary.LittleEndian.Uint32(header))
		if at <= g.size {
			g.entries += int64(binary.LittleEndian.Uint32(header[4:]))
		}
	}
	return g, nil
}

func (s *spool) pending() bool { return len(s.segments) > 0 }

func (s *spool) size() (entries, bytes int64) {
	for _, g := range s.segments {
		entries += g.entries
		bytes += g.size
	}
	return entries, bytes
}

// put appends a batch. After an error the segment is as it was before.
func (s *spool) put(batch []Entry) error {
	if s.dir == "" {
		return errors.New("there is no folder for it")
	}
	frame, err := encodeFrame(batch)
	if err != nil {
		return err
	}
	if _, used := s.size(); used+int64(len(frame)+len(spoolMagic)) > s.limit {
		return errSpoolFull
	}
	if s.out == nil || s.segments[len(s.segments)-1].size >= segmentBytes {
		if err := s.begin(); err != nil {
			return err
		}
	}
	g := s.segments[len(s.segments)-1]
	if _, err := s.out.WriteAt(frame, g.size); err != nil {
		// Half a frame is of no use, and its space may be what is missing.
		_ = s.out.Truncate(g.size)
		s.close()
		return fmt.Errorf("write %s: %w", g.path, err)
	}
	g.size += int64(len(frame))
	g.entries += int64(len(batch))
	return nil
}

// begin opens a new segment for writing.
func (s *spool) begin() error {
	s.close()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("folder of the spool: %w", err)
	}
	// A segment must sort behind the ones before it even if the clock went back.
	s.number = max(s.number+1, time.Now().UnixNano())
	path := filepath.Join(s.dir, fmt.Sprintf("%019d%s", s.number, spoolSuffix))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("new spool file: %w", err)
	}
	if _, err := f.WriteString(spoolMagic); err != nil {
		return errors.Join(fmt.Errorf("new spool file: %w", err), f.Close(), os.Remove(path))
	}
	s.out = f
	start := int64(len(spoolMagic))
	s.segments = append(s.segments, &segment{path: path, size: start, read: start})
	return nil
}

// close ends writing to the open segment, which is removed when empty.
func (s *spool) close() {
	if s.out == nil {
		return
	}
	if err := s.out.Close(); err != nil {
		s.log.Warn("close spool", "err", err)
	}
	s.out = nil
	if last := len(s.segments) - 1; s.segments[last].size == int64(len(spoolMagic)) {
		s.remove(last)
	}
}

// peek returns the oldest batch; false when there is none left. Damage is
// skipped: there is nobody to ask.
func (s *spool) peek() ([]Entry, bool) {
	for len(s.segments) > 0 {
		if len(s.segments) == 1 {
			s.close() // what is read is not written to any more
			if len(s.segments) == 0 {
				return nil, false
			}
		}
		g := s.segments[0]
		if g.read >= g.size {
			s.remove(0)
			continue
		}
		batch, n, err := g.frame()
		if err == nil {
			s.next, s.nextN = n, int64(len(batch))
			return batch, true
		}
		s.log.Error("waiting records are damaged and lost", "file", g.path, "at", g.read, "err", err)
		if n == 0 {
			s.remove(0)
			continue
		}
		g.read += n
	}
	return nil, false
}

// advance forgets the batch that peek returned.
func (s *spool) advance() {
	g := s.segments[0]
	g.read += s.next
	g.entries = max(g.entries-s.nextN, 0)
	if g.read >= g.size {
		s.remove(0)
	}
}

func (s *spool) remove(i int) {
	if err := os.Remove(s.segments[i].path); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Warn("remove spool file", "err", err)
	}
	s.segments = slices.Delete(s.segments, i, i+1)
}

// frame reads the next batch of a segment and its length in bytes. A length of
// zero with an error means that nothing behind it can be read either.
func (g *segment) frame() ([]Entry, int64, error) {
	f, err := os.Open(g.path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	header := make([]byte, frameHeader)
	if _, err := f.ReadAt(header, g.read); err != nil {
		return nil, 0, fmt.Errorf("torn frame: %w", err)
	}
	length := int64(binary.LittleEndian.Uint32(header))
	if g.read+frameHeader+length > g.size {
		return nil, 0, errors.New("torn frame")
	}
	payload := make([]byte, length)
	if _, err := f.ReadAt(payload, g.read+frameHeader); err != nil {
		return nil, 0, fmt.Errorf("torn frame: %w", err)
	}
	n := frameHeader + length
	if crc32.Checksum(payload, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(header[8:]) {
		return nil, n, errors.New("checksum does not match")
	}
	batch, err := decodePayload(payload)
	return batch, n, err
}

func encodeFrame(batch []Entry) ([]byte, error) {
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(batch); err != nil {
		return nil, fmt.Errorf("encode for the spool: %w", err)
	}
	// Made anew for each frame: while all is well it takes no memory.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	frame := enc.EncodeAll(plain.Bytes(), make([]byte, frameHeader))
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	payload := frame[frameHeader:]
	binary.LittleEndian.PutUint32(frame, uint32(len(payload)))
	binary.LittleEndian.PutUint32(frame[4:], uint32(len(batch)))
	binary.LittleEndian.PutUint32(frame[8:], crc32.Checksum(payload, crc32.MakeTable(crc32.Castagnoli)))
	return frame, nil
}

func decodePayload(payload []byte) ([]Entry, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	defer dec.Close()
	plain, err := dec.DecodeAll(payload, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	var batch []Entry
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&batch); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return batch, nil
}
