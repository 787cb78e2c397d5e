package store

// piece is a part of a range that is answered from one place: grain 0 are the
// records themselves.
type piece struct {
	grain    int64 // 0, hourly or daily
	from, to int64 // ids, [from, to), multiples of the grain
}

// pieces cuts [from, to) into days, hours at their edges, and records at the
// edges of these. coarsest is the widest grain that may be used.
func pieces(from, to, coarsest int64) []piece {
	return cut(nil, from, to, coarsest)
}

func cut(out []piece, from, to, grain int64) []piece {
	if from >= to {
		return out
	}
	if grain == 0 {
		return append(out, piece{0, from, to})
	}
	finer := int64(0)
	if grain == daily {
		finer = hourly
	}
	span := grain * hour
	first, last := ceil(from, span), floor(to, span)
	if first >= last {
		return cut(out, from, to, finer)
	}
	out = cut(out, from, first, finer)
	out = append(out, piece{grain, first, last})
	return cut(out, last, to, finer)
}

func floor(v, unit int64) int64 { return v - v%unit }

func ceil(v, unit int64) int64 {
	if r := v % unit; r > 0 {
		return v + unit - r
	}
	return v
}
