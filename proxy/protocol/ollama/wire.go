package ollama

import (
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// answer is an answer of /api/chat or /api/generate, or one line of its stream:
// ChatResponse and GenerateResponse of api/types.go, which differ in where the
// text is.
type answer struct {
	model, created string
	text, thinking string
	// signature is ours: the seal of what another provider's model thought,
	// for clients that send messages back as they got them.
	signature string
	calls     gjson.Result
	images    []string
	logprobs  gjson.Result

	done   bool
	reason string
	usage  llm.Usage

	failure gjson.Result
	known   bool // something of it belongs to an answer
}

// readAnswer reads one object in one pass.
func readAnswer(v gjson.Result) answer {
	var a answer
	v.ForEach(func(key, value gjson.Result) bool {
		known := true
		switch key.Str {
		case "model":
			a.model = value.String()
		case "created_at":
			a.created = value.String()
		case "message":
			a.message(value)
		case "response":
			a.text = value.String()
		case "image":
			a.image(value)
		case "done":
			a.done = value.Bool()
		case "done_reason":
			a.reason = value.String()
		case "prompt_eval_count":
			a.usage.Input = max(0, value.Int())
		case "eval_count":
			a.usage.Output = max(0, value.Int())
		case "logprobs":
			a.logprobs = value
		case "error":
			a.failure = value
		default:
			known = a.spoken(key.Str, value)
		}
		a.known = a.known || known && key.Str != "model" && key.Str != "created_at"
		return true
	})
	return a
}

// message reads the message of /api/chat.
func (a *answer) message(v gjson.Result) {
	v.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "content":
			a.text = value.String()
		case "images":
			value.ForEach(func(_, image gjson.Result) bool {
				a.image(image)
				return true
			})
		default:
			a.spoken(key.Str, value)
		}
		return true
	})
}

// spoken reads what stands in the message of one operation and at the top of
// the other.
func (a *answer) spoken(name string, value gjson.Result) bool {
	switch name {
	case "thinking":
		a.thinking = value.String()
	case "signature":
		a.signature = value.String()
	case "tool_calls":
		a.calls = value
	default:
		return false
	}
	return true
}

func (a *answer) image(v gjson.Result) {
	if v.Type == gjson.String && v.Str != "" {
		a.images = append(a.images, v.Str)
	}
}

// content reports whether the model has said something.
func (a *answer) content() bool {
	return a.text != "" || a.thinking != "" || len(a.images) > 0 || a.callCount() > 0
}

func (a *answer) callCount() int {
	if !a.calls.IsArray() {
		return 0
	}
	return int(a.calls.Get("#").Int())
}

// when is the time of the answer, or of the stream's line.
func (a *answer) when() time.Time {
	t, err := time.Parse(time.RFC3339Nano, a.created)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// id makes up what the dialect does not give: a name of the answer, the same
// whenever it is read if only the answer says when it was made.
func (a *answer) id() string {
	t := a.when()
	if t.IsZero() {
		return llm.NewID()
	}
	return strconv.FormatInt(t.UnixNano(), 36)
}

// call is a tool call as a message has it: ToolCall of api/types.go.
type call struct {
	id, name  string
	arguments string // a JSON object as text
	seal      llm.Seal
}

// readCall reads one element of tool_calls. Arguments are an object here;
// clients that translate from other dialects send them as text.
func readCall(v gjson.Result) call {
	var c call
	v.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "id":
			c.id = value.String()
		case "signature":
			c.seal = llm.Unwrap(llm.Ollama, value.String())
		case "function":
			c.name = value.Get("name").String()
			switch arguments := value.Get("arguments"); arguments.Type {
			case gjson.JSON:
				c.arguments = arguments.Raw
			case gjson.String:
				c.arguments = arguments.Str
			}
		}
		return true
	})
	return c
}

// readLogprobs reads Logprob of api/types.go.
func readLogprobs(v gjson.Result) []llm.Logprob {
	if !v.IsArray() {
		return nil
	}
	var out []llm.Logprob
	v.ForEach(func(_, value gjson.Result) bool {
		p := llm.Logprob{Token: value.Get("token").String(), Logprob: value.Get("logprob").Float()}
		value.Get("bytes").ForEach(func(_, b gjson.Result) bool {
			p.Bytes = append(p.Bytes, byte(b.Int()))
			return true
		})
		p.Top = readLogprobs(value.Get("top_logprobs"))
		out = append(out, p)
		return true
	})
	return out
}

func (w *writer) logprobs(name string, all []llm.Logprob) {
	if len(all) == 0 {
		return
	}
	w.list(name)
	for i := range all {
		w.open('{')
		w.text("token", all[i].Token)
		w.decimal("logprob", all[i].Logprob)
		if len(all[i].Bytes) > 0 {
			w.list("bytes")
			for _, b := range all[i].Bytes {
				w.next()
				w.b = strconv.AppendInt(w.b, int64(b), 10)
			}
			w.shut(']')
		}
		w.logprobs("top_logprobs", all[i].Top)
		w.shut('}')
	}
	w.shut(']')
}
