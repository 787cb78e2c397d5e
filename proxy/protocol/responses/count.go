package responses

import (
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// EncodeCount answers a question for the number of a prompt's tokens.
func (Codec) EncodeCount(tokens int64) []byte {
	return []byte(`{"object":"response.input_tokens","input_tokens":` + strconv.FormatInt(tokens, 10) + "}")
}

// CountPath is where a provider is asked for that number.
func (Codec) CountPath(*llm.Request) string { return "/responses/input_tokens" }

// CountFields are the members of a request that count (API reference, Get input
// token counts); others are refused.
func (Codec) CountFields() []string {
	return []string{"model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "truncation"}
}

// CountWithin is empty: the question has the members on its top level.
func (Codec) CountWithin() string { return "" }

// DecodeCount reads the answer; false when it is none.
func (Codec) DecodeCount(text []byte) (int64, bool) {
	n := gjson.GetBytes(text, "input_tokens")
	return n.Int(), n.Type == gjson.Number
}
