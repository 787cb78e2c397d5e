package responses

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// answer is a response object as far as it is known. The object repeats what was
// asked for (API reference, The response object), and the official SDKs take
// those members for granted.
type answer struct {
	asked   *llm.Request
	id      string
	model   string
	tier    string
	created time.Time
	items   []byte // the finished items of output, joined by commas
	usage   llm.Usage
	tools   []byte // asked.Tools as this dialect has them
	// groups, custom and types are the tools whose calls the client knows
	// otherwise; types has the types of those that nobody describes.
	groups map[string][2]string
	custom map[string]bool
	types  map[string]string
}

func newAnswer(asked *llm.Request) answer {
	if asked == nil {
		asked = &llm.Request{}
	}
	a := answer{asked: asked, model: asked.Model, tier: asked.ServiceTier, groups: namespaces(asked.Tools), custom: map[string]bool{}, types: map[string]string{}}
	own := asked.Dialect == llm.Responses
	var w writer
	for i := range asked.Tools {
		t := &asked.Tools[i]
		a.custom[t.Name] = t.Kind == llm.ToolCustom
		if tool := undescribed(t); tool != "" {
			a.types[t.Name] = tool
		}
		if t.Kind != llm.ToolServer || t.Dialect == llm.Responses {
			writeTool(&w, t, a.groups, own)
		}
	}
	a.tools = w.buf
	return a
}

// start notes how the answer is called. The id names the response for
// previous_response_id, so one without a name gets one that is no other's.
func (a *answer) start(s llm.Start) {
	a.id = s.ID
	if a.id == "" {
		a.id = strings.ToLower(rand.Text())
	}
	if !strings.HasPrefix(a.id, "resp_") {
		a.id = "resp_" + a.id
	}
	a.model = orElse(s.Model, a.model)
	a.tier = orElse(s.ServiceTier, a.tier)
	a.created = s.Created
	if a.created.IsZero() {
		a.created = time.Now()
	}
}

// itemID is the id of the item at a place of the output.
func (a *answer) itemID(prefix string, place int) string {
	return prefix + strings.TrimPrefix(a.id, "resp_") + "_" + strconv.Itoa(place)
}

// asksFor returns a member of the request that only this dialect knows.
func (a *answer) asksFor(name string) []byte {
	if a.asked.Dialect == llm.Responses {
		for _, f := range a.asked.Extra {
			if f.Name == name {
				return f.Raw
			}
		}
	}
	return nil
}

// write renders the response object. Incomplete is the reason why it is.
func (a *answer) write(w *writer, name, status, incomplete string, failure *llm.Error) {
	r := a.asked
	w.object(name)
	w.str("id", a.id)
	w.str("object", "response")
	w.int("created_at", a.created.Unix())
	w.str("status", status)
	a.echo(w, "background", "false")
	a.outcome(w, incomplete, failure)
	a.instructions(w)
	writeInt(w, "max_output_tokens", r.MaxTokens)
	a.echo(w, "max_tool_calls", "null")
	w.str("model", a.model)
	w.list("output", a.items)
	w.bool("parallel_tool_calls", r.ParallelTools == nil || *r.ParallelTools)
	a.echo(w, "previous_response_id", "null")
	if conversation := a.asksFor("conversation"); conversation != nil {
		writeConversation(w, conversation)
	}
	if prompt := a.asksFor("prompt"); prompt != nil {
		w.raw("prompt", prompt)
	}
	w.orNull("prompt_cache_key", r.CacheKey)
	effort, summary := thinking(r.Thinking)
	w.object("reasoning")
	w.orNull("effort", effort)
	w.orNull("summary", summary)
	w.endObject()
	a.echo(w, "safety_identifier", "null")
	w.str("service_tier", orElse(a.tier, "auto"))
	a.echo(w, "store", "true")
	writeFloat(w, "temperature", r.Temperature)
	a.text(w)
	a.toolChoice(w)
	w.list("tools", a.tools)
	w.int("top_logprobs", int64(r.TopLogprobs))
	writeFloat(w, "top_p", r.TopP)
	a.echo(w, "truncation", `"disabled"`)
	writeUsage(w, a.usage)
	w.orNull("user", r.User)
	writeMetadata(w, r.Metadata)
	w.endObject()
}

// echo repeats a member of the request, or says the API's default.
func (a *answer) echo(w *writer, name, other string) {
	if raw := a.asksFor(name); raw != nil {
		w.raw(name, raw)
		return
	}
	w.raw(name, []byte(other))
}

