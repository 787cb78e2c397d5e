package responses

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// DecodeRequest reads a request of POST /v1/responses.
func (Codec) DecodeRequest(_ llm.Operation, text []byte) (*llm.Request, error) {
	if !json.Valid(text) {
		return nil, invalid("", "The request body is not valid JSON.")
	}
	root := gjson.ParseBytes(text)
	if !root.IsObject() {
		return nil, invalid("", "The request body must be a JSON object.")
	}
	d := requestDecoder{r: &llm.Request{Dialect: llm.Responses}}
	var err error
	root.ForEach(func(name, v gjson.Result) bool {
		err = d.member(name.Str, v)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	if d.instructions != nil {
		d.r.Messages = append([]llm.Message{{Role: llm.RoleSystem, Parts: []llm.Part{d.instructions}}}, d.r.Messages...)
	}
	for _, object := range []string{"text.", "reasoning.", "include"} {
		for _, f := range d.late {
			if strings.HasPrefix(f.Name, object) {
				d.r.Extra = append(d.r.Extra, f)
			}
		}
	}
	return d.r, nil
}

// requestDecoder gathers a request.
type requestDecoder struct {
	r            *llm.Request
	instructions *llm.Text
	// late are the fields that are written with those the neutral form has: after
	// all others.
	late []llm.Field
}

// member reads one top-level member. An explicit null is the provider's own
// default, as if the member were not there.
func (d *requestDecoder) member(name string, v gjson.Result) (err error) {
	r := d.r
	if !there(v) {
		return nil
	}
	switch name {
	case "model":
		r.Model, err = str(name, v)
	case "instructions":
		d.instructions = &llm.Text{}
		d.instructions.Text, err = str(name, v)
	case "input":
		err = d.input(v)
	case "tools":
		r.Tools, err = decodeTools(v)
	case "tool_choice":
		d.toolChoice(v)
	case "parallel_tool_calls":
		r.ParallelTools, err = boolean(name, v)
	case "max_output_tokens":
		r.MaxTokens, err = integer(name, v)
	case "temperature":
		r.Temperature, err = number(name, v)
	case "top_p":
		r.TopP, err = number(name, v)
	case "top_logprobs":
		err = d.topLogprobs(name, v)
	case "include":
		d.include(v)
	case "text":
		err = d.text(v)
	case "reasoning":
		d.reasoning(v)
	case "service_tier":
		r.ServiceTier, err = str(name, v)
	case "user":
		r.User, err = str(name, v)
	case "prompt_cache_key":
		r.CacheKey, err = str(name, v)
	case "metadata":
		d.metadata(v)
	case "stream":
		r.Stream = v.Bool()
	default:
		d.extra(name, v)
	}
	return err
}

// extra keeps what the neutral form has no place for.
func (d *requestDecoder) extra(name string, v gjson.Result) {
	d.r.Extra = append(d.r.Extra, llm.Field{Name: name, Raw: json.RawMessage(v.Raw)})
}

// beside is extra for a member, with a dotted name, of an object whose other
// members have a place.
func (d *requestDecoder) beside(name string, v gjson.Result) {
	d.late = append(d.late, llm.Field{Name: name, Raw: json.RawMessage(v.Raw)})
}

func str(name string, v gjson.Result) (string, error) {
	if v.Type != gjson.String {
		return "", invalid(name, "Invalid type for '%s': expected a string.", name)
	}
	return v.Str, nil
}

func boolean(name string, v gjson.Result) (*bool, error) {
	if !v.IsBool() {
		return nil, invalid(name, "Invalid type for '%s': expected true or false.", name)
	}
	b := v.Bool()
	return &b, nil
}

func integer(name string, v gjson.Result) (*int64, error) {
	n, ok := whole(v)
	if !ok {
		return nil, invalid(name, "Invalid type for '%s': expected an integer.", name)
	}
	return &n, nil
}

func number(name string, v gjson.Result) (*float64, error) {
	if v.Type != gjson.Number {
		return nil, invalid(name, "Invalid type for '%s': expected a number.", name)
	}
	f := v.Num
	return &f, nil
}

func (d *requestDecoder) topLogprobs(name string, v gjson.Result) error {
	n, err := integer(name, v)
	if err != nil {
		return err
	}
	d.r.TopLogprobs = int(*n)
	return nil
}

// include keeps the list as it came, so that it can be sent as it came.
func (d *requestDecoder) include(v gjson.Result) {
	v.ForEach(func(_, item gjson.Result) bool {
		d.r.Logprobs = d.r.Logprobs || item.Str == includeLogprobs
		return true
	})
	d.beside("include", v)
}

func (d *requestDecoder) text(v gjson.Result) (err error) {
	v.ForEach(func(name, v gjson.Result) bool {
		switch {
		case name.Str == "verbosity":
			d.r.Verbosity = v.Str
		case name.Str == "format":
			d.r.Format, err = decodeFormat(v)
		case there(v):
			d.beside("text."+name.Str, v)
		}
		return err == nil
	})
	return err
}

// decodeFormat reads text.format, which is flat where Chat Completions nests.
func decodeFormat(v gjson.Result) (*llm.Format, error) {
	f := &llm.Format{Kind: llm.FormatKind(v.Get("type").Str)}
	switch f.Kind {
	case llm.FormatText, llm.FormatJSON:
		return f, nil
	case llm.FormatSchema:
	case "":
		return nil, nil //nolint:nilnil // no format is the provider's default
	default:
		return nil, invalid("text.format.type", "Invalid value for 'text.format.type': '%s'. Supported values are 'text', 'json_object' and 'json_schema'.",
			llm.Clip(string(f.Kind)))
	}
	if inner := v.Get("json_schema"); inner.IsObject() {
		v = inner
	}
	f.Name, f.Description, f.Schema = v.Get("name").Str, v.Get("description").Str, rawOf(v.Get("schema"))
	if strict := v.Get("strict"); strict.IsBool() {
		b := strict.Bool()
		f.Strict = &b
	}
	if f.Schema == nil {
		return nil, invalid("text.format.schema", "Missing required parameter: 'text.format.schema'.")
	}
	return f, nil
}

// reasoning reads how hard to think. A summary that is asked for is to be shown;
// generate_summary is its old name.
func (d *requestDecoder) reasoning(v gjson.Result) {
	t := &llm.Thinking{}
	v.ForEach(func(name, v gjson.Result) bool {
		switch {
		case !there(v):
		case name.Str == "effort":
			t.Effort = llm.Effort(v.Str)
		case name.Str == "summary" || name.Str == "generate_summary":
			t.Summary = v.Str
		default:
			d.beside("reasoning."+name.Str, v)
		}
		return true
	})
	if t.Summary != "" {
		show := true
		t.Show = &show
	}
	if *t != (llm.Thinking{}) {
		d.r.Thinking = t
	}
}

func (d *requestDecoder) metadata(v gjson.Result) {
	plain := v.IsObject()
	m := map[string]string{}
	v.ForEach(func(name, v gjson.Result) bool {
		plain = plain && v.Type == gjson.String
		m[name.Str] = v.Str
		return true
	})
	switch {
	case !plain:
		d.extra("metadata", v)
	case len(m) > 0:
		d.r.Metadata = m
	}
}

// input reads a text or a list of items.
func (d *requestDecoder) input(v gjson.Result) (err error) {
	switch {
	case v.Type == gjson.String:
		d.add(llm.RoleUser, &llm.Text{Text: v.Str})
	case v.IsArray():
		i := 0
		v.ForEach(func(_, item gjson.Result) bool {
			err = d.item(item, fmt.Sprintf("input[%d]", i))
			i++
			return err == nil
		})
	default:
		err = invalid("input", "Invalid type for 'input': expected a string or a list of items.")
	}
	return err
}

// add appends parts. The items of one turn of the assistant, and the results
// that answer it, are one message each.
func (d *requestDecoder) add(role llm.Role, parts ...llm.Part) {
	if n := len(d.r.Messages); n > 0 && (role == llm.RoleAssistant || role == llm.RoleTool) {
		if last := &d.r.Messages[n-1]; last.Role == role {
			last.Parts = append(last.Parts, parts...)
			return
		}
	}
	d.r.Messages = append(d.r.Messages, llm.Message{Role: role, Parts: parts})
}

func (d *requestDecoder) item(v gjson.Result, param string) error {
	if !v.IsObject() {
		return invalid(param, "Invalid type for '%s': expected an item.", param)
	}
	switch kind := v.Get("type").Str; kind {
	case "":
		if !v.Get("role").Exists() {
			return reference(param)
		}
		return d.message(v, param)
	case itemMessage:
		return d.message(v, param)
	case itemReference:
		return reference(param)
	case itemReasoning:
		parts, rider := decodeReasoning(v)
		if rider != nil {
			d.mount(rider)
		} else if len(parts) > 0 {
			d.add(llm.RoleAssistant, parts...)
		}
	case itemFunctionCall, itemCustomCall:
		call := decodeCall(v)
		call.Arguments = arguments(v)
		if call.Name == "" {
			return missing(param + ".name")
		}
		d.add(llm.RoleAssistant, call)
	case itemOutput, itemCustomOutput:
		return d.result(v, param)
	default:
		if runsAtClient(kind) {
			return d.atClient(v, param)
		}
		parts := decodeServer(v)
		if _, ok := parts[0].(*llm.ServerResult); ok {
			d.add(llm.RoleTool, parts...)
		} else {
			d.add(llm.RoleAssistant, parts...)
		}
	}
	return nil
}

// atClient reads a call, or the output, of a tool that the client runs and does
// not describe.
func (d *requestDecoder) atClient(v gjson.Result, param string) error {
	switch {
	case pairID(v) == "":
		return missing(param + ".call_id")
	case strings.HasSuffix(v.Get("type").Str, "_output"):
		d.add(llm.RoleTool, clientResult(v))
	default:
		d.add(llm.RoleAssistant, clientCall(v))
	}
	return nil
}

func missing(param string) *llm.Error {
	e := invalid(param, "Missing required parameter: '%s'.", param)
	e.Code = "missing_required_parameter"
	return e
}

// reference refuses an item that is only named: what it stands for is kept by
// the provider that made it.
func reference(param string) *llm.Error {
	return invalid(param, "The item at %s refers to one by its id, which this model's provider cannot look up: send the item itself, or continue with previous_response_id.", param)
}

// mount puts a seal back on what it belongs to, in the turn at hand.
func (d *requestDecoder) mount(r *rider) {
	n := len(d.r.Messages)
	if n == 0 || d.r.Messages[n-1].Role != llm.RoleAssistant {
		return
	}
	parts := d.r.Messages[n-1].Parts
	for i := len(parts) - 1; i >= 0; i-- {
		switch p := parts[i].(type) {
		case *llm.ToolCall:
			if r.callID != "" && p.ID == r.callID {
				p.Seal = r.seal
				return
			}
		case *llm.Text:
			if r.callID == "" {
				p.Seal = r.seal
				return
			}
		}
	}
}
