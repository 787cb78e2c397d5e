package llm

// Operation is what a client asks for, in its dialect's terms.
type Operation string

// The operations.
const (
	Chat       Operation = "chat"       // POST /v1/chat/completions
	Embeddings Operation = "embeddings" // POST /v1/embeddings
	Messages   Operation = "messages"   // POST /v1/messages
)

// Observation is what a codec read out of an answer while it passed by.
type Observation struct {
	Usage      Usage
	StopReason string
	ToolCalls  int
	// Deltas counts the events that carried generated content: a live
	// estimate of output tokens until the provider says how many there were.
	Deltas int64
	// Content says that something was generated: text, reasoning, a tool call.
	Content bool
	// Done says that the answer is complete by the rules of its dialect.
	Done bool
	// Err is an error event inside the stream.
	Err *Error
}

// Sighting is what one frame of a stream was, as far as forwarding goes.
type Sighting struct {
	// Content: the frame carries generated content, or ends the stream well.
	Content bool
	// UsageOnly: the frame exists only because usage was asked for.
	UsageOnly bool
	// Err: the frame is an error event.
	Err *Error
}
