package gemini

import (
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// maxCandidates bounds the index of a candidate; the API gives at most 8.
const maxCandidates = 64

func itoa(n int) string { return strconv.Itoa(n) }

// DecodeResponse reads a GenerateContentResponse, or the array of them that a
// stream is without alt=sse.
func (c Codec) DecodeResponse(text []byte) (*llm.Response, error) {
	if !json.Valid(text) {
		return nil, broken("The provider's answer is not valid JSON.")
	}
	v := gjson.ParseBytes(text)
	if v.IsArray() {
		return llm.Collect(c.DecodeStream(elements(v)))
	}
	h := readHead(v)
	if h.failure.IsObject() {
		return nil, streamError(h.failure)
	}
	r := &llm.Response{ID: h.id, Model: h.model, Created: h.created, ServiceTier: h.tier}
	r.Usage = readUsage(h.usage)
	list(h.candidates, func(i int, candidate gjson.Result) {
		at := candidateIndex(candidate, i)
		if at < 0 {
			return
		}
		for len(r.Choices) <= at {
			r.Choices = append(r.Choices, llm.Choice{})
		}
		r.Choices[at] = readCandidate(candidate, h.id, at)
	})
	switch {
	case senseless(r.Choices):
		return nil, noCall()
	case len(r.Choices) > 0:
	case h.blocked != "":
		return nil, blockedPrompt(h.blocked)
	default:
		return nil, broken("The provider's answer has no candidates and does not say why.")
	}
	return r, nil
}

// senseless reports whether all that the model has said is a call of a tool that
// made no sense. Other dialects would take that for an empty answer, and agents
// for the end of their work; another attempt mostly goes well.
func senseless(choices []llm.Choice) bool {
	for i := range choices {
		if choices[i].Reason != llm.StopTooBad || len(choices[i].Parts) > 0 {
			return false
		}
	}
	return len(choices) > 0
}

func noCall() *llm.Error {
	return &llm.Error{
		Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "malformed_function_call",
		Message: "The model said nothing but a tool call that makes no sense.", Source: llm.FromUpstream,
	}
}

func broken(message string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "upstream_nonsense",
		Message: message, Source: llm.FromUpstream,
	}
}

func elements(v gjson.Result) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		v.ForEach(func(_, chunk gjson.Result) bool { return yield([]byte(chunk.Raw), nil) })
	}
}

// head is what an answer says beside its candidates. A chunk of a stream has
// it too.
type head struct {
	id, model, tier, blocked string
	created                  time.Time
	candidates, usage        gjson.Result
	failure                  gjson.Result
}

func readHead(v gjson.Result) head {
	var h head
	each(v, func(name string, value gjson.Result) {
		switch name {
		case "responseId":
			h.id = value.String()
		case "modelVersion":
			h.model = value.String()
		case "createTime":
			h.created, _ = time.Parse(time.RFC3339Nano, value.String()) // no time is no matter
		case "candidates":
			h.candidates = value
		case "usageMetadata":
			h.usage = value
			h.tier = member(value, "serviceTier").String()
		case "error":
			h.failure = value
		case "promptFeedback":
			if reason := member(value, "blockReason").String(); reason != "BLOCK_REASON_UNSPECIFIED" {
				h.blocked = reason
			}
		}
	})
	return h
}

// candidateIndex is where a candidate belongs, or -1. Position decides where
// the index is left out, which it is when zero.
func candidateIndex(v gjson.Result, position int) int {
	at := position
	if index := v.Get("index"); index.Type == gjson.Number {
		at = int(index.Int())
	}
	if at < 0 || at >= maxCandidates {
		return -1
	}
	return at
}

// candidate holds the members of a Candidate.
type candidate struct {
	parts, grounding, recited, logprobs gjson.Result
	finish                              string
}

func readMembers(v gjson.Result) candidate {
	var c candidate
	each(v, func(name string, value gjson.Result) {
		switch name {
		case "content":
			c.parts = member(value, "parts")
		case "finishReason":
			c.finish = value.String()
		case "groundingMetadata":
			c.grounding = value
		case "citationMetadata":
			c.recited = value
		case "logprobsResult":
			c.logprobs = value
		}
	})
	return c
}