func (a *answer) outcome(w *writer, incomplete string, failure *llm.Error) {
	if failure == nil {
		w.null("error")
	} else {
		w.object("error")
		w.str("code", failureCode(failure))
		w.str("message", failureMessage(failure))
		w.endObject()
	}
	if incomplete == "" {
		w.null("incomplete_details")
		return
	}
	w.object("incomplete_details")
	w.str("reason", incomplete)
	w.endObject()
}

// instructions repeats the text that was put before the conversation.
func (a *answer) instructions(w *writer) {
	if m := a.asked.Messages; len(m) > 0 && m[0].Role == llm.RoleSystem {
		if t, ok := only(m[0].Parts); ok {
			w.str("instructions", t.Text)
			return
		}
	}
	w.null("instructions")
}

func (a *answer) text(w *writer) {
	w.object("text")
	if f := a.asked.Format; f != nil {
		writeFormat(w, f)
	} else {
		writeFormat(w, &llm.Format{Kind: llm.FormatText})
	}
	w.text("verbosity", a.asked.Verbosity)
	w.endObject()
}

func (a *answer) toolChoice(w *writer) {
	if raw := a.asksFor("tool_choice"); raw != nil {
		w.raw("tool_choice", raw)
		return
	}
	c := a.asked.ToolChoice
	if c == nil || c.Mode == "" {
		c = &llm.ToolChoice{Mode: llm.ChooseAuto}
	}
	writeChoice(w, c, a.asked.Tools, a.groups)
}

// writeConversation writes the conversation's id, which may have been asked for
// as a string, as the object that an answer has.
func writeConversation(w *writer, raw []byte) {
	v := gjson.ParseBytes(raw)
	if v.IsObject() {
		w.raw("conversation", raw)
		return
	}
	w.object("conversation")
	w.str("id", v.Str)
	w.endObject()
}

func writeInt(w *writer, name string, v *int64) {
	if v == nil {
		w.null(name)
		return
	}
	w.int(name, *v)
}

// writeFloat writes a number whose default is 1.0.
func writeFloat(w *writer, name string, v *float64) {
	if v == nil {
		w.raw(name, []byte("1.0"))
		return
	}
	w.float(name, *v)
}

// writeUsage writes the counts. Input includes what was read from a cache or
// written to one.
func writeUsage(w *writer, u llm.Usage) {
	if !u.Known() {
		w.null("usage")
		return
	}
	w.object("usage")
	w.int("input_tokens", u.Prompt())
	w.object("input_tokens_details")
	w.int("cached_tokens", u.CacheRead)
	w.int("cache_write_tokens", u.CacheWrite)
	w.endObject()
	w.int("output_tokens", u.Output)
	w.object("output_tokens_details")
	w.int("reasoning_tokens", u.Reasoning)
	w.endObject()
	w.int("total_tokens", u.Total())
	w.endObject()
}

// readUsage splits the counts into classes that do not overlap.
func readUsage(v gjson.Result) llm.Usage {
	details := v.Get("input_tokens_details")
	u := llm.Usage{
		CacheRead:  details.Get("cached_tokens").Int(),
		CacheWrite: details.Get("cache_write_tokens").Int(),
		Output:     v.Get("output_tokens").Int(),
		Reasoning:  v.Get("output_tokens_details.reasoning_tokens").Int(),
	}
	u.Input = max(0, v.Get("input_tokens").Int()-u.CacheRead-u.CacheWrite)
	return u
}

// outcomeOf says how a response ends for a reason: its status, and why it is
// incomplete.
func outcomeOf(reason llm.StopReason, refused bool) (status, incomplete string) {
	switch reason {
	case llm.StopLength, llm.StopContext:
		return "incomplete", "max_output_tokens"
	case llm.StopFilter:
		return "incomplete", "content_filter"
	case llm.StopPause:
		return "incomplete", "max_messages"
	case llm.StopTooBad:
		return "failed", ""
	case llm.StopRefusal:
		if !refused { // a guard stepped in: there is no refusal to read
			return "incomplete", "content_filter"
		}
	}
	return "completed", ""
}

// reasonOf says why a response ended.
func reasonOf(response gjson.Result, waiting, refused bool) llm.StopReason {
	incomplete := response.Get("incomplete_details.reason").Str
	status := response.Get("status").Str
	switch {
	case incomplete == "content_filter":
		return llm.StopFilter
	case incomplete == "max_output_tokens" || incomplete == "" && status == "incomplete":
		return llm.StopLength
	case incomplete != "" || status == "queued" || status == "in_progress":
		return llm.StopPause
	case waiting:
		return llm.StopTools
	case refused:
		return llm.StopRefusal
	}
	return llm.StopEnd
}
