package responses

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// DecodeResponse reads a response object.
func (Codec) DecodeResponse(text []byte) (*llm.Response, error) {
	v := gjson.ParseBytes(text)
	if !json.Valid(text) || !v.IsObject() {
		return nil, &llm.Error{
			Kind: llm.KindServer, Status: http.StatusBadGateway, Code: "invalid_response", Source: llm.FromUpstream,
			Message: "The provider's answer is not a response object.",
		}
	}
	if e := failure(v); e != nil {
		return nil, e
	}
	c := llm.Choice{}
	waiting, refused := false, false
	v.Get("output").ForEach(func(_, item gjson.Result) bool {
		waiting = waiting || waits(item.Get("type").Str)
		for _, p := range decodeOutput(item, &c.Logprobs) {
			_, no := p.(*llm.Refusal)
			refused = refused || no
			c.Parts = append(c.Parts, p)
		}
		return true
	})
	c.Reason = reasonOf(v, waiting, refused)
	return &llm.Response{
		ID: v.Get("id").Str, Model: v.Get("model").Str, Created: createdAt(v), ServiceTier: tier(v),
		Choices: []llm.Choice{c}, Usage: readUsage(v.Get("usage")),
	}, nil
}

// tier is the tier that served a response. "auto" is none: at the beginning of a
// stream it is not known yet which one it will be.
func tier(v gjson.Result) string {
	if t := v.Get("service_tier").Str; t != "auto" {
		return t
	}
	return ""
}

func createdAt(v gjson.Result) time.Time {
	if at := v.Get("created_at").Int(); at > 0 {
		return time.Unix(at, 0).UTC()
	}
	return time.Time{}
}

// failure is the error of a response that has failed, or of an answer that is
// nothing but an error.
func failure(v gjson.Result) *llm.Error {
	failed := v.Get("error")
	switch status := v.Get("status").Str; {
	case status == "failed", there(failed) && !v.Get("output").Exists():
	case status == "cancelled":
		return &llm.Error{
			Kind: llm.KindStream, Status: http.StatusBadGateway, Code: "response_cancelled", Source: llm.FromUpstream,
			Message: "The response was cancelled at the provider.",
		}
	default:
		return nil
	}
	e := eventError(failed)
	if failed.Type == gjson.String {
		e.Message = failed.Str
	}
	return e
}

// decodeOutput reads an item of the output.
func decodeOutput(v gjson.Result, logprobs *[]llm.Logprob) []llm.Part {
	switch v.Get("type").Str {
	case itemMessage:
		seal := phaseSeal(v)
		var parts []llm.Part
		v.Get("content").ForEach(func(_, content gjson.Result) bool {
			if p, err := decodePart(content, "content", seal); err == nil {
				*logprobs = append(*logprobs, decodeLogprobs(content.Get("logprobs"))...)
				parts = append(parts, p)
			}
			return true
		})
		return parts
	case itemReasoning:
		parts, _ := decodeReasoning(v)
		return parts
	case itemFunctionCall, itemCustomCall:
		call := decodeCall(v)
		call.Arguments = arguments(v)
		return []llm.Part{call}
	}
	if asksClient(v.Get("type").Str) {
		return []llm.Part{clientCall(v)}
	}
	return decodeServer(v)
}

// EncodeResponse renders a response object. It is the last event of a stream
// that nobody sees.
func (Codec) EncodeResponse(_ llm.Operation, r *llm.Response, asked *llm.Request) ([]byte, error) {
	one := *r
	one.Choices = r.Choices[:min(len(r.Choices), 1)] // the dialect has one answer to a request
	e := newEncoder(asked)
	for event, err := range llm.Sequential(one.Events()) {
		if err != nil {
			return nil, err
		}
		e.event(event)
	}
	e.close("completed")
	status, incomplete, failure := e.outcome()
	var w writer
	e.write(&w, "", status, incomplete, failure)
	return w.buf, nil
}
