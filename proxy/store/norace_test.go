//go:build !race

package store

import "time"

// crashLoss is how far back a killed process may lose what it recorded.
const crashLoss = 250 * time.Millisecond
