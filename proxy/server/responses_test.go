package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/conversations"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/server"
	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/store"
)

// responsesProxy is a proxy with a memory: model "native" speaks Responses,
// model "chat" does not.
type responsesProxy struct {
	t            *testing.T
	native, chat *Upstream
	db           *store.DB
	proxy        *Proxy
	sessions     *session.Session
	handler      http.Handler
}

func newResponsesProxy(t *testing.T) *responsesProxy {
	t.Helper()
	r := &responsesProxy{t: t, native: NewUpstream(t, JSON(500, `{}`)), chat: NewUpstream(t, JSON(200, Chat("from chat")))}
	r.proxy = NewProxy(t, fmt.Sprintf(`
model_list:
  - model_name: native
    model_params: {api_base: %s, api_type: responses}
  - model_name: chat
    model_params: {api_base: %s}
app_keys:
  enabled: true
  allow_unauthenticated: true
  keys:
    - {key_id: first, secret: s-first}
`, r.native.Base(), r.chat.Base()))
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "yallm.db")})
	if err != nil {
		t.Fatal(err)
	}
	r.db = db
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r.start()
	return r
}

func (r *responsesProxy) start() {
	s := session.New(session.Options{Store: r.db})
	r.t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(r.t.Context())); err != nil {
			r.t.Error(err)
		}
	})
	r.sessions = s
	r.handler = server.New(server.Options{Relay: r.proxy.Relay, Sessions: s, Log: slog.New(slog.DiscardHandler)}).Handler()
}

// do calls the proxy and returns status and body.
func (r *responsesProxy) do(method, path, body string, headers ...string) (int, string) {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), method, "http://localhost"+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	text, err := io.ReadAll(w.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return w.Code, string(text)
}

// ask asks for a response and returns it, from the stream if it was one.
func (r *responsesProxy) ask(body string) string {
	r.t.Helper()
	status, text := r.do("POST", "/v1/responses", body)
	if status != 200 {
		r.t.Fatalf("%s: %d %s", body, status, text)
	}
	if !gjson.Get(body, "stream").Bool() {
		return text
	}
	for line := range strings.Lines(text) {
		if data, ok := strings.CutPrefix(line, "data: "); ok && gjson.Get(data, "type").Str == "response.completed" {
			return gjson.Get(data, "response").Raw
		}
	}
	r.t.Fatalf("no end: %s", text)
	return ""
}

// nativeAnswer is a response of the native provider, whole and as a stream.
func nativeAnswer(id string) string {
	return `{"id":"` + id + `","object":"response","created_at":1700000000,"status":"completed","store":true,"model":"up","odd" : 1,` +
		`"output":[{"type":"reasoning","id":"rs_` + id + `","summary":[]},` +
		`{"type":"message","id":"msg_` + id + `","status":"completed","role":"assistant","content":[{"type":"output_text","text":"from native","annotations":[]}]}],` +
		`"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`
}

func nativeStream(id string) Answer {
	return Stream(
		"event: response.created\ndata: "+`{"type":"response.created","response":{"id":"`+id+`","status":"in_progress"}}`+"\n\n",
		"event: response.output_text.delta\ndata: "+`{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"from native"}`+"\n\n",
		"event: response.completed\ndata: "+`{"type":"response.completed","response":`+nativeAnswer(id)+`}`+"\n\n")
}

// TestConversationOverProviders goes back and forth between a provider that
// keeps responses and one that has never heard of them, whole and streamed.
func TestConversationOverProviders(t *testing.T) {
	for name, stream := range map[string]string{"whole": "false", "stream": "true"} {
		t.Run(name, func(t *testing.T) {
			r := newResponsesProxy(t)
			play := func(id string) {
				r.native.Script(JSON(200, nativeAnswer(id)))
				if stream == "true" {
					r.native.Script(nativeStream(id))
				}
			}
			if stream == "true" {
				r.chat.Script(Stream(ChatStream(true, "from ", "chat")...))
			}
			ask := func(model, input, previous string) string {
				t.Helper()
				return gjson.Get(r.ask(fmt.Sprintf(`{"model":%q,"input":%q,"previous_response_id":%q,"stream":%s}`, model, input, previous, stream)), "id").Str
			}
			play("resp_n1")
			first := ask("native", "one", "")
			play("resp_n2")
			second := ask("native", "two", first)
			// The provider keeps the first response itself: it gets the request as it came.
			if got := r.native.Last(t).Body; gjson.Get(got, "previous_response_id").Str != "resp_n1" || gjson.Get(got, "input").Str != "two" {
				t.Errorf("native got %s", got)
			}
			third := ask("chat", "three", second)
			var said []string
			for _, m := range gjson.Get(r.chat.Last(t).Body, "messages").Array() {
				said = append(said, m.Get("role").Str+": "+m.Get("content").String())
			}
			if got, want := strings.Join(said, "; "), "user: one; assistant: from native; user: two; assistant: from native; user: three"; got != want {
				t.Errorf("chat got %s\nwant %s", got, want)
			}
			play("resp_n4")
			fourth := ask("native", "four", third)
			input := gjson.Get(r.native.Last(t).Body, "input")
			if got := input.Get("#.type").Raw; strings.Count(got, "message") != 7 || gjson.Get(r.native.Last(t).Body, "previous_response_id").Exists() {
				t.Errorf("native got %s", input)
			}
			if got := input.Get(`#(id=="msg_resp_n1").content.0.text`).Str; got != "from native" {
				t.Errorf("its own items have lost their ids: %s", input)
			}
			if got := input.Get(`5.content.0.text`).Str + input.Get(`7.content.0.text`).Str; !strings.Contains(got, "from chat") || input.Get("7.id").Exists() {
				t.Errorf("what chat said: %s", input)
			}
			if err := r.sessions.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.start() // again
			ask("chat", "five", fourth)
			if n := len(gjson.Get(r.chat.Last(t).Body, "messages").Array()); n != 9 {
				t.Errorf("after a restart chat got %s", r.chat.Last(t).Body)
			}
		})
	}
}

