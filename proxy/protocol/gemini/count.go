package gemini

import (
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// EncodeCount answers a question for the number of a prompt's tokens.
func (Codec) EncodeCount(tokens int64) []byte {
	return []byte(`{"totalTokens":` + strconv.FormatInt(tokens, 10) + "}")
}

// CountPath is where a provider is asked for that number.
func (Codec) CountPath(r *llm.Request) string { return "/models/" + r.Model + ":countTokens" }

// CountFields are the members of a request that count.
func (Codec) CountFields() []string {
	return []string{"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
}

// CountWithin is the member of the question that holds them (API reference,
// models.countTokens). Vertex AI does not know it, and so gives no count.
func (Codec) CountWithin() string { return "generateContentRequest" }

// DecodeCount reads the answer; false when it is none.
func (Codec) DecodeCount(text []byte) (int64, bool) {
	n := gjson.GetBytes(text, "totalTokens")
	return n.Int(), n.Type == gjson.Number
}
