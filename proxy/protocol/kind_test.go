package protocol_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
)

// What servers say of a prompt that is too long, and of one that they do not
// allow, is told from other mistakes: another model may take it.
func TestKindsOfRefusal(t *testing.T) {
	openai := func(message, kind, param, code string) string {
		text, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": kind, "param": param, "code": code}})
		return string(text)
	}
	claude := func(kind, message string) string {
		text, _ := json.Marshal(map[string]any{"type": "error", "error": map[string]string{"type": kind, "message": message}})
		return string(text)
	}
	google := func(message string) string {
		text, _ := json.Marshal(map[string]any{"error": map[string]any{"code": 400, "message": message, "status": "INVALID_ARGUMENT"}})
		return string(text)
	}
	const invalid = "invalid_request_error"
	both := []llm.Dialect{llm.OpenAI, llm.Responses}
	for _, c := range []struct {
		dialects []llm.Dialect
		status   int
		text     string
		want     llm.Kind
	}{
		{both, 400, openai("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", invalid, "messages", "context_length_exceeded"), llm.KindContextLength},
		{both, 400, openai("Your input exceeds the context window of this model. Please adjust your input and try again.", invalid, "input", "context_length_exceeded"), llm.KindContextLength},
		{both, 400, openai("Invalid 'messages[1].content': string too long.", invalid, "messages[1].content", "string_above_max_length"), llm.KindContextLength},
		{both, 400, openai("Invalid 'input': string too long.", invalid, "input", "string_above_max_length"), llm.KindContextLength},
		{both, 400, openai("Invalid 'user': string too long.", invalid, "user", "string_above_max_length"), llm.KindInvalid},
		{both, 400, openai("Invalid 'tools[0].function.name': string too long.", invalid, "tools[0].function.name", "string_above_max_length"), llm.KindInvalid},
		{both, 500, `{"error":{"code":500,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"exceed_context_size_error","n_prompt_tokens":1407,"n_ctx":256}}`, llm.KindContextLength},
		{both, 400, `{"error":{"code":400,"message":"request (1407 tokens) is too long","type":"exceed_context_size_error"}}`, llm.KindContextLength},
		{both, 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).","type":"BadRequestError","param":null,"code":400}`, llm.KindContextLength},
		{both, 400, openai("The decoder prompt (length 5000) is longer than the maximum model length of 4096.", "BadRequestError", "", ""), llm.KindContextLength},
		{both, 413, openai("Please reduce the length of the messages or completion.", invalid, "messages", ""), llm.KindContextLength},
		{both, 400, openai("prompt token count of 70000 exceeds the limit of 64000", "", "", "model_max_prompt_tokens_exceeded"), llm.KindContextLength},
		{both, 413, openai("Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again.", "tokens", "", "rate_limit_exceeded"), llm.KindTooLarge},
		{both, 429, openai("maximum context length", "", "", ""), llm.KindRateLimit},
		{both, 400, openai("max_tokens is too large: 100000. This model supports at most 16384 completion tokens.", invalid, "max_tokens", "invalid_value"), llm.KindInvalid},
		{both, 400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, llm.KindContentPolicy},
		{both, 400, openai("Your request was rejected as a result of our safety system.", "image_generation_user_error", "", "content_policy_violation"), llm.KindContentPolicy},
		{both, 400, openai("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", invalid, "", "invalid_prompt"), llm.KindContentPolicy},
		{both, 400, openai("Invalid prompt.", invalid, "", "invalid_prompt"), llm.KindInvalid},
		{both, 400, openai("Content Exists Risk", invalid, "", "invalid_request_error"), llm.KindContentPolicy},
		{both, 403, openai("Content violates usage guidelines.", "", "", ""), llm.KindContentPolicy},
		{both, 403, openai("You may not use this model.", "", "", ""), llm.KindPermission},

		{[]llm.Dialect{llm.Anthropic}, 400, claude(invalid, "prompt is too long: 213462 tokens > 200000 maximum"), llm.KindContextLength},
		{[]llm.Dialect{llm.Anthropic}, 400, claude(invalid, "input length and `max_tokens` exceed context limit: 198000 + 8192 > 200000, decrease input length or `max_tokens` and try again"), llm.KindContextLength},
		{[]llm.Dialect{llm.Anthropic}, 413, claude("request_too_large", "Request exceeds the maximum size"), llm.KindTooLarge},
		{[]llm.Dialect{llm.Anthropic}, 400, claude(invalid, "Output blocked by content filtering policy"), llm.KindContentPolicy},
		{[]llm.Dialect{llm.Anthropic}, 400, claude(invalid, "max_tokens: 300000 > 64000, which is the maximum allowed number of output tokens"), llm.KindInvalid},

		{[]llm.Dialect{llm.Gemini}, 400, google("The input token count (1200293) exceeds the maximum number of tokens allowed (1048576)."), llm.KindContextLength},
		{[]llm.Dialect{llm.Gemini}, 400, "[" + google("The input token count exceeds the maximum number of tokens allowed (131072).") + "]", llm.KindContextLength},
		{[]llm.Dialect{llm.Gemini}, 400, google("Invalid value at 'contents'"), llm.KindInvalid},

		{[]llm.Dialect{llm.Ollama}, 400, `{"error":"the input length exceeds the context length"}`, llm.KindContextLength},
		{[]llm.Dialect{llm.Ollama}, 400, `{"error":"prompt too long; exceeded max context length by 12 tokens"}`, llm.KindContextLength},
		{[]llm.Dialect{llm.Ollama}, 500, `{"error":"{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"exceed_context_size_error\"}}"}`, llm.KindContextLength},
		{[]llm.Dialect{llm.Ollama}, 500, `{"error":"model runner has unexpectedly stopped"}`, llm.KindServer},
	} {
		for _, d := range c.dialects {
			e := protocol.For(d).DecodeError(c.status, []byte(c.text))
			if e.Kind != c.want {
				t.Errorf("%s: %d %s: %q, want %q", d, c.status, c.text, e.Kind, c.want)
			}
			if e.Kind.Retryable() != c.want.Retryable() || e.Message == "" || e.Source != llm.FromUpstream {
				t.Errorf("%s: %+v", d, e)
			}
			if (c.want == llm.KindContextLength || c.want == llm.KindContentPolicy) && (e.Status < 400 || e.Status > 499) {
				t.Errorf("%s: status %d", d, e.Status)
			}
		}
	}
}