func TestStoredResponsesOverHTTP(t *testing.T) {
	r := newResponsesProxy(t)
	response := r.ask(`{"model":"chat","input":"hi"}`)
	id := gjson.Get(response, "id").Str
	want := func(method, path, body string, status int, shape string, headers ...string) string {
		t.Helper()
		got, text := r.do(method, path, body, headers...)
		if got != status || !strings.Contains(text, shape) {
			t.Errorf("%s %s: %d %s, want %d %s", method, path, got, text, status, shape)
		}
		return text
	}
	if got := want("GET", "/v1/responses/"+id, "", 200, id); got != response {
		t.Errorf("got %s, the client had %s", got, response)
	}
	const notFound = `"type":"invalid_request_error","param":null,"code":null`
	want("GET", "/v1/responses/"+id, "", 404, notFound, "X-Api-Key", "s-first") // another's
	want("GET", "/v1/responses/"+id, "", 401, "", "X-Api-Key", "wrong")
	want("GET", "/v1/responses/"+id+"?stream=true", "", 400, `"param":"stream"`)
	want("GET", "/v1/responses/"+id+"/input_items?limit=1&order=asc", "", 200, `"text":"hi"`)
	want("GET", "/v1/responses/"+id+"/input_items?limit=0", "", 400, `"param":"limit"`)
	want("POST", "/v1/responses/"+id+"/cancel", "", 400, "Cannot cancel a synchronous response.")
	want("DELETE", "/v1/responses/"+id, "", 404, notFound, "X-Api-Key", "s-first")
	want("DELETE", "/v1/responses/"+id, "", 200, `{"id":"`+id+`","object":"response","deleted":true}`)
	want("GET", "/v1/responses/"+id, "", 404, `"message":"Response with id '`+id+`' not found."`)
	unknown := want("POST", "/v1/responses", `{"model":"chat","input":"hi","previous_response_id":"`+id+`"}`, 400, "previous_response_not_found")
	for _, part := range []string{
		`"message":"Previous response with id '` + id + `' not found."`, `"type":"invalid_request_error"`,
		`"param":"previous_response_id"`, `"code":"previous_response_not_found"`,
	} {
		if !strings.Contains(unknown, part) {
			t.Errorf("no %s in %s", part, unknown)
		}
	}

	conversation := gjson.Get(want("POST", "/v1/conversations", `{"metadata":{"a":"b"}}`, 200, `"object":"conversation"`), "id").Str
	want("POST", "/v1/conversations", "", 200, `"metadata":{}`)
	want("POST", "/v1/conversations", "{}", 415, "unsupported_media_type", "Content-Type", "text/plain")
	r.ask(`{"model":"chat","input":"hi","conversation":"` + conversation + `"}`)
	r.ask(`{"model":"chat","input":"ho","conversation":"` + conversation + `"}`)
	if n := len(gjson.Get(r.chat.Last(t).Body, "messages").Array()); n != 3 {
		t.Errorf("chat got %s", r.chat.Last(t).Body)
	}
	want("GET", "/v1/conversations/"+conversation, "", 200, `"metadata":{"a":"b"}`)
	if got := want("GET", "/v1/conversations/"+conversation+"/items", "", 200, "from chat"); len(gjson.Get(got, "data").Array()) != 4 {
		t.Errorf("items %s", got)
	}
	want("DELETE", "/v1/conversations/"+conversation, "", 404, notFound, "X-Api-Key", "s-first")
	want("DELETE", "/v1/conversations/"+conversation, "", 200, `"object":"conversation.deleted"`)
	want("GET", "/v1/conversations/"+conversation, "", 404, notFound)
}

