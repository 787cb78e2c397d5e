package relay_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// A server may say where it is, or which key it got; that is nobody's business
// but its owner's, wherever in an answer it stands.
func TestProviderThatNamesItsAddressIsSilenced(t *testing.T) {
	for i := range 4 {
		stream, early := i&1 > 0, i&2 > 0 // in the answer, or instead of it, but with a good status
		for _, path := range []string{"/v1/chat/completions", "/v1/messages"} {
			up := NewUpstream(t, JSON(500, "{}"))
			text := `{"error":{"message":"POST ` + up.Base() + `/chat/completions: no such model","code":"model_not_found"}}`
			up.Script(JSON(404, text))
			if stream {
				up.Script(Stream(ChatFrame(`{"content":"hi"}`), "data: "+text+"\n\n"))
			}
			if whole := `{"error":{"message":"` + secret + `-0 is no key of ` + up.Base() + `: no such model"}}`; early {
				up.Script(JSON(200, whole))
				if stream {
					up.Script(Stream("data: " + whole + "\n\n"))
				}
			}
			got := NewProxy(t, models("openai", up)).Post(path, `{"model":"m0","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":`+fmt.Sprint(stream)+`}`)
			host := strings.TrimPrefix(strings.TrimSuffix(up.Base(), "/v1"), "http://")
			if strings.Contains(got.Body, host) || strings.Contains(got.Body, "127.0.0.1") || strings.Contains(got.Body, secret+"-0") || !strings.Contains(got.Body, "no such model") {
				t.Errorf("%s, stream %v: %d %s", path, stream, got.Status, got.Body)
			}
		}
	}
}
