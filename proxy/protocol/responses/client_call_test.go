package responses_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol/responses"
)

// What the client did by a tool that OpenAI's models know by its kind is a call
// and its result for everybody else, and goes back as it came.
func TestToolsThatClientsRunUndescribed(t *testing.T) {
	tests := []struct {
		name, call, output string
		want               llm.ToolCall
		result             llm.ToolResult
	}{
		{
			"local shell, whose output has the call's id as its own",
			`{"type":"local_shell_call","id":"lsh_1","call_id":"c","status":"completed","action":{"type":"exec","command":["ls"],"env":{}}}`,
			`{"type":"local_shell_call_output","id":"c","output":"a b"}`,
			llm.ToolCall{ID: "c", Name: "local_shell", Arguments: `{"type":"exec","command":["ls"],"env":{}}`},
			llm.ToolResult{CallID: "c", Name: "local_shell", Parts: []llm.Part{&llm.Text{Text: "a b"}}},
		},
		{
			"shell",
			`{"type":"shell_call","call_id":"c","action":{"commands":["ls","pwd"],"timeout_ms":1}}`,
			`{"type":"shell_call_output","call_id":"c","output":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]}`,
			llm.ToolCall{ID: "c", Name: "shell", Arguments: `{"commands":["ls","pwd"],"timeout_ms":1}`},
			llm.ToolResult{CallID: "c", Name: "shell", Parts: []llm.Part{&llm.Text{Text: `[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]`}}},
		},
		{
			"a patch that failed without a word",
			`{"type":"apply_patch_call","call_id":"c","status":"completed","operation":{"type":"delete_file","path":"a"}}`,
			`{"type":"apply_patch_call_output","call_id":"c","status":"failed"}`,
			llm.ToolCall{ID: "c", Name: "apply_patch", Arguments: `{"type":"delete_file","path":"a"}`},
			llm.ToolResult{CallID: "c", Name: "apply_patch", Error: true, Parts: []llm.Part{&llm.Text{Text: "failed"}}},
		},
		{
			"computer",
			`{"type":"computer_call","id":"cu_1","call_id":"c","status":"completed","pending_safety_checks":[],"actions":[{"type":"screenshot"}]}`,
			`{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"data:image/png;base64,iVBO"}}`,
			llm.ToolCall{ID: "c", Name: "computer", Arguments: `{"actions":[{"type":"screenshot"}]}`},
			llm.ToolResult{CallID: "c", Name: "computer", Parts: []llm.Part{&llm.Media{Kind: llm.Image, MIME: "image/png", Data: "iVBO"}}},
		},
		{
			"local shell, answered as a function is",
			`{"type":"local_shell_call","id":"lsh_1","call_id":"c","status":"completed","action":{"type":"exec","command":["ls"]}}`,
			`{"type":"function_call_output","call_id":"c","output":"a b"}`,
			llm.ToolCall{ID: "c", Name: "local_shell", Arguments: `{"type":"exec","command":["ls"]}`},
			llm.ToolResult{CallID: "c", Parts: []llm.Part{&llm.Text{Text: "a b"}}},
		},
	}
	asCame := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Raw" || p.Last().String() == ".Dialect" }, cmp.Ignore())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := decode(t, `{"model":"m","input":[{"role":"user","content":"x"},`+tt.call+`,`+tt.output+`]}`)
			want := []llm.Message{
				{Role: llm.RoleUser, Parts: []llm.Part{&llm.Text{Text: "x"}}},
				{Role: llm.RoleAssistant, Parts: []llm.Part{&tt.want}},
				{Role: llm.RoleTool, Parts: []llm.Part{&tt.result}},
			}
			if diff := cmp.Diff(want, r.Messages, asCame, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			text, dropped := encode(t, r)
			input := gjson.Get(text, "input").Array()
			if len(input) != 3 || input[1].Raw != tt.call || input[2].Raw != tt.output || len(dropped) > 0 {
				t.Errorf("sent %v, dropped %v", input, dropped)
			}
			// An answer says the same, whole and in a stream.
			answer := `{"id":"resp_1","status":"completed","output":[` + tt.call + `]}`
			whole, err := responses.Codec{}.DecodeResponse([]byte(answer))
			if err != nil {
				t.Fatal(err)
			}
			told, err := llm.Collect(grammatical(t, responses.Codec{}.DecodeStream(data(
				`{"type":"response.output_item.added","output_index":0,"item":`+tt.call+`}`,
				`{"type":"response.output_item.done","output_index":0,"item":`+tt.call+`}`,
				`{"type":"response.completed","response":`+answer+`}`))))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []*llm.Response{whole, told} {
				if diff := cmp.Diff([]llm.Part{&tt.want}, r.Choices[0].Parts, asCame); diff != "" || r.Choices[0].Reason != llm.StopTools {
					t.Errorf("%s: %s", r.Choices[0].Reason, diff)
				}
				again, err := responses.Codec{}.EncodeResponse(llm.Respond, r, nil)
				if err != nil || gjson.GetBytes(again, "output.0").Raw != tt.call {
					t.Errorf("again %s, %v", again, err)
				}
			}
		})
	}
}

