package relay

import (
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// wellFormed refuses a request that no provider could serve.
func (x *exchange) wellFormed() error {
	if strings.TrimSpace(x.trace.Record.Model) == "" {
		return &llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "missing_parameter", Param: "model",
			Message: "You must provide a model parameter", Source: llm.FromProxy,
		}
	}
	if err := x.codec.Check(x.call.Operation, x.body); err != nil {
		return err
	}
	return nil
}

func modelName(b *body.Body) string {
	if m := b.Get("model"); m.Type == gjson.String {
		return m.Str
	}
	return ""
}

// truthy reads a flag the way the clients' own languages would, but for the
// words that mean no to a person.
func truthy(v gjson.Result) bool {
	switch v.Type {
	case gjson.True:
		return true
	case gjson.Number:
		return v.Num != 0
	case gjson.String:
		return v.Str != "" && v.Str != "0" && !strings.EqualFold(v.Str, "false")
	}
	return false
}

func callerHeader(s *Snapshot) string {
	return http.CanonicalHeaderKey(s.cfg.AppKeys.HeaderName)
}
