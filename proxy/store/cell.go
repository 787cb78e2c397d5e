package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// cell is what a roll-up keeps of the requests of one dimension in one span
// of time. Cells add up: any split of the requests over cells merges to the
// same sums.
type cell struct {
	requests int64
	last     int64 // the newest id
	known    int64 // requests whose usage is known
	usage    llm.Usage
	// Over successful requests with output: tokens, and the time they took.
	genTokens, genTime int64
	// Over successful requests, and of these over streams with content, which
	// are counted.
	totalSum, firstSum int64
	streams            int64
	total, first       histogram
}

// add counts one request.
func (c *cell) add(d *dimension, id int64, u llm.Usage, first, total int64) {
	c.requests++
	c.last = max(c.last, id)
	c.usage = c.usage.Add(u)
	if u.Known() {
		c.known++
	}
	if d.Outcome != usage.Success {
		return
	}
	c.totalSum += total
	c.total.add(bucketOf(total), 1)
	generation := total
	if d.Stream && first > 0 {
		c.firstSum += first
		c.streams++
		c.first.add(bucketOf(first), 1)
		generation = max(total-first, 0)
	}
	if u.Output > 0 {
		c.genTokens += u.Output
		c.genTime += generation
	}
}

func (c *cell) merge(o *cell) {
	c.requests += o.requests
	c.last = max(c.last, o.last)
	c.known += o.known
	c.usage = c.usage.Add(o.usage)
	c.genTokens += o.genTokens
	c.genTime += o.genTime
	c.totalSum += o.totalSum
	c.firstSum += o.firstSum
	c.streams += o.streams
	c.total.merge(&o.total)
	c.first.merge(&o.first)
}

// append writes the cell as varints; addEncoded reads the same order.
func (c *cell) append(b []byte) []byte {
	for _, v := range [...]int64{
		c.requests, c.last, c.known,
		c.usage.Input, c.usage.CacheRead, c.usage.CacheWrite, c.usage.CacheWrite1h, c.usage.Output, c.usage.Reasoning,
		c.genTokens, c.genTime, c.totalSum, c.firstSum, c.streams,
	} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = c.total.append(b)
	return c.first.append(b)
}

// addEncoded adds a stored cell, whose head has been read, without building it
// first. The histograms are most of it; they stand last, and where nobody asks
// for percentiles they are left alone.
func (c *cell) addEncoded(h head, r *reader, format byte, percentiles bool) {
	c.requests += h.requests
	c.last = max(c.last, h.last)
	c.known += int64(r.uvarint())
	c.usage.Input += int64(r.uvarint())
	c.usage.CacheRead += int64(r.uvarint())
	c.usage.CacheWrite += int64(r.uvarint())
	c.usage.CacheWrite1h += int64(r.uvarint())
	c.usage.Output += int64(r.uvarint())
	c.usage.Reasoning += int64(r.uvarint())
	c.genTokens += int64(r.uvarint())
	c.genTime += int64(r.uvarint())
	c.totalSum += int64(r.uvarint())
	c.firstSum += int64(r.uvarint())
	if format == uncounted {
		before := c.first.total()
		c.total.addEncoded(r)
		c.first.addEncoded(r)
		c.streams += c.first.total() - before
		return
	}
	c.streams += int64(r.uvarint())
	if percentiles {
		c.total.addEncoded(r)
		c.first.addEncoded(r)
	}
}

// The format begins every stored blob.
const (
	uncounted  = 1 // before 29 November 2026: the count of streams stood only in their histogram
	cellFormat = 2
)

var errCell = errors.New("damaged roll-up")

// encodeCell writes a blob of one dimension; appendCell adds further ones, for
// the packed row of a span that is over.
func encodeCell(dimension int64, c *cell) []byte {
	return appendCell(append(make([]byte, 0, 128), cellFormat), dimension, c.append(nil))
}

func appendCell(b []byte, dimension int64, encoded []byte) []byte {
	b = binary.AppendUvarint(b, uint64(dimension))
	b = binary.AppendUvarint(b, uint64(len(encoded)))
	return append(b, encoded...)
}

// head is what decoding says of a cell before it decodes it.
type head struct {
	dimension, requests, last int64
}

// decodeCells calls into for each dimension of a blob; a nil answer skips its
// cell, else it is added to the answer, with or without what percentiles need.
func decodeCells(blob []byte, percentiles bool, into func(head) *cell) error {
	if len(blob) == 0 || blob[0] != cellFormat && blob[0] != uncounted {
		return fmt.Errorf("%w: unknown format", errCell)
	}
	r := reader{b: blob[1:]}
	for r.at < len(r.b) {
		dimension, size := r.uvarint(), r.uvarint()
		if r.failed || size > uint64(len(r.b)-r.at) {
			return errCell
		}
		one := reader{b: r.b[r.at : r.at+int(size)]}
		r.at += int(size)
		h := head{dimension: int64(dimension), requests: int64(one.uvarint()), last: int64(one.uvarint())}
		if one.failed {
			return errCell
		}
		if c := into(h); c != nil {
			if c.addEncoded(h, &one, blob[0], percentiles); one.failed {
				return errCell
			}
		}
	}
	return nil
}

// tally is an answer in the making: a cell and what its dimensions add.
type tally struct {
	cell
	errors, cancelled, tools int64
}

// count notes n requests of a dimension.
func (t *tally) count(d *dimension, n int64) {
	switch d.Outcome {
	case usage.Failed:
		t.errors += n
	case usage.Cancelled:
		t.cancelled += n
	}
	if d.Tools {
		t.tools += n
	}
}

func (t *tally) merge(o *tally) {
	t.cell.merge(&o.cell)
	t.errors += o.errors
	t.cancelled += o.cancelled
	t.tools += o.tools
}

func (t *tally) totals() usage.Totals {
	return usage.Totals{
		Sums:        t.sums(),
		P50FirstOut: t.first.percentile(50),
		P95FirstOut: t.first.percentile(95),
		P50Total:    t.total.percentile(50),
		P95Total:    t.total.percentile(95),
	}
}

func (t *tally) sums() usage.Sums {
	out := usage.Sums{
		Requests: t.requests, Errors: t.errors, Cancelled: t.cancelled, ToolCalls: t.tools,
		Usage: t.usage, UsageKnown: t.known,
	}
	if t.streams > 0 {
		out.AvgFirstOut = t.firstSum / t.streams
	}
	if n := t.requests - t.errors - t.cancelled; n > 0 {
		out.AvgTotal = t.totalSum / n
	}
	if t.genTime > 0 {
		out.TokensPerSecond = float64(t.genTokens) / (float64(t.genTime) / 1e6)
	}
	return out
}
