package store

// piece is a part of a range that is answered from one place: grain 0 are the
// records themselves.
type piece struct {
	grain    int64 // 0, hourly or daily
	from, to int64 // ids, [from, to), multiples of the grain
}

// pieces cuts [from, to) into days before rolled, hours, and records at the
// edges of these. coarsest is the widest grain that may be used.
func pieces(from, to, coarsest, rolled int64) []piece {
	switch {
	case from >= to:
		return nil
	case coarsest == 0:
		return []piece{{0, from, to}}
	}
	finer, first, last := int64(0), ceil(from, hour), floor(to, hour)
	if coarsest == daily {
		finer, first, last = hourly, ceil(from, day), min(floor(to, day), rolled)
	}
	if first >= last {
		return pieces(from, to, finer, rolled)
	}
	out := pieces(from, first, finer, rolled)
	out = append(out, piece{coarsest, first, last})
	return append(out, pieces(last, to, finer, rolled)...)
}

func floor(v, unit int64) int64 { return v - v%unit }

func ceil(v, unit int64) int64 {
	if r := v % unit; r > 0 {
		return v + unit - r
	}
	return v
}
