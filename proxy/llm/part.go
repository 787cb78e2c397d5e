package llm

import "encoding/json"

// Part is one piece of a message's content: Text, Media, ToolCall, ToolResult,
// Reasoning, Refusal, ServerCall or ServerResult. Codecs switch over the type.
type Part interface{ part() }

// Text is written language.
type Text struct {
	Text      string
	Citations []Citation
	Cache     *CacheMark
	// Seal is there for providers that sign what their model says (Gemini).
	Seal Seal
}

// MediaKind says what a Media shows.
type MediaKind string

// The kinds of media.
const (
	Image    MediaKind = "image"
	Audio    MediaKind = "audio"
	Video    MediaKind = "video"
	Document MediaKind = "document"
)

// Media is anything that is not typed. One of Data, URL, FileID and Text says
// where its content is.
type Media struct {
	Kind   MediaKind
	MIME   string // "image/png"; may be empty beside URL and FileID
	Data   string // base64 (RFC 4648, padded)
	URL    string
	FileID string // the provider's own name for an uploaded file
	Text   string // a document that is plain text
	Name   string // file name or title
	// Context is what a client says about a document beside its content.
	Context string
	Detail  string // how closely to look: "low", "high", "auto"
	// Cite asks for citations from a document.
	Cite  bool
	Cache *CacheMark
}

// ToolCall is the model's wish to have a tool of the client's called.
type ToolCall struct {
	ID   string
	Name string
	// Arguments is a JSON object as text, or free text for a Custom tool. The
	// empty text means no arguments.
	Arguments string
	Custom    bool
	Cache     *CacheMark
	Seal      Seal
	// Raw is a call of a tool that a dialect has a kind of its own for, as it
	// came, for that dialect alone.
	Raw     json.RawMessage
	Dialect Dialect
}

// ToolResult is what a tool of the client's gave.
type ToolResult struct {
	CallID string
	Name   string // where the dialect repeats it
	Parts  []Part // Text and Media
	Error  bool
	Custom bool // answers a custom tool's call
	Cache  *CacheMark
	// Raw is the result of such a call as ToolCall.Raw is.
	Raw     json.RawMessage
	Dialect Dialect
}

// Reasoning is what the model thought before it spoke.
type Reasoning struct {
	// ID is the provider's own name for the item (Responses: rs_…).
	ID   string
	Text string
	// Summary: Text is the provider's summary, not the thinking itself.
	Summary bool
	// Redacted: the provider keeps the thinking to itself; only Seal is there.
	Redacted bool
	Seal     Seal
}

// Refusal is the model's own word that it will not do what was asked.
type Refusal struct{ Text string }

// ServerCall is a tool that the provider itself has called: a web search, code.
type ServerCall struct {
	ID    string
	Name  string // "web_search", "web_fetch", "code_execution", "file_search", "image_generation", "mcp"
	Input string // JSON object as text
	// Raw is the whole item as its dialect has it, for that dialect alone.
	Raw     json.RawMessage
	Dialect Dialect
}

// ServerResult is what a ServerCall gave.
type ServerResult struct {
	CallID  string
	Name    string
	Sources []Citation // what a search found
	Text    string     // what code printed
	Error   string     // why there is no result
	Raw     json.RawMessage
	Dialect Dialect
}

func (*Text) part()         {}
func (*Media) part()        {}
func (*ToolCall) part()     {}
func (*ToolResult) part()   {}
func (*Reasoning) part()    {}
func (*Refusal) part()      {}
func (*ServerCall) part()   {}
func (*ServerResult) part() {}

// Citation says where a statement comes from.
type Citation struct {
	URL    string
	Title  string
	Text   string // the words that are cited
	FileID string
	// Start and End are positions in the text that cites, in Unicode code
	// points; both are zero where the provider does not say.
	Start, End int
	// Raw is the citation as its dialect has it, for that dialect alone.
	Raw     json.RawMessage
	Dialect Dialect
}

// CacheMark asks the provider to remember the prompt up to here.
type CacheMark struct {
	TTL string // "5m", "1h", or "" for the provider's own
}
