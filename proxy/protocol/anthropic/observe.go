package anthropic

import (
	"net/http"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// ObserveFrame reads one event of a Messages stream.
func (Codec) ObserveFrame(data []byte, o *llm.Observation) llm.Sighting {
	if len(data) == 0 || data[0] != '{' {
		return llm.Sighting{}
	}
	v := gjson.ParseBytes(data)
	switch v.Get("type").Str {
	case "message_start":
		readUsage(v.Get("message.usage"), &o.Usage)
	case "content_block_start":
		switch block := v.Get("content_block"); block.Get("type").Str {
		case "tool_use":
			o.ToolCalls++
			return content(o)
		case "text", "thinking":
			// An empty block announces content that has not come yet.
			if block.Get("text").Str != "" || block.Get("thinking").Str != "" {
				return content(o)
			}
		default:
			return content(o)
		}
	case "content_block_delta":
		return content(o)
	case "message_delta":
		if reason := v.Get("delta.stop_reason").Str; reason != "" {
			// The answer is whole. Some servers never say message_stop.
			o.StopReason, o.Done = reason, true
		}
		readUsage(v.Get("usage"), &o.Usage)
		return content(o)
	case "message_stop":
		o.Done = true
		return llm.Sighting{Content: true, Last: true}
	default: // an error event, which some servers send without its type
		if v.Get("type").Str == "error" || v.Get("error").IsObject() {
			o.Err = decode(v, 0)
			return llm.Sighting{Err: o.Err}
		}
	}
	return llm.Sighting{}
}

func content(o *llm.Observation) llm.Sighting {
	o.Content = true
	o.Deltas++
	return llm.Sighting{Content: true}
}

// ObserveBody reads a complete message.
func (Codec) ObserveBody(text []byte, o *llm.Observation) {
	v := gjson.ParseBytes(text)
	if v.Get("type").Str == "error" {
		o.Err = decode(v, 0)
		return
	}
	readUsage(v.Get("usage"), &o.Usage)
	o.StopReason = v.Get("stop_reason").Str
	v.Get("content").ForEach(func(_, block gjson.Result) bool {
		if block.Get("type").Str == "tool_use" {
			o.ToolCalls++
		}
		return true
	})
	o.Content, o.Done = true, true
}

// readUsage reads Anthropic's counts, whose classes do not overlap. The counts
// of message_delta are cumulative and may leave out what message_start said,
// so only what is present replaces.
func readUsage(v gjson.Result, u *llm.Usage) {
	v.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "input_tokens":
			set(&u.Input, value)
		case "cache_read_input_tokens":
			set(&u.CacheRead, value)
		case "cache_creation_input_tokens":
			set(&u.CacheWrite, value)
		case "cache_creation":
			set(&u.CacheWrite1h, value.Get("ephemeral_1h_input_tokens"))
		case "output_tokens":
			set(&u.Output, value)
		case "output_tokens_details":
			set(&u.Reasoning, value.Get("thinking_tokens"))
		}
		return true
	})
}

func set(field *int64, v gjson.Result) {
	if v.Type == gjson.Number {
		*field = v.Int()
	}
}

// kindOf names the kind of an error type (Anthropic API reference, Errors).
func kindOf(errorType string) (llm.Kind, int) {
	switch errorType {
	case "invalid_request_error":
		return llm.KindInvalid, http.StatusBadRequest
	case "authentication_error":
		return llm.KindAuth, http.StatusUnauthorized
	case "permission_error", "billing_error":
		return llm.KindPermission, http.StatusForbidden
	case "not_found_error":
		return llm.KindNotFound, http.StatusNotFound
	case "request_too_large":
		return llm.KindTooLarge, http.StatusRequestEntityTooLarge
	case "rate_limit_error":
		return llm.KindRateLimit, http.StatusTooManyRequests
	case "timeout_error":
		return llm.KindTimeout, http.StatusGatewayTimeout
	case "overloaded_error":
		return llm.KindOverloaded, statusOverloaded
	case "api_error":
		return llm.KindServer, http.StatusInternalServerError
	}
	return llm.KindStream, http.StatusBadGateway
}