func readCandidate(v gjson.Result, id string, at int) llm.Choice {
	c := readMembers(v)
	out := llm.Choice{Logprobs: readLogprobs(c.logprobs)}
	texts := map[int]*llm.Text{}
	var last *llm.Text
	calls := 0
	list(c.parts, func(i int, part gjson.Result) {
		p := readPart(part)
		switch p := p.(type) {
		case nil:
			return
		case *llm.Text:
			texts[i], last = p, p
		case *llm.ToolCall:
			nameCall(p, id, at, calls)
			calls++
		case *llm.ToolResult:
			return // no model gives one
		}
		out.Parts = append(out.Parts, p)
	})
	for _, cite := range readCitations(c.grounding, c.recited) {
		t := texts[cite.part]
		if t == nil {
			t = last
		}
		if t != nil {
			t.Citations = append(t.Citations, cite.within(t.Text, 0))
		}
	}
	if c.finish != "" {
		out.Reason = stopReason(c.finish, calls > 0, len(out.Parts) > 0)
	}
	return out
}

// nameCall gives a call without an id one that no other call of the
// conversation has.
func nameCall(c *llm.ToolCall, response string, choice, n int) {
	if c.ID != "" {
		return
	}
	if response == "" {
		response = llm.NewID() // the same call may be made again
	}
	c.ID = "call_" + llm.SafeID(response, 48) + "_" + itoa(n)
	if choice > 0 {
		c.ID += "_" + itoa(choice)
	}
}

// stopReason reads a FinishReason. STOP is said of calls as well.
func stopReason(word string, calls, content bool) llm.StopReason {
	switch word {
	case "MAX_TOKENS", "CONTINUATION":
		return llm.StopLength
	case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
		"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION":
		return llm.StopFilter
	case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE":
		return llm.StopTooBad
	case "STOP":
	default: // OTHER, and what is not known yet
		if !content {
			return llm.StopFilter
		}
	}
	if calls {
		return llm.StopTools
	}
	return llm.StopEnd
}

// finishReason writes a stop reason. The API has no word for a stop sequence.
func finishReason(r llm.StopReason) string {
	switch r {
	case llm.StopLength, llm.StopContext, llm.StopPause:
		return "MAX_TOKENS"
	case llm.StopFilter, llm.StopRefusal:
		return "SAFETY"
	case llm.StopTooBad:
		return "MALFORMED_FUNCTION_CALL"
	}
	return "STOP"
}

// readUsage splits the API's counts into classes that do not overlap: the
// prompt includes what was cached but not what tools have added, and the
// candidates do not include thoughts.
func readUsage(v gjson.Result) llm.Usage {
	var u llm.Usage
	var prompt, tools, candidates int64
	each(v, func(name string, value gjson.Result) {
		switch name {
		case "promptTokenCount":
			prompt = value.Int()
		case "cachedContentTokenCount":
			u.CacheRead = value.Int()
		case "toolUsePromptTokenCount":
			tools = value.Int()
		case "candidatesTokenCount":
			candidates = value.Int()
		case "thoughtsTokenCount":
			u.Reasoning = value.Int()
		}
	})
	u.Input = max(0, prompt-u.CacheRead) + tools
	u.Output = candidates + u.Reasoning
	return u
}

func readLogprobs(v gjson.Result) []llm.Logprob {
	var out []llm.Logprob
	list(member(v, "chosenCandidates"), func(_ int, c gjson.Result) { out = append(out, readLogprob(c)) })
	list(member(v, "topCandidates"), func(i int, step gjson.Result) {
		if i >= len(out) {
			return
		}
		list(member(step, "candidates"), func(_ int, c gjson.Result) { out[i].Top = append(out[i].Top, readLogprob(c)) })
	})
	return out
}

func readLogprob(v gjson.Result) llm.Logprob {
	return llm.Logprob{Token: member(v, "token").String(), Logprob: member(v, "logProbability").Float()}
}
