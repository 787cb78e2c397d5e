package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// NameRule says which names of tools a dialect's providers take, beside
// letters, digits, _ and -. The zero rule lets every name through.
type NameRule struct {
	Longest int
	Also    string // further characters
	// Letter: a name begins with a letter or _.
	Letter bool
}

// Fits reports whether a name is taken as it is.
func (n NameRule) Fits(name string) bool {
	switch {
	case n.Longest == 0:
		return true
	case name == "" || len(name) > n.Longest || n.Letter && !begins(name[0]):
		return false
	}
	return strings.IndexFunc(name, n.refuses) < 0
}

func (n NameRule) refuses(r rune) bool { return notInID(r) && !strings.ContainsRune(n.Also, r) }

func begins(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// fit makes a name of one that does not fit.
func (n NameRule) fit(name string) string {
	out := strings.Map(func(r rune) rune {
		if n.refuses(r) {
			return '_'
		}
		return r
	}, name)
	if out == "" || n.Letter && !begins(out[0]) {
		out = "_" + out
	}
	if len(out) > n.Longest {
		return n.distinct(out, name)
	}
	return out
}

// distinct makes a name that has only one original.
func (n NameRule) distinct(fitted, original string) string {
	sum := sha256.Sum256([]byte(original))
	mark := "_" + hex.EncodeToString(sum[:4])
	return fitted[:min(len(fitted), n.Longest-len(mark))] + mark
}

// Names are the names of tools under which a provider knows them, where those
// are not the client's.
type Names struct {
	there map[string]string // by the client's
	here  map[string]string // by the provider's
}

// Renamed returns r with names of tools that a provider takes, and how to read
// them in its answer. Names that fit stay; the same tools always get the same
// names, whatever order they come in, since a prompt's cache depends on them.
func (r *Request) Renamed(rule NameRule) (*Request, Names) {
	var odd []string
	taken := map[string]bool{}
	r.eachName(func(name string) {
		if rule.Fits(name) {
			taken[name] = true
		} else if name != "" {
			odd = append(odd, name)
		}
	})
	if len(odd) == 0 {
		return r, Names{}
	}
	slices.Sort(odd)
	odd = slices.Compact(odd)
	wanted := map[string]int{}
	for _, name := range odd {
		wanted[rule.fit(name)]++
	}
	n := Names{there: map[string]string{}, here: map[string]string{}}
	for _, name := range odd {
		as := rule.fit(name)
		if taken[as] || wanted[as] > 1 {
			as = rule.distinct(as, name)
		}
		for i := 2; taken[as]; i++ { // two of them have the same sum, or somebody plays with us
			as = rule.distinct(as, name+"#"+strconv.Itoa(i))
		}
		taken[as] = true
		n.there[name], n.here[as] = as, name
	}
	return n.renamed(r), n
}

// eachName calls f for every name of a tool of the client's.
func (r *Request) eachName(f func(string)) {
	for i := range r.Tools {
		if r.Tools[i].Kind != ToolServer {
			f(r.Tools[i].Name)
		}
	}
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			switch p := p.(type) {
			case *ToolCall:
				f(p.Name)
			case *ToolResult:
				f(p.Name)
			}
		}
	}
}

func (n Names) renamed(r *Request) *Request {
	out := *r
	out.Tools = slices.Clone(r.Tools)
	for i := range out.Tools {
		if t := &out.Tools[i]; t.Kind != ToolServer {
			t.Name = to(n.there, t.Name)
		}
	}
	if r.ToolChoice != nil {
		c := *r.ToolChoice
		c.Names = slices.Clone(c.Names)
		for i, name := range c.Names {
			c.Names[i] = to(n.there, name)
		}
		out.ToolChoice = &c
	}
	out.Messages = slices.Clone(r.Messages)
	for i := range out.Messages {
		m := &out.Messages[i]
		m.Parts = slices.Clone(m.Parts)
		for k, p := range m.Parts {
			switch p := p.(type) {
			case *ToolCall:
				c := *p
				c.Name = to(n.there, c.Name)
				m.Parts[k] = &c
			case *ToolResult:
				c := *p
				c.Name = to(n.there, c.Name)
				m.Parts[k] = &c
			}
		}
	}
	return &out
}

// Back gives the calls of an answer the client's names.
func (n Names) Back(r *Response) {
	if r == nil {
		return
	}
	for _, c := range r.Choices {
		for _, p := range c.Parts {
			if call, ok := p.(*ToolCall); ok {
				call.Name = to(n.here, call.Name)
			}
		}
	}
}

// BackStream is Back for an answer that comes in events.
func (n Names) BackStream(s Stream) Stream {
	if len(n.here) == 0 {
		return s
	}
	return func(yield func(Event, error) bool) {
		for event, err := range s {
			if start, ok := event.(PartStart); ok {
				if call, ok := start.Part.(*ToolCall); ok {
					c := *call
					c.Name = to(n.here, c.Name)
					start.Part = &c
					event = start
				}
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

func to(names map[string]string, name string) string {
	if other, ok := names[name]; ok {
		return other
	}
	return name
}
