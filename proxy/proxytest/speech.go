package proxytest

import (
	"fmt"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Speech is how a client of a dialect asks, and how a provider answers it. Texts
// go into it as they are: what would need quoting in JSON has no place in them.
type Speech struct {
	Name    string
	Dialect llm.Dialect
	// Ask is a request for a model, below the proxy's URL.
	Ask func(model string, stream bool) (path, body string)
	// Whole is an answer that is no stream.
	Whole func(text string) string
	// Told is the same answer as a stream, one event for each word.
	Told func(words ...string) Told
	// Refusal is the body of an error answer.
	Refusal func(status int, message string) string
	// Failure is an error event.
	Failure func(message string) string
}

// Told is an answer as the events of a stream.
type Told struct {
	Preamble []string // says that an answer begins, and nothing of it
	Words    []string
	Finish   []string // ends with the finish reason, where the dialect has one
	Usage    []string // told because the proxy asked for it, and not passed on
	Last     []string // the dialect's last word, where it has one
}

// Sent is what the provider sends.
func (s Told) Sent() []string {
	var out []string
	for _, part := range [][]string{s.Preamble, s.Words, s.Finish, s.Usage, s.Last} {
		out = append(out, part...)
	}
	return out
}

// Heard is what reaches a client of the same dialect.
func (s Told) Heard() string {
	s.Usage = nil
	return Join(s.Sent())
}

// Speeches are the dialects in which the faults are told.
func Speeches() []Speech {
	return []Speech{chatSpeech(), responsesSpeech(), messagesSpeech(), geminiSpeech()}
}

func asked(stream bool, rest string) string {
	if stream {
		return `{"stream":true,` + rest
	}
	return "{" + rest
}

func event(name, data string) string { return "event: " + name + "\ndata: " + data + "\n\n" }

func chatSpeech() Speech {
	refusal := func(message, kind string) string {
		return `{"error":{"message":"` + message + `","type":"` + kind + `","param":null,"code":null}}`
	}
	return Speech{
		Name: "chat", Dialect: llm.OpenAI,
		Ask: func(model string, stream bool) (path, body string) {
			return "/v1/chat/completions", asked(stream, `"model":"`+model+`","messages":[{"role":"user","content":"hi"}]}`)
		},
		Whole: func(text string) string { return strings.Replace(Chat("TEXT"), "TEXT", text, 1) },
		Told: func(words ...string) Told {
			all := ChatStream(true)
			t := Told{Preamble: all[:1], Finish: all[1:2], Usage: all[2:3], Last: all[3:]}
			for _, w := range words {
				t.Words = append(t.Words, ChatFrame(`{"content":"`+w+`"}`))
			}
			return t
		},
		Refusal: func(status int, message string) string {
			kind := "server_error"
			if status == 429 {
				kind = "rate_limit_error"
			}
			return refusal(message, kind)
		},
		Failure: func(message string) string { return "data: " + refusal(message, "server_error") + "\n\n" },
	}
}

func responsesSpeech() Speech {
	object := func(status, output, usage string) string {
		return `{"id":"resp_1","object":"response","created_at":1700000000,"status":"` + status + `","model":"up","output":[` + output + `],"usage":` + usage + `}`
	}
	const usage = `{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":15}`
	item := func(status, content string) string {
		return `{"id":"msg_1","type":"message","status":"` + status + `","role":"assistant","content":[` + content + `]}`
	}
	part := func(text string) string { return `{"type":"output_text","text":"` + text + `","annotations":[]}` }
	at := func(kind string, n int, rest string) string {
		return event(kind, fmt.Sprintf(`{"type":%q,"sequence_number":%d,%s}`, kind, n, rest))
	}
	const where = `"item_id":"msg_1","output_index":0,"content_index":0,`
	return Speech{
		Name: "responses", Dialect: llm.Responses,
		Ask: func(model string, stream bool) (path, body string) {
			return "/v1/responses", asked(stream, `"model":"`+model+`","input":"hi"}`)
		},
		Whole: func(text string) string { return object("completed", item("completed", part(text)), usage) },
		Told: func(words ...string) Told {
			t := Told{Preamble: []string{
				at("response.created", 0, `"response":`+object("in_progress", "", "null")),
				at("response.in_progress", 1, `"response":`+object("in_progress", "", "null")),
				at("response.output_item.added", 2, `"output_index":0,"item":`+item("in_progress", "")),
				at("response.content_part.added", 3, where+`"part":`+part("")),
			}}
			n := len(t.Preamble)
			for _, w := range words {
				t.Words = append(t.Words, at("response.output_text.delta", n, where+`"delta":"`+w+`"`))
				n++
			}
			text := strings.Join(words, "")
			t.Finish = []string{
				at("response.output_text.done", n, where+`"text":"`+text+`"`),
				at("response.content_part.done", n+1, where+`"part":`+part(text)),
				at("response.output_item.done", n+2, `"output_index":0,"item":`+item("completed", part(text))),
			}
			t.Last = []string{at("response.completed", n+3, `"response":`+object("completed", item("completed", part(text)), usage))}
			return t
		},
		Refusal: func(status int, message string) string {
			kind, code := "server_error", "server_error"
			if status == 429 {
				kind, code = "rate_limit_error", "rate_limit_exceeded"
			}
			return `{"error":{"message":"` + message + `","type":"` + kind + `","param":null,"code":"` + code + `"}}`
		},
		Failure: func(message string) string {
			return event("error", `{"type":"error","sequence_number":9,"code":"server_error","message":"`+message+`","param":null}`)
		},
	}
}

func messagesSpeech() Speech {
	refusal := func(kind, message string) string {
		return `{"type":"error","error":{"type":"` + kind + `","message":"` + message + `"},"request_id":"req_up"}`
	}
	return Speech{
		Name: "messages", Dialect: llm.Anthropic,
		Ask: func(model string, stream bool) (path, body string) {
			return "/v1/messages", asked(stream, `"model":"`+model+`","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}`)
		},
		Whole: func(text string) string { return strings.Replace(Message("TEXT"), "TEXT", text, 1) },
		Told: func(words ...string) Told {
			all := MessageStream()
			t := Told{Preamble: all[:3], Finish: all[3:5], Last: all[5:]}
			for _, w := range words {
				t.Words = append(t.Words, event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`+w+`"}}`))
			}
			return t
		},
		Refusal: func(status int, message string) string {
			switch status {
			case 429:
				return refusal("rate_limit_error", message)
			case 529, 503:
				return refusal("overloaded_error", message)
			}
			return refusal("api_error", message)
		},
		Failure: func(message string) string { return event("error", refusal("overloaded_error", message)) },
	}
}

func geminiSpeech() Speech {
	const usage = `"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":15}`
	answer := func(text, rest string) string {
		return `{"candidates":[{"content":{"parts":[{"text":"` + text + `"}],"role":"model"},` + rest + `"index":0}],` + usage + `,"modelVersion":"up","responseId":"r1"}`
	}
	chunk := func(data string) string { return "data: " + data + "\r\n\r\n" }
	refusal := func(status int, message string) string {
		word := "INTERNAL"
		switch status {
		case 429:
			word = "RESOURCE_EXHAUSTED"
		case 503, 529:
			word = "UNAVAILABLE"
		}
		return fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":%q}}`, status, message, word)
	}
	return Speech{
		Name: "gemini", Dialect: llm.Gemini,
		Ask: func(model string, stream bool) (path, body string) {
			path = "/v1beta/models/" + model + ":generateContent"
			if stream {
				path = "/v1beta/models/" + model + ":streamGenerateContent?alt=sse"
			}
			return path, `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`
		},
		Whole: func(text string) string { return answer(text, `"finishReason":"STOP",`) },
		Told: func(words ...string) Told {
			t := Told{Preamble: []string{chunk(answer("", ""))}, Finish: []string{chunk(answer("", `"finishReason":"STOP",`))}}
			for _, w := range words {
				t.Words = append(t.Words, chunk(answer(w, "")))
			}
			return t
		},
		Refusal: refusal,
		Failure: func(message string) string { return chunk(refusal(503, message)) },
	}
}
