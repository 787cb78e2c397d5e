package openai

import (
	"bytes"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// ObserveFrame reads a chat.completion.chunk or a piece of a text_completion.
func (Codec) ObserveFrame(data []byte, o *llm.Observation) llm.Sighting {
	if len(data) == 0 {
		return llm.Sighting{}
	}
	if data[0] != '{' {
		if bytes.Equal(bytes.TrimSpace(data), []byte("[DONE]")) {
			o.Done = true
			return llm.Sighting{Content: true, Last: true}
		}
		return llm.Sighting{}
	}
	if plainText(data, o) {
		o.Begin(0)
		o.Done = false
		o.Content = true
		o.Deltas++
		return llm.Sighting{Content: true}
	}
	var s llm.Sighting
	choices, empty := 0, true
	gjson.ParseBytes(data).ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "choices":
			entries(value, func(choice gjson.Result) {
				choices++
				s.Content = observeChoice(choice, o) || s.Content
			})
			empty = choices == 0
		case "usage":
			if value.IsObject() {
				o.Usage = readUsage(value)
				s.UsageOnly = true
			}
		case "x_groq":
			if usage := value.Get("usage"); usage.IsObject() {
				o.Usage = readUsage(usage)
			}
		case "error":
			if value.Type != gjson.Null {
				s.Err = streamError(value)
			}
		case "type":
			if value.Str == "error" && s.Err == nil {
				s.Err = streamError(gjson.ParseBytes(data))
			}
		}
		return true
	})
	s.UsageOnly = s.UsageOnly && empty
	if s.Err != nil {
		o.Err = s.Err
	}
	if s.Content {
		o.Content = true
		o.Deltas++
	}
	return s
}

// plainText recognises the event that a stream mostly consists of, one more
// piece of the first choice's text and nothing else, without parsing it.
func plainText(data []byte, o *llm.Observation) bool {
	if text, ok := o.Between(data); ok {
		// A quote or a backslash may end the text elsewhere than it seems.
		return len(text) > 0 && bytes.IndexByte(text, '"') < 0 && text[len(text)-1] != '\\'
	}
	// Quotes inside a JSON string are escaped, so that a quoted word followed
	// by a colon is a name.
	_, rest, ok := bytes.Cut(data, []byte(`"content":"`))
	if !ok { // a completion
		_, rest, ok = bytes.Cut(data, []byte(`"text":"`))
	}
	end := bytes.IndexByte(rest, '"')
	if !ok || end <= 0 || rest[end-1] == '\\' || !bytes.Contains(data, []byte(`"index":0,`)) {
		return false
	}
	for _, name := range []string{`"usage":{`, `"usage": `, `"error"`, `"finish_reason":"`, `"finish_reason": `, `"tool_calls"`, `"type"`} {
		if bytes.Contains(data, []byte(name)) {
			return false
		}
	}
	o.Remember(data[:len(data)-len(rest)], rest[end:])
	return true
}

// observeChoice reads one choice and reports whether it carries content or a
// finish reason. A delta with nothing but a role is preamble.
func observeChoice(choice gjson.Result, o *llm.Observation) bool {
	content, index, ended := false, 0, false
	choice.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "index":
			index = int(value.Int())
		case "finish_reason":
			if value.Type == gjson.String && value.Str != "" {
				o.StopReason = value.Str
				content, ended = true, true
			}
		case "delta", "message":
			if observeDelta(value, o) {
				content = true
			}
		case "text": // of a completion
			content = content || carries(value)
		case "usage": // Kimi
			if value.IsObject() {
				o.Usage = readUsage(value)
			}
		}
		return true
	})
	if ended {
		o.End(index)
	} else if content {
		o.Begin(index)
		o.Done = false
	}
	return content
}

func observeDelta(delta gjson.Result, o *llm.Observation) bool {
	content := false
	delta.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "role":
		case "tool_calls":
			entries(value, func(call gjson.Result) {
				content = true
				// The first delta of a call names its function; later ones
				// only add arguments.
				if call.Get("function.name").Str != "" {
					o.ToolCalls++
				}
			})
		default:
			content = content || carries(value)
		}
		return true
	})
	return content
}

// entries visits a list. Some servers send null for an empty one.
func entries(v gjson.Result, visit func(gjson.Result)) {
	if v.IsArray() {
		v.ForEach(func(_, entry gjson.Result) bool {
			visit(entry)
			return true
		})
	}
}

// carries reports whether a delta field holds anything: providers send empty
// strings and nulls beside the role.
func carries(v gjson.Result) bool {
	switch v.Type {
	case gjson.String:
		return v.Str != ""
	case gjson.JSON:
		return len(v.Raw) > 2
	}
	return false
}

// ObserveBody reads a chat.completion, a text_completion or an embeddings
// answer.
func (Codec) ObserveBody(text []byte, o *llm.Observation) {
	o.Content, o.Done = true, true
	answer, err := body.Parse(text)
	if err != nil {
		return
	}
	if failure := answer.Get("error"); carries(failure) && !answer.HasPath("choices") && !answer.HasPath("data") {
		// Some servers report a failure with status 200.
		o.Err = streamError(failure)
		return
	}
	if usage := answer.Get("usage"); usage.IsObject() {
		o.Usage = readUsage(usage)
	}
	answer.Get("choices").ForEach(func(_, choice gjson.Result) bool {
		observeChoice(choice, o)
		return true
	})
	o.Done = true
}
