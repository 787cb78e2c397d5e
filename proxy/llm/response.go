package llm

import (
	"strings"
	"time"
)

// Response is a whole answer, in no dialect.
type Response struct {
	ID          string
	Model       string
	Created     time.Time // zero when the provider does not say
	ServiceTier string
	Fingerprint string
	Choices     []Choice
	Usage       Usage
}

// Choice is one of the answers to a request with N > 1, and the only one
// otherwise.
type Choice struct {
	Parts    []Part
	Reason   StopReason
	Sequence string
	Logprobs []Logprob
}

// Collect waits for a stream to end and returns what it said.
func Collect(s Stream) (*Response, error) {
	r := &Response{}
	var open openParts
	for event, err := range s {
		if err != nil {
			return nil, err
		}
		switch e := event.(type) {
		case Start:
			r.ID, r.Model, r.Created = e.ID, e.Model, e.Created
			r.ServiceTier, r.Fingerprint = e.ServiceTier, e.Fingerprint
		case PartStart:
			r.choice(e.Choice).start(e, &open)
		case PartDelta:
			r.choice(e.Choice).Logprobs = append(r.choice(e.Choice).Logprobs, e.Logprobs...)
			open.at(e.Choice, e.Index).WriteString(e.Text)
		case PartCitation:
			if t, ok := r.choice(e.Choice).Parts[e.Index].(*Text); ok {
				t.Citations = append(t.Citations, e.Citation)
			}
		case PartSeal:
			setSeal(r.choice(e.Choice).Parts[e.Index], e.Seal)
		case PartEnd:
			setText(r.choice(e.Choice).Parts[e.Index], open.at(e.Choice, e.Index).String())
		case Finish:
			c := r.choice(e.Choice)
			c.Reason, c.Sequence = e.Reason, e.Sequence
		case Spent:
			r.Usage = e.Usage
		}
	}
	return r, nil
}

// openParts gathers the texts of parts.
type openParts map[[2]int]*strings.Builder

func (o *openParts) at(choice, index int) *strings.Builder {
	if *o == nil {
		*o = openParts{}
	}
	b := (*o)[[2]int{choice, index}]
	if b == nil {
		b = &strings.Builder{}
		(*o)[[2]int{choice, index}] = b
	}
	return b
}

func (r *Response) choice(i int) *Choice {
	for len(r.Choices) <= i {
		r.Choices = append(r.Choices, Choice{})
	}
	return &r.Choices[i]
}

// start puts a copy of the part in its place: the event's own may be shared.
func (c *Choice) start(e PartStart, open *openParts) {
	for len(c.Parts) <= e.Index {
		c.Parts = append(c.Parts, &Text{})
	}
	c.Parts[e.Index] = clone(e.Part)
	open.at(e.Choice, e.Index).Reset()
}

func clone(p Part) Part {
	switch p := p.(type) {
	case *Text:
		c := *p
		return &c
	case *Reasoning:
		c := *p
		return &c
	case *Refusal:
		c := *p
		return &c
	case *ToolCall:
		c := *p
		return &c
	}
	return p // whole from the start, and nobody changes it
}

func setText(p Part, text string) {
	switch p := p.(type) {
	case *Text:
		p.Text += text
	case *Reasoning:
		p.Text += text
	case *Refusal:
		p.Text += text
	case *ToolCall:
		p.Arguments += text
	}
}

func setSeal(p Part, s Seal) {
	switch p := p.(type) {
	case *Text:
		p.Seal = s
	case *Reasoning:
		p.Seal = s
	case *ToolCall:
		p.Seal = s
	}
}

// Events is a whole answer as a stream, for a client that wants one from a
// provider that gave none.
func (r *Response) Events() Stream {
	return func(yield func(Event, error) bool) {
		if !yield(Start{ID: r.ID, Model: r.Model, Created: r.Created, ServiceTier: r.ServiceTier, Fingerprint: r.Fingerprint}, nil) {
			return
		}
		for i := range r.Choices {
			for _, e := range r.Choices[i].events(i) {
				if !yield(e, nil) {
					return
				}
			}
		}
		if r.Usage.Known() {
			yield(Spent{r.Usage}, nil)
		}
	}
}

func (c *Choice) events(choice int) []Event {
	var out []Event
	logprobs := c.Logprobs
	for i, p := range c.Parts {
		begin, text, citations, seal := opened(p)
		out = append(out, PartStart{choice, i, begin})
		if text != "" {
			delta := PartDelta{Choice: choice, Index: i, Text: text}
			if _, ok := p.(*Text); ok {
				delta.Logprobs, logprobs = logprobs, nil
			}
			out = append(out, delta)
		}
		for _, cite := range citations {
			out = append(out, PartCitation{choice, i, cite})
		}
		if seal.Set() {
			out = append(out, PartSeal{choice, i, seal})
		}
		out = append(out, PartEnd{choice, i})
	}
	return append(out, Finish{choice, c.Reason, c.Sequence})
}

// opened takes a part apart into what PartStart says and what follows.
func opened(p Part) (begin Part, text string, citations []Citation, seal Seal) {
	switch p := p.(type) {
	case *Text:
		return &Text{Cache: p.Cache}, p.Text, p.Citations, p.Seal
	case *Reasoning:
		if p.Redacted {
			return p, "", nil, Seal{}
		}
		return &Reasoning{ID: p.ID, Summary: p.Summary}, p.Text, nil, p.Seal
	case *Refusal:
		return &Refusal{}, p.Text, nil, Seal{}
	case *ToolCall:
		return &ToolCall{ID: p.ID, Name: p.Name, Custom: p.Custom, Raw: p.Raw, Dialect: p.Dialect}, p.Arguments, nil, p.Seal
	}
	return p, "", nil, Seal{}
}