// TestForgetfulProvider has lost what it said it keeps.
func TestForgetfulProvider(t *testing.T) {
	r := newResponsesProxy(t)
	r.native.Script(JSON(200, nativeAnswer("resp_1")))
	r.ask(`{"model":"native","input":"one"}`)
	r.native.Script(
		JSON(400, `{"error":{"message":"Previous response with id 'resp_1' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}`),
		JSON(200, nativeAnswer("resp_2")))
	r.ask(`{"model":"native","input":"two","previous_response_id":"resp_1"}`)
	got := r.native.Last(t).Body
	if n := len(gjson.Get(got, "input").Array()); n != 3 || gjson.Get(got, "previous_response_id").Exists() {
		t.Errorf("native got %s", got)
	}
}

// TestForgetfulProviderOfItems no longer knows an item that the client names by
// its id (OpenAI says 404 and gives no code).
func TestForgetfulProviderOfItems(t *testing.T) {
	for name, refusal := range map[string]string{
		"OpenAI": `{"error":{"message":"Item with id 'rs_resp_1' not found. Items are not persisted when ` + "`store`" + ` is set to false. Try again with ` + "`store`" + ` set to true, or remove this item from your input.","type":"invalid_request_error","param":"input","code":null}}`,
		"vLLM":   `{"error":{"message":"Response with id 'resp_1' not found.","type":"invalid_request_error","param":null,"code":404}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newResponsesProxy(t)
			r.native.Script(JSON(200, nativeAnswer("resp_1")))
			r.ask(`{"model":"native","input":"one"}`)
			r.native.Script(JSON(404, refusal), JSON(200, nativeAnswer("resp_2")))
			r.ask(`{"model":"native","input":[{"role":"user","content":"one"},{"type":"item_reference","id":"msg_resp_1"},{"role":"user","content":"two"}]}`)
			got := r.native.Last(t).Body
			if gjson.Get(got, "input.1.content.0.text").Str != "from native" || strings.Contains(got, "item_reference") {
				t.Errorf("native got %s", got)
			}
			// Nothing is left to spell out: the client hears it as it was said.
			r.native.Script(JSON(404, refusal))
			status, text := r.do("POST", "/v1/responses", `{"model":"native","input":[{"type":"item_reference","id":"msg_unknown"}]}`)
			if status != 404 || text != refusal {
				t.Errorf("%d %s", status, text)
			}
		})
	}
}

// TestLongAnswers are kept up to a bound, and beyond it the next request reads
// why it cannot go on.
func TestLongAnswers(t *testing.T) {
	long := func(id string, n int) string {
		return strings.Replace(nativeAnswer(id), "from native", strings.Repeat("x", n), 1)
	}
	events := func(id string, n int) Answer {
		return Stream(
			"event: response.created\ndata: "+`{"type":"response.created","response":{"id":"`+id+`","status":"in_progress"}}`+"\n\n",
			"event: response.output_text.delta\ndata: "+`{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"from native"}`+"\n\n",
			"event: response.completed\ndata: "+`{"type":"response.completed","sequence_number":2,"response":`+long(id, n)+`}`+"\n\n")
	}
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream %v", stream), func(t *testing.T) {
			r := newResponsesProxy(t)
			first := fmt.Sprintf(`{"model":"native","input":"one","stream":%v}`, stream)
			given := func(n int) {
				t.Helper()
				answer := JSON(200, long("resp_1", n))
				if stream {
					answer = events("resp_1", n)
				}
				r.native.Script(answer)
				if status, text := r.do("POST", "/v1/responses", first); status != 200 || strings.Count(text, "x") < n || !strings.Contains(text[len(text)-200:], "total_tokens") {
					t.Fatalf("%d, %d bytes", status, len(text))
				}
			}
			next := `{"model":"chat","input":"two","previous_response_id":"resp_1"}`
			given(12 << 20)
			if status, text := r.do("POST", "/v1/responses", next); status != 200 {
				t.Fatalf("%d %s", status, text)
			}
			if got := gjson.Get(r.chat.Last(t).Body, "messages.1.content").Str; len(got) != 12<<20 {
				t.Errorf("chat got an answer of %d bytes", len(got))
			}
			if status, text := r.do("DELETE", "/v1/responses/resp_1", ""); status != 200 {
				t.Fatalf("%d %s", status, text)
			}
			given(33 << 20)
			status, text := r.do("POST", "/v1/responses", next)
			if status != 400 || gjson.Get(text, "error.code").Str != "previous_response_not_found" ||
				!strings.Contains(text, "longer than 32 MiB") || !strings.Contains(text, "whole conversation") {
				t.Errorf("%d %s", status, text)
			}
			if status, text := r.do("GET", "/v1/responses/resp_1", ""); status != 404 || !strings.Contains(text, "longer than 32 MiB") {
				t.Errorf("%d %s", status, text)
			}
			// To somebody else it is as unknown as any.
			if _, text := r.do("POST", "/v1/responses", next, "X-Api-Key", "s-first"); strings.Contains(text, "MiB") {
				t.Errorf("another caller reads %s", text)
			}
		})
	}
}

// TestReferencesReachEveryProvider: the AI SDK names what the model said by the
// ids of the items, and has it said by another model next.
func TestReferencesReachEveryProvider(t *testing.T) {
	r := newResponsesProxy(t)
	item := gjson.Get(r.ask(`{"model":"chat","input":"one"}`), "output.0.id").Str
	body := `{"model":%q,"input":[{"role":"user","content":"one"},{"type":"item_reference","id":"` + item + `"},{"role":"user","content":"two"}]}`
	r.ask(fmt.Sprintf(body, "chat"))
	if got := gjson.Get(r.chat.Last(t).Body, "messages.1.content").String(); got != "from chat" {
		t.Errorf("chat got %s", r.chat.Last(t).Body)
	}
	r.native.Script(JSON(200, nativeAnswer("resp_1")))
	r.ask(fmt.Sprintf(body, "native"))
	if got := gjson.Get(r.native.Last(t).Body, "input.1.content.0.text").Str; got != "from chat" {
		t.Errorf("native got %s", r.native.Last(t).Body)
	}
	if status, text := r.do("POST", "/v1/responses", fmt.Sprintf(body, "chat"), "X-Api-Key", "s-first"); status != 404 {
		t.Errorf("somebody else's item: %d %s", status, text)
	}
}

// TestOpenAIClient keeps its state at the proxy, with a model of another
// dialect.
func TestOpenAIClient(t *testing.T) {
	r := newResponsesProxy(t)
	up := httptest.NewServer(r.handler)
	defer up.Close()
	ctx := t.Context()
	client := openai.NewClient(option.WithBaseURL(up.URL+"/v1"), option.WithAPIKey("s-first"), option.WithMaxRetries(0))
	ask := func(text string, change func(*responses.ResponseNewParams)) *responses.Response {
		t.Helper()
		params := responses.ResponseNewParams{Model: "chat", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(text)}}
		if change != nil {
			change(&params)
		}
		answer, err := client.Responses.New(ctx, params)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	first := ask("one", nil)
	second := ask("two", func(p *responses.ResponseNewParams) { p.PreviousResponseID = openai.String(first.ID) })
	if got, err := client.Responses.Get(ctx, second.ID, responses.ResponseGetParams{}); err != nil || got.OutputText() != "from chat" || got.RawJSON() != second.RawJSON() {
		t.Errorf("get: %+v, %v", got, err)
	}
	var said []string
	pages := client.Responses.InputItems.ListAutoPaging(ctx, second.ID, responses.InputItemListParams{
		Limit: openai.Int(1), Order: responses.InputItemListParamsOrderAsc,
	})
	for pages.Next() {
		said = append(said, gjson.Get(pages.Current().RawJSON(), "content.0.text").Str)
	}
	if err := pages.Err(); err != nil || strings.Join(said, ", ") != "one, from chat, two" {
		t.Errorf("input items: %v, %v", said, err)
	}
	var refused *openai.Error
	if _, err := client.Responses.Cancel(ctx, second.ID); !errors.As(err, &refused) || refused.StatusCode != http.StatusBadRequest || refused.Message != "Cannot cancel a synchronous response." {
		t.Errorf("cancel: %v", err)
	}
	if err := client.Responses.Delete(ctx, second.ID); err != nil {
		t.Error(err)
	}
	_, err := client.Responses.New(ctx, responses.ResponseNewParams{Model: "chat", PreviousResponseID: openai.String(second.ID)})
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusBadRequest || refused.Code != "previous_response_not_found" || refused.Param != "previous_response_id" {
		t.Errorf("after its end: %v", err)
	}
	conversation, err := client.Conversations.New(ctx, conversations.ConversationNewParams{Metadata: shared.Metadata{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	ask("three", func(p *responses.ResponseNewParams) {
		p.Conversation = responses.ResponseNewParamsConversationUnion{OfString: openai.String(conversation.ID)}
	})
	items, err := client.Conversations.Items.List(ctx, conversation.ID, conversations.ItemListParams{})
	if err != nil || len(items.Data) != 2 || items.Data[0].Role != "assistant" {
		t.Errorf("conversation: %+v, %v", items, err)
	}
	if gone, err := client.Conversations.Delete(ctx, conversation.ID); err != nil || !gone.Deleted {
		t.Errorf("delete the conversation: %+v, %v", gone, err)
	}
}
