package relay_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// Clients call tools as they like (MCP allows dots, and 128 letters). A provider
// gets names that it takes, and the client reads its own in the answer, in every
// pair of dialects.
func TestToolsKeepTheirNames(t *testing.T) {
	const odd, near = "mcp.fs/read", "mcp_fs_read"
	schema := []byte(`{"type":"object","properties":{"city":{"type":"string"}}}`)
	asked := &llm.Request{
		Model: "m0",
		Messages: []llm.Message{
			{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{Text: "hi"}}},
			{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.ToolCall{ID: "call_12345", Name: odd, Arguments: `{}`}}},
			{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: "call_12345", Name: odd, Parts: []llm.Part{&llm.Text{Text: "ok"}}}}},
		},
		Tools: []llm.Tool{{Kind: llm.ToolFunction, Name: odd, Schema: schema}, {Kind: llm.ToolFunction, Name: near, Schema: schema}},
	}
	for provider, there := range faces() {
		rule := protocol.For(provider).ToolNames()
		renamed, _ := asked.Renamed(rule)
		as := renamed.Tools[0].Name
		said := answer()
		said.Choices[0].Parts = []llm.Part{
			&llm.ToolCall{ID: "call_1", Name: as, Arguments: `{"city":"Paris"}`},
			&llm.ToolCall{ID: "call_2", Name: near, Arguments: `{}`},
		}
		for client, here := range faces() {
			if client == provider {
				continue // it travels as it came
			}
			for _, stream := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s to %s, stream %v", client, provider, stream), func(t *testing.T) {
					codec, request := protocol.For(provider), &llm.Request{Model: "up", Stream: stream, StreamUsage: true}
					up := NewUpstream(t, JSON(http.StatusOK, "{}"))
					if stream {
						up.Script(Typed(there.contentType, wire(t, codec.EncodeStream(there.operation, said.Events(), request))...))
					} else if text, err := codec.EncodeResponse(there.operation, said, request); err == nil {
						up.Script(JSON(http.StatusOK, string(text)))
					}
					p := NewProxy(t, models(string(provider), up))
					said, _ := asked.Renamed(llm.NameRule{Longest: 64}) // as any codec says it
					said.Stream = stream
					text, _, err := protocol.For(client).EncodeRequest(said)
					if err != nil {
						t.Fatal(err)
					}
					path := here.path(stream)
					if client == llm.Gemini && stream {
						path += "?alt=sse"
					}
					got := p.Post(path, strings.ReplaceAll(string(text), said.Tools[0].Name, odd))
					sent := up.Last(t).Body
					if strings.Contains(sent, odd) && !rule.Fits(odd) || strings.Count(sent, `"`+as+`"`) < 2 || !strings.Contains(sent, `"`+near+`"`) {
						t.Errorf("the provider got %s", sent)
					}
					if strings.Count(got.Body, odd) == 0 || as != odd && strings.Contains(got.Body, as) || !strings.Contains(got.Body, near) {
						t.Errorf("the client got %d %s", got.Status, got.Body)
					}
				})
			}
		}
	}
}
