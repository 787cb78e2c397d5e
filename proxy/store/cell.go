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
	// Over successful requests, and of these over streams with content.
	totalSum, firstSum int64
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
	c.total.merge(&o.total)
	c.first.merge(&o.first)
}

// append writes the cell as varints; addEncoded reads the same order.
func (c *cell) append(b []byte) []byte {
	for _, v := range [...]int64{
		c.requests, c.last, c.known,
		c.usage.Input, c.usage.CacheRead, c.usage.CacheWrite, c.usage.CacheWrite1h, c.usage.Output, c.usage.Reasoning,
		c.genTokens, c.genTime, c.totalSum, c.firstSum,
	} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = c.total.append(b)
	return c.first.append(b)
}

// addEncoded adds a stored cell without building it first.
func (c *cell) addEncoded(r *reader) {
	c.requests += int64(r.uvarint())
	c.last = max(c.last, int64(r.uvarint()))
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
	c.total.addEncoded(r)
	c.first.addEncoded(r)
}

// cellFormat begins every stored blob, so that a later version can add to it.
const cellFormat = 1

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
// cell, else it is added to the answer.
func decodeCells(blob []byte, into func(head) *cell) error {
	if len(blob) == 0 || blob[0] != cellFormat {
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
		peek := one
		h := head{dimension: int64(dimension), requests: int64(peek.uvarint()), last: int64(peek.uvarint())}
		if peek.failed {
			return errCell
		}
		if c := into(h); c != nil {
			if c.addEncoded(&one); one.failed {
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
	out := usage.Totals{
		Requests: t.requests, Errors: t.errors, Cancelled: t.cancelled, ToolCalls: t.tools,
		Usage: t.usage, UsageKnown: t.known,
	}
	if n := t.first.total(); n > 0 {
		out.AvgFirstOut = t.firstSum / n
		out.P50FirstOut = t.first.percentile(50)
		out.P95FirstOut = t.first.percentile(95)
	}
	if n := t.cell.total.total(); n > 0 {
		out.AvgTotal = t.totalSum / n
		out.P50Total = t.cell.total.percentile(50)
		out.P95Total = t.cell.total.percentile(95)
	}
	if t.genTime > 0 {
		out.TokensPerSecond = float64(t.genTokens) / (float64(t.genTime) / 1e6)
	}
	return out
}
