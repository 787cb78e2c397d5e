package llm

import (
	"encoding/json"
	"time"
)

// Request is what a client asks of a model, in no dialect. Pointers are nil
// where the client left a choice to the provider.
type Request struct {
	Model    string
	Messages []Message
	Tools    []Tool
	// ToolChoice is nil for the provider's own default.
	ToolChoice    *ToolChoice
	ParallelTools *bool

	MaxTokens        *int64 // bound of the answer, reasoning included
	Stop             []string
	Temperature      *float64
	TopP             *float64
	TopK             *int64
	MinP             *float64
	FrequencyPenalty *float64
	PresencePenalty  *float64
	RepeatPenalty    *float64
	Seed             *int64
	N                int // how many answers; 0 is 1
	Logprobs         bool
	TopLogprobs      int
	LogitBias        json.RawMessage

	Format    *Format
	Thinking  *Thinking
	Verbosity string // "low", "medium", "high"
	// Prediction is what much of the answer is expected to be.
	Prediction []Part
	// Suffix is what follows the answer, for fill-in-the-middle.
	Suffix string
	// Modalities lists what the answer may consist of, where not only text:
	// "text", "audio", "image". Voice describes the audio, as OpenAI has it.
	Modalities []string
	Voice      json.RawMessage

	ServiceTier string
	User        string // who asks, as an opaque name
	CacheKey    string // requests with the same key share a prompt's beginning
	Metadata    map[string]string

	// Arrived is when the client asked, for dialects that say how long it took;
	// zero when nobody knows.
	Arrived time.Time

	Stream bool
	// StreamUsage asks for the usage at the end of a stream, in the dialects
	// where it must be asked for.
	StreamUsage bool

	// Extra holds the top-level fields that the neutral form has no place for,
	// as the client's dialect has them. Another dialect cannot say them.
	Extra   []Field
	Dialect Dialect // the client's
}

// Elsewhere names the field, if there is one, by which a client refers to a part
// of the prompt that its dialect's provider keeps, or the item that only this
// provider can read. Nobody else knows that part.
func (r *Request) Elsewhere() string {
	for _, f := range r.Extra {
		switch {
		case string(f.Raw) == "null":
		case r.Dialect == Responses && f.Name == "prompt", r.Dialect == Gemini && f.Name == "cachedContent":
			return f.Name
		}
	}
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			if c, ok := p.(*ServerCall); ok && c.Name == Compaction && c.Dialect == r.Dialect {
				return Compaction
			}
		}
	}
	return ""
}

// Compaction is the name of a ServerCall that stands for all that was said before,
// encrypted, or asks for such a summary.
const Compaction = "compaction"

// Field is one JSON member as it came.
type Field struct {
	Name string
	Raw  json.RawMessage
}

// Role says who speaks.
type Role string

// The roles. A tool's results are parts of a RoleTool message.
const (
	RoleSystem    Role = "system"
	RoleDeveloper Role = "developer"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool"
)

// Message is one turn of a conversation. Codecs of dialects with other turns
// split and join them.
type Message struct {
	Role  Role
	Name  string
	Parts []Part
}

// ToolKind says who runs a tool.
type ToolKind string

// The kinds of tools.
const (
	ToolFunction ToolKind = "function" // the client runs it, with JSON arguments
	ToolCustom   ToolKind = "custom"   // the client runs it, with free text
	ToolServer   ToolKind = "server"   // the provider runs it
)

// Tool is something that the model may ask for.
type Tool struct {
	Kind        ToolKind
	Name        string // for ToolServer one of ServerCall's names
	Description string
	// Schema is the JSON Schema of the arguments, byte for byte as it came.
	Schema json.RawMessage
	Strict *bool
	Cache  *CacheMark
	// Raw is a custom tool's format, or a server tool's whole definition, as
	// its dialect has it.
	Raw     json.RawMessage
	Dialect Dialect
}

// ChoiceMode says how free the model is in using tools.
type ChoiceMode string

// The modes of tool choice.
const (
	ChooseAuto     ChoiceMode = "auto"
	ChooseNone     ChoiceMode = "none"
	ChooseRequired ChoiceMode = "required" // some tool
	ChooseNamed    ChoiceMode = "named"    // the one tool in Names
)

// ToolChoice narrows the use of tools.
type ToolChoice struct {
	Mode ChoiceMode
	// Names holds the tool of ChooseNamed; with ChooseAuto and ChooseRequired
	// it lists the only tools allowed, and is empty when all are.
	Names []string
}

// FormatKind says what form the answer's text must have.
type FormatKind string

// The forms of an answer.
const (
	FormatText   FormatKind = "text"
	FormatJSON   FormatKind = "json_object"
	FormatSchema FormatKind = "json_schema"
)

// Format is the form the answer's text must have.
type Format struct {
	Kind        FormatKind
	Name        string
	Description string
	Schema      json.RawMessage
	Strict      *bool
}

// WithoutReasoning returns r without what a model has thought so far, and with
// thinking turned off: some providers refuse to think on where earlier thinking
// is missing.
func (r *Request) WithoutReasoning() *Request {
	out := *r
	out.Messages = make([]Message, len(r.Messages))
	for i, m := range r.Messages {
		kept := m
		kept.Parts = nil
		for _, p := range m.Parts {
			if _, ok := p.(*Reasoning); ok {
				continue
			}
			kept.Parts = append(kept.Parts, unsealed(p))
		}
		out.Messages[i] = kept
	}
	if out.Thinking != nil {
		out.Thinking = &Thinking{Effort: EffortNone}
	}
	return &out
}

func unsealed(p Part) Part {
	c := clone(p)
	setSeal(c, Seal{})
	return c
}
