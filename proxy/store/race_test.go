//go:build race

package store

import "time"

// crashLoss: the race detector makes SQLite, which is Go here, many times
// slower, and a commit under way is lost with the process.
const crashLoss = time.Second
