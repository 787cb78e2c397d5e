package llm

// Usage counts the tokens of one exchange in classes that are billed
// differently. Providers disagree about whether "input" includes cached
// tokens; codecs translate, so here the classes never overlap unless a
// comment says so.
type Usage struct {
	// Input is the prompt read at full price: neither served from nor
	// written to a prompt cache.
	Input int64 `json:"input" doc:"Prompt tokens at full price, neither read from nor written to a cache"`
	// CacheRead is the part of the prompt served from a prompt cache.
	CacheRead int64 `json:"cache_read" doc:"Prompt tokens read from the provider's cache"`
	// CacheWrite is the part of the prompt written to a prompt cache.
	CacheWrite int64 `json:"cache_write" doc:"Prompt tokens written to the provider's cache"`
	// CacheWrite1h is the part of CacheWrite kept for an hour instead of
	// five minutes; Anthropic bills it higher.
	CacheWrite1h int64 `json:"cache_write_1h" doc:"The part of cache_write that lives one hour"`
	// Output is everything the model generated, reasoning included.
	Output int64 `json:"output" doc:"Generated tokens, reasoning included"`
	// Reasoning is the part of Output spent on hidden reasoning.
	Reasoning int64 `json:"reasoning" doc:"The part of output spent on reasoning"`
}

// Known reports whether a provider said anything at all. A request with an
// unknown usage is not a request that used nothing.
func (u Usage) Known() bool { return u != Usage{} }

// Prompt is the whole prompt whatever its price.
func (u Usage) Prompt() int64 { return u.Input + u.CacheRead + u.CacheWrite }

// Total is every token of the exchange, each counted once.
func (u Usage) Total() int64 { return u.Prompt() + u.Output }

// Add sums two usages class by class.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		Input:        u.Input + v.Input,
		CacheRead:    u.CacheRead + v.CacheRead,
		CacheWrite:   u.CacheWrite + v.CacheWrite,
		CacheWrite1h: u.CacheWrite1h + v.CacheWrite1h,
		Output:       u.Output + v.Output,
		Reasoning:    u.Reasoning + v.Reasoning,
	}
}
