package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// parcel is the bodies of neighbours in a batch, encoded one after the other
// and compressed together: requests of one program repeat each other's words,
// and a row and a compression for each cost more than all else that Append
// does.
//
// A parcel stays in the day of its records, so that days can be dropped, and
// is never changed: a crash may leave one that no record names.
type parcel struct {
	id   int64
	data []byte
	rows []int // whose bodies these are: indices into the batch
}

// parcelBytes is how much text a parcel holds before compression. More saves
// little disk and makes opening one request slower. A larger request is a parcel
// of its own.
const parcelBytes = 256 << 10

// parcels packs the bodies of a batch and notes in each row its place.
func (c *compressor) parcels(b *batch) ([]parcel, error) {
	enc, err := c.encoder()
	if err != nil {
		return nil, err
	}
	defer c.encoders.Put(enc)
	var (
		sealed []parcel
		open   parcel
		plain  = enc.plain[:0]
	)
	seal := func(data []byte) {
		open.data = data
		sealed = append(sealed, open)
		open = parcel{}
	}
	sealOpen := func() {
		if len(plain) > 0 {
			seal(enc.zstd.EncodeAll(plain, nil))
			plain = plain[:0]
		}
	}
	for i := range b.entries {
		v := b.entries[i].Bodies
		if v == nil {
			continue
		}
		id, full := b.rows[i].ID, len(plain)+len(v.RequestBody)+len(v.ResponseBody) > parcelBytes
		if full || id/day != open.id/day {
			sealOpen()
		}
		b.rows[i].ParcelPart = len(open.rows)
		open.rows = append(open.rows, i)
		open.id = max(open.id, id)
		if len(v.RequestBody) > parcelBytes {
			seal(enc.alone(v))
			continue
		}
		plain = appendBodies(plain, v)
	}
	sealOpen()
	enc.plain = plain
	return sealed, nil
}

// storeParcels gives each parcel a free id, its highest record's or one soon
// after, and tells the rows. A parcel that is there with the same bytes is
// from this batch, sent before.
func (db *DB) storeParcels(ctx context.Context, tx bun.Tx, b *batch) error {
	for i := range b.parcels {
		p := &b.parcels[i]
		for {
			stored, err := db.backend.putParcel(ctx, tx, p)
			if err != nil {
				return err
			}
			if stored {
				break
			}
			p.id = nextInDay(p.id)
		}
		for _, r := range p.rows {
			b.rows[r].Parcel = p.id
		}
	}
	return nil
}

// nextInDay is the next id, going round at the end of the day.
func nextInDay(id int64) int64 { return id - id%day + (id%day+1)%day }

// insertParcel stores a parcel unless another one has its id: it affects no
// row then. Nothing is ever replaced by anything else.
const insertParcel = "INSERT INTO bodies (id, data) VALUES (?, ?) " +
	"ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data WHERE bodies.data = EXCLUDED.data"

// countBodies notes how many bodies each day was given.
func (db *DB) countBodies(ctx context.Context, tx bun.Tx, b *batch) error {
	days := map[int64]int64{}
	for i := range b.rows {
		if b.stored[i] && b.rows[i].Parcel != 0 {
			days[b.rows[i].Parcel/day]++
		}
	}
	for n, bodies := range days {
		if err := run(ctx, tx, db.statements.countBodies, n, bodies); err != nil {
			return fmt.Errorf("count bodies: %w", err)
		}
	}
	return nil
}

// Bodies returns what went over the wire, or usage.ErrNotFound once expired.
func (db *DB) Bodies(ctx context.Context, id usage.ID) (usage.Bodies, error) {
	var at []struct {
		Parcel     int64
		ParcelPart int
	}
	err := db.reader.NewSelect().Table("records").Column("parcel", "parcel_part").Where("id = ?", int64(id)).Scan(ctx, &at)
	if err != nil {
		return usage.Bodies{}, db.fail("read record", err)
	}
	if len(at) == 0 || at[0].Parcel == 0 {
		return usage.Bodies{}, fmt.Errorf("bodies of request %d: %w", id, usage.ErrNotFound)
	}
	data, err := db.backend.parcel(ctx, at[0].Parcel)
	if errors.Is(err, usage.ErrNotFound) {
		return usage.Bodies{}, fmt.Errorf("bodies of request %d: %w", id, err)
	}
	if err != nil {
		return usage.Bodies{}, db.fail("read bodies", err)
	}
	plain, err := db.zstd.decompress(data)
	if err != nil {
		return usage.Bodies{}, db.fail(fmt.Sprintf("bodies of request %d", id), err)
	}
	bodies, err := openParcel(plain, at[0].ParcelPart)
	if err != nil {
		return usage.Bodies{}, db.fail(fmt.Sprintf("bodies of request %d", id), err)
	}
	return bodies, nil
}

// openParcel returns one of the bodies in a parcel.
func openParcel(plain []byte, part int) (usage.Bodies, error) {
	r := reader{b: plain}
	for range part {
		if _, err := r.bodies(); err != nil {
			return usage.Bodies{}, err
		}
	}
	return r.bodies()
}
