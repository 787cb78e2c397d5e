package llm_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

func tools(names ...string) *llm.Request {
	r := &llm.Request{}
	for _, n := range names {
		r.Tools = append(r.Tools, llm.Tool{Kind: llm.ToolFunction, Name: n})
	}
	return r
}

func TestRenamed(t *testing.T) {
	openai := llm.NameRule{Longest: 64}
	google := llm.NameRule{Longest: 64, Also: ".", Letter: true}
	long := strings.Repeat("n", 65)
	for _, c := range []struct {
		rule        llm.NameRule
		names, want []string
	}{
		{openai, []string{"read_file", "a-b"}, []string{"read_file", "a-b"}},
		{openai, []string{"mcp.fs.read", "über"}, []string{"mcp_fs_read", "_ber"}},
		{openai, []string{"a.b", "a_b", "a/b"}, []string{"a_b_2e7336dc", "a_b", "a_b_c14cddc0"}},
		{openai, []string{long}, []string{strings.Repeat("n", 55) + "_" + "1e3fb6d5"}},
		{google, []string{"mcp.fs.read", "7zip", "-x"}, []string{"mcp.fs.read", "_7zip", "_-x"}},
		{llm.NameRule{}, []string{"what ever", long}, []string{"what ever", long}},
	} {
		r, _ := tools(c.names...).Renamed(c.rule)
		var got []string
		for _, tool := range r.Tools {
			got = append(got, tool.Name)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q became %q, want %q", c.names, got, c.want)
		}
	}
}

// Everywhere the same name, and the client's own in the answer.
func TestRenamedEverywhere(t *testing.T) {
	r := tools("fs.read")
	r.ToolChoice = &llm.ToolChoice{Mode: llm.ChooseNamed, Names: []string{"fs.read"}}
	r.Messages = []llm.Message{
		{Role: llm.RoleAssistant, Parts: []llm.Part{&llm.ToolCall{ID: "1", Name: "fs.read"}, &llm.Text{Text: "fs.read"}}},
		{Role: llm.RoleTool, Parts: []llm.Part{&llm.ToolResult{CallID: "1", Name: "fs.read"}}},
	}
	got, names := r.Renamed(llm.NameRule{Longest: 64})
	call, _ := got.Messages[0].Parts[0].(*llm.ToolCall)
	result, _ := got.Messages[1].Parts[0].(*llm.ToolResult)
	if call.Name != "fs_read" || result.Name != "fs_read" || got.ToolChoice.Names[0] != "fs_read" || got.Tools[0].Name != "fs_read" {
		t.Errorf("%+v %+v %+v %+v", call, result, got.ToolChoice, got.Tools)
	}
	if old, _ := r.Messages[0].Parts[0].(*llm.ToolCall); old.Name != "fs.read" || r.ToolChoice.Names[0] != "fs.read" || r.Tools[0].Name != "fs.read" {
		t.Error("the client's request has changed")
	}
	answer := &llm.Response{Choices: []llm.Choice{{Parts: []llm.Part{&llm.ToolCall{ID: "2", Name: "fs_read"}, &llm.ToolCall{ID: "3", Name: "other"}}}}}
	streamed, err := llm.Collect(names.BackStream(answer.Events()))
	if err != nil {
		t.Fatal(err)
	}
	names.Back(answer)
	if !reflect.DeepEqual(answer.Choices, streamed.Choices) {
		t.Errorf("%+v, in a stream %+v", answer, streamed)
	}
	if call, _ := answer.Choices[0].Parts[0].(*llm.ToolCall); call.Name != "fs.read" {
		t.Errorf("%+v", call)
	}
}

// Whatever tools are called: each gets a name of its own that fits, the same in
// any order, and what fits is left alone.
func TestRenamedLaws(t *testing.T) {
	rules := []llm.NameRule{{Longest: 64}, {Longest: 128}, {Longest: 64, Also: ".", Letter: true}, {Longest: 12}}
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom(rules).Draw(t, "rule")
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-cA./_:ü 0-2-]{1,20}`), 1, 12, func(s string) string { return s }).Draw(t, "names")
		r, _ := tools(names...).Renamed(rule)
		shuffled := rapid.Permutation(names).Draw(t, "shuffled")
		again, _ := tools(shuffled...).Renamed(rule)
		as := map[string]string{}
		for i := range again.Tools {
			as[shuffled[i]] = again.Tools[i].Name
		}
		seen := map[string]bool{}
		for i, tool := range r.Tools {
			switch {
			case !rule.Fits(tool.Name):
				t.Fatalf("%q became %q", names[i], tool.Name)
			case rule.Fits(names[i]) && tool.Name != names[i]:
				t.Fatalf("%q fits and became %q", names[i], tool.Name)
			case seen[tool.Name]:
				t.Fatalf("two are called %q", tool.Name)
			case as[names[i]] != tool.Name:
				t.Fatalf("%q became %q, and in another order %q", names[i], tool.Name, as[names[i]])
			}
			seen[tool.Name] = true
		}
	})
}