func TestCallThatNothingCanAnswer(t *testing.T) {
	for _, item := range []string{`{"type":"shell_call","action":{}}`, `{"type":"shell_call_output","output":[]}`} {
		_, err := responses.Codec{}.DecodeRequest(llm.Respond, []byte(`{"model":"m","input":[`+item+`]}`))
		if e := refusal(t, err); e.Param != "input[0].call_id" {
			t.Errorf("%s: %q", item, e.Param)
		}
	}
}

// The tools that OpenAI's models know undescribed are described to others, whose
// calls of them the client reads as it knows them.
func TestToolsThatNobodyDescribes(t *testing.T) {
	for _, tt := range []struct{ tool, choice, arguments, item string }{
		{
			`{"type":"local_shell"}`, `{"type":"local_shell"}`, `{"command":["ls"],"working_directory":"/"}`,
			`{"id":"lsh_x_0","type":"local_shell_call","status":"completed","call_id":"c","action":{"type":"exec","env":{},"command":["ls"],"working_directory":"/"}}`,
		},
		{
			`{"type":"shell","environment":{"type":"local"}}`, `{"type":"shell"}`, "{\"commands\":\n[\"ls\"]}",
			`{"id":"sh_x_0","type":"shell_call","status":"completed","call_id":"c","action":{"commands":["ls"]}}`,
		},
		{
			`{"type":"apply_patch"}`, `{"type":"apply_patch"}`, `{"type":"delete_file","path":"a"}`,
			`{"id":"apc_x_0","type":"apply_patch_call","status":"completed","call_id":"c","operation":{"type":"delete_file","path":"a"}}`,
		},
		{
			`{"type":"computer"}`, `{"type":"computer"}`, `{"type":"screenshot"}`,
			`{"id":"cu_x_0","type":"computer_call","status":"completed","call_id":"c","actions":[{"type":"screenshot"}],"pending_safety_checks":[]}`,
		},
		{
			`{"type":"computer_use_preview","display_width":9,"display_height":9,"environment":"linux"}`, `{"type":"computer_use_preview"}`, `{"type":"wait"}`,
			`{"id":"cu_x_0","type":"computer_call","status":"completed","call_id":"c","action":{"type":"wait"},"pending_safety_checks":[]}`,
		},
		{
			`{"type":"apply_patch"}`, `"auto"`, `no JSON`,
			`{"id":"apc_x_0","type":"apply_patch_call","status":"completed","call_id":"c","operation":{}}`,
		},
	} {
		asked := decode(t, `{"model":"m","input":"x","tools":[`+tt.tool+`],"tool_choice":`+tt.choice+`}`)
		tool := asked.Tools[0]
		if tool.Kind != llm.ToolFunction || tool.Description == "" || !gjson.ValidBytes(tool.Schema) {
			t.Errorf("%s: %+v", tt.tool, tool)
		}
		if text, dropped := encode(t, asked); gjson.Get(text, "tools.0").Raw != tt.tool || gjson.Get(text, "tool_choice").Raw != tt.choice || len(dropped) > 0 {
			t.Errorf("sent %s, dropped %v", text, dropped)
		}
		answer := &llm.Response{ID: "x", Choices: []llm.Choice{{Reason: llm.StopTools, Parts: []llm.Part{&llm.ToolCall{ID: "c", Name: tool.Name, Arguments: tt.arguments}}}}}
		told := frames(t, answer.Events(), asked)
		if got := told[len(told)-1].Get("response.output.0").Raw; got != tt.item {
			t.Errorf("told %s", got)
		}
		kinds := ""
		for _, e := range told {
			kinds += e.Get("type").Str + " "
		}
		if kinds != "response.created response.in_progress response.output_item.added response.output_item.done response.completed " {
			t.Errorf("%s: %s", tt.tool, kinds)
		}
	}
	// A shell that OpenAI runs is no tool of the client's.
	if hosted := decode(t, `{"model":"m","input":"x","tools":[{"type":"shell","environment":{"type":"container_auto"}}]}`); hosted.Tools[0].Kind != llm.ToolServer {
		t.Errorf("%+v", hosted.Tools[0])
	}
}