// In every dialect these errors are the request's fault, in the words by which
// that dialect's clients know them.
func TestRefusalsInEveryDialect(t *testing.T) {
	long := &llm.Error{Kind: llm.KindContextLength, Status: 400, Code: "invalid_request_error", Message: "It is 12 tokens too long.", Source: llm.FromUpstream}
	bad := &llm.Error{Kind: llm.KindContentPolicy, Status: 400, Message: "No.", Source: llm.FromUpstream}
	sealed := &llm.Error{Kind: llm.KindSignature, Status: 400, Message: "Whose thought is this?", Source: llm.FromUpstream}
	for _, c := range []struct {
		d    llm.Dialect
		e    *llm.Error
		path string
		want string
	}{
		{llm.OpenAI, long, "error.code", "context_length_exceeded"},
		{llm.OpenAI, long, "error.type", "invalid_request_error"},
		{llm.OpenAI, bad, "error.code", "content_filter"},
		{llm.OpenAI, bad, "error.type", "invalid_request_error"},
		{llm.OpenAI, sealed, "error.type", "invalid_request_error"},
		{llm.Responses, long, "error.code", "context_length_exceeded"},
		{llm.Responses, long, "error.type", "invalid_request_error"},
		{llm.Responses, bad, "error.code", "invalid_prompt"},
		{llm.Responses, sealed, "error.type", "invalid_request_error"},
		{llm.Anthropic, long, "error.type", "invalid_request_error"},
		{llm.Anthropic, long, "error.message", "prompt is too long: It is 12 tokens too long."},
		{llm.Anthropic, bad, "error.type", "invalid_request_error"},
		{llm.Gemini, long, "error.status", "INVALID_ARGUMENT"},
		{llm.Gemini, bad, "error.status", "INVALID_ARGUMENT"},
		{llm.Ollama, long, "error", "It is 12 tokens too long."},
	} {
		if got := gjson.GetBytes(protocol.For(c.d).EncodeError(c.e, "r"), c.path).Str; got != c.want {
			t.Errorf("%s %s of %s: %q, want %q", c.d, c.path, c.e.Kind, got, c.want)
		}
	}
	event := string(protocol.For(llm.Responses).EncodeErrorEvent(long))
	if !strings.Contains(event, `"code":"context_length_exceeded"`) || strings.Contains(event, `"invalid_request_error","code":null`) {
		t.Error(event)
	}
	if e := long.Kind.Retryable() || bad.Kind.Retryable(); e {
		t.Error("a request that is wrong stays wrong here")
	}
}

// Errors in the middle of a stream, and a prompt that Google blocks in an
// answer of status 200.
func TestRefusalsInAnswers(t *testing.T) {
	for _, c := range []struct {
		d    llm.Dialect
		text string
		want llm.Kind
	}{
		{llm.OpenAI, `{"error":{"message":"Error code: 400 - The response was filtered due to the prompt triggering Azure OpenAI's content management policy."}}`, llm.KindContentPolicy},
		{llm.OpenAI, `{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}`, llm.KindContextLength},
		{llm.Responses, `{"type":"response.failed","response":{"status":"failed","error":{"code":"context_length_exceeded","message":"Your input exceeds the context window of this model."}}}`, llm.KindContextLength},
		{llm.Anthropic, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 tokens > 1 maximum"}}`, llm.KindContextLength},
		{llm.Gemini, `{"error":{"code":400,"message":"The input token count (2) exceeds the maximum number of tokens allowed (1).","status":"INVALID_ARGUMENT"}}`, llm.KindContextLength},
		{llm.Gemini, `{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}`, llm.KindContentPolicy},
		{llm.Ollama, `{"error":"the input length exceeds the context length"}`, llm.KindContextLength},
	} {
		codec := protocol.For(c.d)
		_, err := llm.Collect(codec.DecodeStream(func(yield func([]byte, error) bool) { yield([]byte(c.text), nil) }))
		if e := llm.AsError(err); e.Kind != c.want || e.Status != 400 || e.Source != llm.FromUpstream {
			t.Errorf("%s: %s in a stream: %+v", c.d, c.text, e)
		}
		if c.d == llm.Responses {
			continue // its body is the response, not the event
		}
		if _, err := codec.DecodeResponse([]byte(c.text)); llm.AsError(err).Kind != c.want {
			t.Errorf("%s: %s whole: %v", c.d, c.text, err)
		}
	}
}
