package protocol_test

import (
	"encoding/json"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
)

// FuzzDecodeError: whatever a provider refuses with, the client reads an error
// of some kind, in JSON of its own dialect.
func FuzzDecodeError(f *testing.F) {
	f.Add(400, `{"error":{"message":"m","type":"t","param":"messages[0].content","code":"string_above_max_length"}}`)
	f.Add(500, `[{"error":{"code":400,"message":"The input token count (2) exceeds the maximum number of tokens allowed (1).","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}]}}]`)
	f.Add(429, `{"type":"error","error":{"type":"rate_limit_error","message":"m"}}`)
	f.Add(404, `{"error":"Item with id 'rs_1' not found."}`)
	f.Add(502, `<html>`)
	f.Add(400, ``)
	f.Fuzz(func(t *testing.T, status int, text string) {
		if status < 400 || status > 599 {
			return // no other is an error answer
		}
		for _, d := range llm.Dialects() {
			e := protocol.For(d).DecodeError(status, []byte(text))
			if e.Kind == "" || e.Message == "" || e.Source != llm.FromUpstream || e.Status < 400 || e.Status > 599 {
				t.Fatalf("%s: %+v", d, e)
			}
			for _, client := range llm.Dialects() {
				if out := protocol.For(client).EncodeError(e, "r"); !json.Valid(out) {
					t.Fatalf("%s to %s: %s", d, client, out)
				}
			}
		}
	})
}

// FuzzDecodeCount: nonsense is no count, and no harm.
func FuzzDecodeCount(f *testing.F) {
	f.Add(`{"input_tokens":7}`)
	f.Add(`{"totalTokens":7}`)
	f.Add(`{"input_tokens":"7"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range llm.Dialects() {
			c := protocol.CounterFor(d)
			if c == nil {
				continue
			}
			if n, ok := c.DecodeCount([]byte(text)); ok && !json.Valid(c.EncodeCount(n)) {
				t.Fatalf("%s: %s", d, c.EncodeCount(n))
			}
		}
	})
}

// FuzzDecodeEmbed: vectors are asked for and given in three dialects.
func FuzzDecodeEmbed(f *testing.F) {
	f.Add(`{"model":"m","input":["a",[1,2]],"dimensions":3}`)
	f.Add(`{"requests":[{"content":{"parts":[{"text":"a"}]}}]}`)
	f.Add(`{"data":[{"index":0,"embedding":"AACAPw=="}],"usage":{"prompt_tokens":1}}`)
	f.Add(`{"embeddings":[{"values":[1]}],"embedding":{"values":[1]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, op := range []llm.Operation{llm.Embeddings, llm.OllamaEmbed, llm.OllamaEmbeddings, llm.GeminiEmbed, llm.GeminiEmbedBatch} {
			for _, d := range llm.Dialects() {
				c := protocol.EmbedderFor(d)
				if c == nil {
					continue
				}
				if asked, err := c.DecodeEmbedRequest(op, []byte(text)); err == nil {
					if out, _, err := c.EncodeEmbedRequest(asked); err == nil && json.Valid([]byte(text)) && !json.Valid(out) {
						t.Fatalf("%s: %s", d, out)
					}
				}
				if answer, err := c.DecodeEmbedResponse([]byte(text)); err == nil {
					if out, err := c.EncodeEmbedResponse(op, answer, &llm.EmbedRequest{}); err == nil && !json.Valid(out) {
						t.Fatalf("%s: %s", d, out)
					}
				}
			}
		}
	})
}
