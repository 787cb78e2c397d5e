package health

// SetMaxPlaces makes the memory of places small enough to be filled by a test.
func (b *Book) SetMaxPlaces(n int) { b.places.max = n }

// MaxBackends is how many backends are remembered.
const MaxBackends = maxBackends
