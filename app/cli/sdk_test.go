package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"

	"github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// core is a running program with a home of its own.
type core struct {
	url    string
	binary string
	env    []string
}

// startServer runs the program as users do, as a process of its own, and waits
// until it answers.
func startServer(t *testing.T, config string) *core {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	c := &core{binary: filepath.Join(t.TempDir(), "yallmproxy")}
	if err := os.Symlink(self, c.binary); err != nil {
		t.Fatal(err)
	}
	port, err := proxytest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	c.url = fmt.Sprint("http://127.0.0.1:", port)
	file := filepath.Join(home, "config_added.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c.env = []string{
		"YALLMP_HOME=" + home, "YALLMP_CONFIG=" + file, "HOME=" + home,
		"YALLMP_PORT=" + strconv.Itoa(port), "PATH=" + os.Getenv("PATH"),
	}
	cmd := exec.Command(c.binary, "serve")
	cmd.Env = c.env
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program ended with %v\n%s", err, log.String())
		}
	})
	for deadline := time.Now().Add(patience); ; {
		if res, err := http.Get(c.url + "/v1/models"); err == nil {
			_ = res.Body.Close()
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("the program does not answer\n%s", log.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// run runs a subcommand against the core.
func (c *core) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.binary, args...)
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// requests waits until n requests have been written down.
func (c *core) requests(t *testing.T, n int) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var answer map[string]any
		if err := json.Unmarshal([]byte(c.run(t, "usage", "--json")), &answer); err != nil {
			t.Fatal(err)
		}
		totals, ok := answer["totals"].(map[string]any)
		if ok && totals["requests"] == float64(n) {
			return totals
		}
		if time.Now().After(deadline) {
			t.Fatalf("want %d requests, got %v", n, answer)
		}
	}
}

func model(name, kind string, up *proxytest.Upstream) string {
	return fmt.Sprintf("  - model_name: %s\n    model_params: {api_base: %s, api_key: sk-upstream-key, api_type: %s, model: up}\n", name, up.Base(), kind)
}

const toolCall = `{"id":"chatcmpl-2","object":"chat.completion","created":1700000000,"model":"up","choices":[{"index":0,"finish_reason":"tool_calls",` +
	`"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]}}],` +
	`"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`

func TestOpenAIClient(t *testing.T) {
	up := proxytest.NewUpstream(t,
		proxytest.JSON(200, toolCall),
		proxytest.JSON(200, proxytest.Chat("It rains in Oslo.")),
		proxytest.Stream(proxytest.ChatStream(true, "Hel", "lo")...),
		proxytest.JSON(200, `{"object":"list","model":"up","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.5]}],"usage":{"prompt_tokens":8,"total_tokens":8}}`),
		proxytest.JSON(400, `{"error":{"message":"bad request from upstream","type":"invalid_request_error","code":"c","param":"p"}}`),
	)
	c := startServer(t, "model_list:\n"+model("fast", "openai", up))
	client := openai.NewClient(openaioption.WithBaseURL(c.url+"/v1"), openaioption.WithAPIKey("anything"), openaioption.WithMaxRetries(0))
	ctx := t.Context()

	models, err := client.Models.List(ctx)
	if err != nil || len(models.Data) != 1 || models.Data[0].ID != "fast" {
		t.Fatalf("models: %+v, %v", models, err)
	}
	if m, err := client.Models.Get(ctx, "fast"); err != nil || m.ID != "fast" {
		t.Fatalf("model: %+v, %v", m, err)
	}

	ask := openai.ChatCompletionNewParams{
		Model:    "fast",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("What is the weather in Oslo?")},
		Tools: []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
			Name: "weather", Parameters: openai.FunctionParameters{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}},
		})},
	}
	first, err := client.Chat.Completions.New(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	call := first.Choices[0].Message.ToolCalls[0]
	if call.Function.Name != "weather" || call.Function.Arguments != `{"city":"Oslo"}` {
		t.Errorf("tool call: %+v", call)
	}
	ask.Messages = append(ask.Messages, first.Choices[0].Message.ToParam(), openai.ToolMessage("rain", call.ID))
	second, err := client.Chat.Completions.New(ctx, ask)
	if err != nil || second.Choices[0].Message.Content != "It rains in Oslo." {
		t.Errorf("answer: %+v, %v", second, err)
	}

	stream := client.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{Model: "fast", Messages: ask.Messages[:1]})
	var said strings.Builder
	for stream.Next() {
		if choices := stream.Current().Choices; len(choices) > 0 {
			said.WriteString(choices[0].Delta.Content)
		}
	}
	if err := stream.Err(); err != nil || said.String() != "Hello" {
		t.Errorf("stream: %q, %v", said.String(), err)
	}

	embedding, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "fast", Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("hi")}})
	if err != nil || len(embedding.Data[0].Embedding) != 2 {
		t.Errorf("embedding: %+v, %v", embedding, err)
	}

	var failure *openai.Error
	if _, err := client.Chat.Completions.New(ctx, ask); !errors.As(err, &failure) || failure.StatusCode != http.StatusBadRequest || failure.Message != "bad request from upstream" {
		t.Errorf("upstream error: %v", err)
	}
	ask.Model = "nothing"
	if _, err := client.Chat.Completions.New(ctx, ask); !errors.As(err, &failure) || failure.StatusCode != http.StatusNotFound || failure.Code != "model_not_found" {
		t.Errorf("unknown model: %v", err)
	}

	totals := c.requests(t, 6)
	if totals["errors"] != float64(2) {
		t.Errorf("totals: %v", totals)
	}
	if got := totals["usage"].(map[string]any)["output"]; got != float64(9+5+5) { //nolint:forcetypeassert // the API says so
		t.Errorf("output tokens: %v", got)
	}
}

