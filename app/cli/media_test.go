package cli_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"

	"github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

// TestMedia has OpenAI's own client draw, listen and speak through the running
// program: such calls only pass through, but for the model's name and the key.
func TestMedia(t *testing.T) {
	const picture = "\x89PNG\r\n\x1a\n not really\x00\xff"
	drawn := `{"created":1700000000,"data":[{"b64_json":"` + base64.StdEncoding.EncodeToString([]byte(picture)) + `"}],"usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12}}`
	sound := "ID3\x03\x00" + strings.Repeat("\xff\xfb\x90\x00", 20_000)
	edited := strings.Replace(drawn, "1700000000", "1700000001", 1)
	up := proxytest.NewUpstream(t,
		proxytest.JSON(200, drawn),
		proxytest.JSON(200, edited),
		proxytest.JSON(200, `{"text":"It rains in Oslo.","usage":{"type":"tokens","input_tokens":14,"output_tokens":6,"total_tokens":20}}`),
		proxytest.Stream(
			"data: {\"type\":\"transcript.text.delta\",\"delta\":\"It rains\"}\n\n",
			"data: {\"type\":\"transcript.text.done\",\"text\":\"It rains\"}\n\n"),
		proxytest.Typed("audio/mpeg", sound[:10], sound[10:]),
		proxytest.JSON(400, `{"error":{"message":"Your request was rejected as a result of our safety system.","type":"image_generation_user_error","param":null,"code":"moderation_blocked"}}`),
	)
	c := startServer(t, "model_list:\n"+model("media", "openai", up))
	client := openai.NewClient(openaioption.WithBaseURL(c.url+"/v1"), openaioption.WithAPIKey("unused"), openaioption.WithMaxRetries(0))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	seen := func(path string) proxytest.Received {
		t.Helper()
		got := up.Last(t)
		if got.Path != path || got.Header.Get("Authorization") != "Bearer sk-upstream-key" {
			t.Errorf("the provider was asked for %s with %q", got.Path, got.Header.Get("Authorization"))
		}
		return got
	}
	shown := func(r *openai.ImagesResponse, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if data, err := base64.StdEncoding.DecodeString(r.Data[0].B64JSON); err != nil || string(data) != picture || r.Usage.OutputTokens != 7 {
			t.Errorf("got %q, %v, %+v", data, err, r.Usage)
		}
	}

	shown(client.Images.Generate(ctx, openai.ImageGenerateParams{Model: "media", Prompt: "rain"}))
	if got := seen("/v1/images/generations"); got.Body != `{"prompt":"rain","model":"up"}` {
		t.Errorf("the provider got %s", got.Body)
	}

	shown(client.Images.Edit(ctx, openai.ImageEditParams{
		Model: "media", Prompt: "more rain", Image: openai.ImageEditParamsImageUnion{OfFile: openai.File(strings.NewReader(picture), "a.png", "image/png")},
	}))
	fields, files := form(t, seen("/v1/images/edits"))
	if fields["model"] != "up" || fields["prompt"] != "more rain" || files["image"] != picture {
		t.Errorf("the provider got %v %q", fields, files)
	}

	heard, err := client.Audio.Transcriptions.New(ctx, openai.AudioTranscriptionNewParams{
		Model: "media", File: openai.File(strings.NewReader(sound), "a.mp3", "audio/mpeg"),
	})
	if err != nil || heard.Text != "It rains in Oslo." {
		t.Fatalf("%v %v", heard, err)
	}
	if fields, files = form(t, seen("/v1/audio/transcriptions")); fields["model"] != "up" || files["file"] != sound {
		t.Errorf("the provider got %v and %d bytes", fields, len(files["file"]))
	}

	var text strings.Builder
	stream := client.Audio.Transcriptions.NewStreaming(ctx, openai.AudioTranscriptionNewParams{
		Model: "media", File: openai.File(strings.NewReader(sound), "a.mp3", "audio/mpeg"),
	})
	for stream.Next() {
		text.WriteString(stream.Current().Delta)
	}
	if stream.Err() != nil || text.String() != "It rains" {
		t.Errorf("%q, %v", text.String(), stream.Err())
	}

	spoken, err := client.Audio.Speech.New(ctx, openai.AudioSpeechNewParams{
		Model: "media", Input: "It rains.", Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = spoken.Body.Close() }()
	got, err := io.ReadAll(spoken.Body)
	if err != nil || string(got) != sound || spoken.Header.Get("Content-Type") != "audio/mpeg" {
		t.Errorf("%d bytes of %s, %v", len(got), spoken.Header.Get("Content-Type"), err)
	}
	seen("/v1/audio/speech")

	_, err = client.Images.Generate(ctx, openai.ImageGenerateParams{Model: "media", Prompt: "what must not be"})
	if e := apiError(err); e == nil || e.StatusCode != http.StatusBadRequest || e.Code != "moderation_blocked" {
		t.Errorf("%v", err)
	}
	c.requests(t, 6)
}

// TestRerank is the call that Cohere and Jina have in common, which no SDK of
// the tests makes.
func TestRerank(t *testing.T) {
	const answer = `{"id":"r", "results":[{"index":1,"relevance_score":0.98},{"index":0,"relevance_score":0.02}],"odd" : {"usage":1}}`
	up := proxytest.NewUpstream(t, proxytest.JSON(200, answer), proxytest.JSON(429, `{"message":"slow down"}`))
	c := startServer(t, "model_list:\n"+model("ranker", "openai", up))
	ask := func() (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/v1/rerank",
			strings.NewReader(`{"query":"rain?", "model" : "ranker","documents":["sun","rain"],"top_n":2}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text), res.Header
	}
	status, text, header := ask()
	if status != 200 || text != answer || header.Get("X-Yallmp-Backend") != "ranker" {
		t.Errorf("%d %s %v", status, text, header)
	}
	got := up.Last(t)
	if got.Path != "/v1/rerank" || got.Body != `{"query":"rain?", "model" : "up","documents":["sun","rain"],"top_n":2}` {
		t.Errorf("the provider got %s %s", got.Path, got.Body)
	}
	if status, text, _ = ask(); status != 429 || text != `{"message":"slow down"}` {
		t.Errorf("%d %s", status, text)
	}
	c.requests(t, 2)
}

// form takes a multipart request apart.
func form(t *testing.T, got proxytest.Received) (fields, files map[string]string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	fields, files = map[string]string{}, map[string]string{}
	reader := multipart.NewReader(bytes.NewReader([]byte(got.Body)), params["boundary"])
	for {
		part, err := reader.NextPart()
		if err != nil {
			return fields, files
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if part.FileName() != "" {
			files[part.FormName()] = string(text)
		} else {
			fields[part.FormName()] = string(text)
		}
	}
}

func apiError(err error) *openai.Error {
	var e *openai.Error
	errors.As(err, &e)
	return e
}
