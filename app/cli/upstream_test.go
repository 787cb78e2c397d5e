package cli_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

const plainAnswer = `{"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop",` +
	`"message":{"role":"assistant","content":"hello"}}],"usage":{"prompt_tokens":1200,"completion_tokens":34,"total_tokens":1234}}`

const streamHead = `data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"first "}}]}

`

const streamTail = `data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"last"},"finish_reason":"stop"}]}

data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":34,"total_tokens":1234}}

data: [DONE]

`

// gate is the key of the channel that holds the second half of streams back.
type gate struct{}

// upstream NAME starts an OpenAI-compatible server and sets the variable to
// its base URL. A stream stops in the middle until "release".
func upstream(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: upstream NAME")
	}
	open := ts.Value(gate{}).(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"object":"list","data":[{"id":"m","object":"model"}]}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, plainAnswer)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, streamHead)
		w.(http.Flusher).Flush()
		select {
		case <-open:
			io.WriteString(w, streamTail)
		case <-r.Context().Done():
		}
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL+"/v1")
}

// release lets held streams end.
func release(ts *testscript.TestScript, _ bool, _ []string) {
	close(ts.Value(gate{}).(chan struct{}))
}

// chat is the client as a program: chat [-stream] [-o FILE] PORT MODEL asks
// once and writes the answer down as it comes. It fails on any other status
// than 200 and on an answer that is cut.
func chat() {
	stream := flag.Bool("stream", false, "ask for a stream")
	out := flag.String("o", "/dev/stdout", "write to this file")
	flag.Parse()
	err := func() error {
		file, err := os.OpenFile(*out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		body := fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":"hi"}]}`, flag.Arg(1), *stream)
		resp, err := http.Post("http://127.0.0.1:"+flag.Arg(0)+"/v1/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(file, resp.Body); err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", resp.Status)
		}
		return nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