func TestAnthropicClient(t *testing.T) {
	up := proxytest.NewUpstream(t,
		proxytest.JSON(200, proxytest.Message("hello")),
		proxytest.Stream(proxytest.MessageStream("Hel", "lo")...),
		proxytest.JSON(529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`),
	)
	c := startServer(t, "model_list:\n"+model("claude", "anthropic", up))
	client := anthropic.NewClient(anthropicoption.WithBaseURL(c.url), anthropicoption.WithAPIKey("anything"), anthropicoption.WithMaxRetries(0))
	ctx := t.Context()
	ask := anthropic.MessageNewParams{
		Model: "claude", MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("hi"))},
	}

	models, err := client.Models.List(ctx, anthropic.ModelListParams{})
	if err != nil || len(models.Data) != 1 || models.Data[0].ID != "claude" {
		t.Fatalf("models: %+v, %v", models, err)
	}
	answer, err := client.Messages.New(ctx, ask)
	if err != nil || answer.Content[0].Text != "hello" || answer.Usage.OutputTokens != 5 {
		t.Fatalf("answer: %+v, %v", answer, err)
	}

	stream := client.Messages.NewStreaming(ctx, ask)
	var whole anthropic.Message
	for stream.Next() {
		if err := whole.Accumulate(stream.Current()); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Err(); err != nil || whole.Content[0].Text != "Hello" || whole.StopReason != "end_turn" {
		t.Errorf("stream: %+v, %v", whole, err)
	}

	var failure *anthropic.Error
	if _, err := client.Messages.New(ctx, ask); !errors.As(err, &failure) || failure.StatusCode != 529 {
		t.Errorf("overloaded: %v", err)
	}
	ask.Model = "nothing"
	if _, err := client.Messages.New(ctx, ask); !errors.As(err, &failure) || failure.StatusCode != http.StatusNotFound {
		t.Errorf("unknown model: %v", err)
	}
	if sent := up.Received(); sent[0].Header.Get("X-Api-Key") != "sk-upstream-key" {
		t.Errorf("the provider got the key %q", sent[0].Header.Get("X-Api-Key"))
	}
	totals := c.requests(t, 4)
	if got := totals["usage"].(map[string]any)["cache_read"]; got != float64(8) { //nolint:forcetypeassert // the API says so
		t.Errorf("cached tokens: %v", got)
	}
}

// A person follows what happens: the log command shows a request as it ends.
func TestRequestIsSeenAtOnce(t *testing.T) {
	up := proxytest.NewUpstream(t, proxytest.JSON(200, proxytest.Chat("x")))
	c := startServer(t, "model_list:\n"+model("fast", "openai", up))
	res, err := http.Post(c.url+"/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"fast","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	c.requests(t, 1)
	if out := c.run(t, "logs"); !strings.Contains(out, "fast") || !strings.Contains(out, "200") {
		t.Errorf("logs: %s", out)
	}
}
