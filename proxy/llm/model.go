package llm

import "time"

// Model is a model as clients see it in a list.
type Model struct {
	ID      string
	Owner   string // who serves it
	Created time.Time
}
