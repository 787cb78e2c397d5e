package store

import (
	"encoding/binary"
	"math/bits"
)

// subBits sets how fine a histogram is: 2^subBits buckets for each doubling,
// so a value is known to within an eighth and, interpolated, usually to a few
// per cent. It is part of the stored format.
const subBits = 3

// histogram counts microseconds in buckets that widen with the value. It keeps
// only the window of buckets in use: latencies of one model span a few dozen.
type histogram struct {
	first  int // bucket of counts[0]
	counts []int64
}

func bucketOf(v int64) int {
	u := uint64(max(v, 0))
	if u < 1<<subBits {
		return int(u)
	}
	exp := bits.Len64(u) - 1 - subBits
	return exp<<subBits + int(u>>exp)
}

// bucketRange returns the values of a bucket: from, and how many.
func bucketRange(b int) (from, width int64) {
	if b < 1<<subBits {
		return int64(b), 1
	}
	exp := b>>subBits - 1
	return int64(b&(1<<subBits-1)|1<<subBits) << exp, 1 << exp
}

func (h *histogram) add(bucket int, n int64) {
	switch {
	case len(h.counts) == 0:
		h.first = bucket
		h.counts = make([]int64, 1, 24)
	case bucket < h.first:
		grown := make([]int64, len(h.counts)+h.first-bucket, len(h.counts)+h.first-bucket+8)
		copy(grown[h.first-bucket:], h.counts)
		h.first, h.counts = bucket, grown
	}
	for bucket-h.first >= len(h.counts) {
		h.counts = append(h.counts, 0)
	}
	h.counts[bucket-h.first] += n
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.counts {
		if n != 0 {
			h.add(o.first+i, n)
		}
	}
}

// total is how many values were added.
func (h *histogram) total() int64 {
	var n int64
	for _, c := range h.counts {
		n += c
	}
	return n
}

// percentile returns the value that p per cent of all values do not exceed,
// interpolated inside its bucket; 0 when there are none.
func (h *histogram) percentile(p int64) int64 {
	n := h.total()
	if n == 0 {
		return 0
	}
	rank := max((n*p+99)/100, 1)
	for i, c := range h.counts {
		if rank <= c {
			from, width := bucketRange(h.first + i)
			return from + int64((float64(rank)-0.5)/float64(c)*float64(width))
		}
		rank -= c
	}
	return 0 // not reached: rank never exceeds n
}

// append writes the buckets in use as pairs of gap and count.
func (h *histogram) append(b []byte) []byte {
	used := 0
	for _, n := range h.counts {
		if n != 0 {
			used++
		}
	}
	b = binary.AppendUvarint(b, uint64(used))
	last := 0
	for i, n := range h.counts {
		if n != 0 {
			b = binary.AppendUvarint(b, uint64(h.first+i-last))
			b = binary.AppendUvarint(b, uint64(n))
			last = h.first + i
		}
	}
	return b
}

// addEncoded adds what append wrote. A chart of a month goes round this loop
// tens of millions of times: nearly every pair is two bytes and falls into a
// bucket that is there, and that way has no calls in it.
func (h *histogram) addEncoded(r *reader) {
	used := r.uvarint()
	b, at, bucket := r.b, r.at, 0
	for ; used > 0; used-- {
		var n int64
		if at+1 < len(b) && b[at]|b[at+1] < 0x80 {
			bucket += int(b[at])
			n = int64(b[at+1])
			at += 2
		} else {
			r.at = at
			bucket += int(r.uvarint())
			n = int64(r.uvarint())
			at = r.at
		}
		if i := bucket - h.first; uint(i) < uint(len(h.counts)) {
			h.counts[i] += n
			continue
		}
		if r.failed || bucket < 0 || bucket > maxBucket {
			r.failed = true
			return
		}
		h.add(bucket, n)
	}
	r.at = at
}

// maxBucket is the bucket of the largest int64; a larger one is damage.
const maxBucket = (63-subBits)<<subBits + 1<<subBits

// reader takes varints off a blob and remembers whether it ran dry, so that
// decoding is checked once at its end. It moves an index, not the slice: a
// slice has a pointer, and the collector wants to know of every change of one.
type reader struct {
	b      []byte
	at     int
	failed bool
}

func (r *reader) uvarint() uint64 {
	// Nearly every number in a roll-up fits one byte.
	if r.at < len(r.b) && r.b[r.at] < 0x80 {
		r.at++
		return uint64(r.b[r.at-1])
	}
	return r.longUvarint()
}

// longUvarint reads a varint of up to eight bytes as one word: the stop bit says
// where it ends, and three steps close the gaps between its groups of seven.
func (r *reader) longUvarint() uint64 {
	if len(r.b)-r.at < 8 {
		return r.anyUvarint()
	}
	v := binary.LittleEndian.Uint64(r.b[r.at:])
	stop := ^v & 0x8080808080808080
	if stop == 0 {
		return r.anyUvarint()
	}
	stop &= -stop
	r.at += bits.TrailingZeros64(stop)/8 + 1
	v &= (stop - 1) & 0x7f7f7f7f7f7f7f7f
	v = v&0x007f007f007f007f | v&0x7f007f007f007f00>>1
	v = v&0x00003fff00003fff | v&0x3fff00003fff0000>>2
	return v&0x000000000fffffff | v&0x0fffffff00000000>>4
}

func (r *reader) anyUvarint() uint64 {
	var v uint64
	for at, shift := r.at, 0; at < len(r.b) && shift < 64; at, shift = at+1, shift+7 {
		c := r.b[at]
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			if shift == 63 && c > 1 {
				break // more than 64 bits
			}
			r.at = at + 1
			return v
		}
	}
	r.failed, r.at = true, len(r.b)
	return 0
}
