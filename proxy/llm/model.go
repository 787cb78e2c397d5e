package llm

import (
	"slices"
	"strings"
	"time"
)

// Model is a model as clients see it in a list. What is zero is unknown: a
// codec then leaves the field out, or gives what its dialect's clients take
// for a careful guess.
type Model struct {
	ID      string
	Owner   string // who serves it
	Created time.Time

	ContextLength int64 // tokens that fit into prompt and answer together
	MaxOutput     int64 // tokens of the longest answer

	// Input and Output list what a prompt and an answer may consist of: "text",
	// "image", "audio", "video", "document".
	Input, Output []string
	// Capabilities lists what the model can do beyond plain answers. Nil is
	// unknown; an empty list is a model that can do none of it.
	Capabilities []Capability
	// Dialects lists those that the model's provider speaks natively.
	Dialects []Dialect
}

// Capability is something that not every model can do.
type Capability string

// The capabilities.
const (
	CanUseTools  Capability = "tools"
	CanSee       Capability = "vision"
	CanReason    Capability = "reasoning"
	CanStructure Capability = "structured_output" // answers by a JSON Schema
	CanEmbed     Capability = "embeddings"        // gives vectors, and does not chat
	CanInsert    Capability = "insert"            // fills in the middle
)

// Can reports whether the model can do c, or unknown where nobody has said
// what it can do. Images among its input are sight.
func (m *Model) Can(c Capability, unknown bool) bool {
	if c == CanSee && len(m.Input) > 0 {
		return slices.Contains(m.Input, string(Image)) || slices.Contains(m.Capabilities, c)
	}
	if m.Capabilities == nil {
		return unknown
	}
	return slices.Contains(m.Capabilities, c)
}

// OtherTag is the other name that Ollama's clients have for a model: with the
// tag latest, or without it.
func OtherTag(name string) string {
	const latest = ":latest"
	if rest, ok := strings.CutSuffix(name, latest); ok {
		return rest
	}
	return name + latest
}
