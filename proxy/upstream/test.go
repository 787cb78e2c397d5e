package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// TestTarget is a provider to be tried, configured or not.
type TestTarget struct {
	Endpoint config.Endpoint
	Key      config.Key
	// Others are further keys; each is tried, and Key goes on alone.
	Others  []config.Key
	Headers map[string]string
	Way     config.Way
	// Model, when not empty, is asked for one word at the end.
	Model string
}

// TestStep is one stage of a connection. A step is skipped when it does not
// apply or an earlier one failed.
type TestStep struct {
	Name     string // dns, tcp, tls, key, models, chat
	OK       bool
	Skipped  bool
	Detail   string // what was found, or what failed and what to do
	Duration time.Duration
}

// TestReport is how far a connection got.
type TestReport struct {
	OK     bool
	Steps  []TestStep
	Models []string // the provider's own list
}

// tester walks through the steps; after a failure it skips the rest.
type tester struct {
	target TestTarget
	base   *url.URL
	// pool is for this test alone, so that every step is made anew.
	pool   *Pool
	bounds bounds
	// through is the proxy on the way, if any, and addr what is dialled.
	through *url.URL
	addr    string
	report  TestReport
	failed  bool
}

// Test connects to a provider step by step, so that what fails has a name. It
// takes the way that the target's requests take: with a proxy on it, the first
// three steps are about that proxy.
func (p *Pool) Test(ctx context.Context, target TestTarget) TestReport {
	pool := &Pool{limits: DefaultLimits(), system: p.system, environment: p.environment, hop: p.hop, transports: map[poolKey]*http.Transport{}}
	pool.own.Store(p.own.Load())
	defer pool.Close()
	t := &tester{target: target, pool: pool, bounds: newBounds(pool.timeouts(&config.Model{}))}
	base, err := url.Parse(target.Endpoint.Base)
	if err != nil || base.Hostname() == "" {
		t.failed = true
		t.report.Steps = append(t.report.Steps, TestStep{Name: "dns", Detail: "The base URL is not a URL: write it like https://api.example.com/v1"})
		return t.report
	}
	t.base = base
	t.step("dns", func() (string, error) {
		if err := t.route(); err != nil {
			return "", err
		}
		return t.resolve(ctx)
	})
	t.step("tcp", func() (string, error) { return t.connect(ctx) })
	t.step("tls", func() (string, error) { return t.handshake(ctx) })
	var list listing
	t.step("key", func() (string, error) {
		list = t.list(ctx, t.target.Key)
		t.report.Models = list.models
		detail, err := list.key()
		if len(t.target.Others) == 0 {
			return detail, err
		}
		return t.keys(ctx, list)
	})
	t.step("models", list.found)
	if target.Model != "" {
		t.step("chat", func() (string, error) { return t.chat(ctx) })
	}
	t.report.OK = !t.failed
	return t.report
}

// Test is Pool.Test without what a pool knows of the system and of this process.
func Test(ctx context.Context, target TestTarget) TestReport {
	return NewPool(DefaultLimits()).Test(ctx, target)
}

// errSkip marks a step that does not apply.
var errSkip = errors.New("skipped")

func (t *tester) step(name string, do func() (string, error)) {
	s := TestStep{Name: name}
	if t.failed {
		s.Skipped = true
		t.report.Steps = append(t.report.Steps, s)
		return
	}
	start := time.Now()
	detail, err := do()
	s.Duration = time.Since(start)
	switch {
	case errors.Is(err, errSkip):
		s.OK, s.Skipped, s.Detail = true, true, detail
	case err != nil:
		t.failed = true
		s.Detail = t.redact(err.Error())
	default:
		s.OK, s.Detail = true, detail
	}
	t.report.Steps = append(t.report.Steps, s)
}

func (t *tester) redact(s string) string {
	for _, key := range append([]config.Key{t.target.Key}, t.target.Others...) {
		if key.Set() {
			s = strings.ReplaceAll(s, key.Value.Reveal(), key.Value.String())
		}
	}
	if t.through != nil {
		if password, _ := t.through.User.Password(); password != "" {
			s = strings.ReplaceAll(s, password, "***")
		}
	}
	return s
}

// listing is the answer to the request for the list of models.
type listing struct {
	status int
	models []string
	err    error
	text   string
	keySet bool
	listed bool // the answer holds a list
}

func (t *tester) list(ctx context.Context, key config.Key) listing {
	l := listing{keySet: key.Set()}
	if key.Configured() && !key.Set() {
		l.err = errors.New(key.Problem)
		return l
	}
	path, query := "/models", "limit=1000"
	switch t.target.Endpoint.Dialect {
	case llm.Gemini:
		query = "pageSize=1000"
	case llm.Ollama:
		path, query = "/api/tags", ""
	}
	text, status, err := t.call(ctx, key, http.MethodGet, path, query, "")
	l.status, l.err, l.text = status, err, text
	for _, path := range []string{"data", "models", "@this"} {
		list := gjson.Get(text, path)
		if !list.IsArray() {
			continue
		}
		l.listed = l.status < http.StatusMultipleChoices
		list.ForEach(func(_, m gjson.Result) bool {
			for _, field := range []string{"id", "name", "model"} {
				if id := m.Get(field).Str; id != "" {
					l.models = append(l.models, strings.TrimPrefix(id, "models/"))
					break
				}
			}
			return true
		})
		break
	}
	return l
}

// keys tells of each of several keys what was found; one that does not work is
// a failure even where others do, since nobody would notice it otherwise.
func (t *tester) keys(ctx context.Context, first listing) (string, error) {
	var details []string
	var failure error
	for i, key := range append([]config.Key{t.target.Key}, t.target.Others...) {
		l := first
		if i > 0 {
			l = t.list(ctx, key)
		}
		detail, err := l.key()
		if err != nil && !errors.Is(err, errSkip) {
			failure, detail = errors.New("not every key works"), err.Error()
		}
		details = append(details, key.Name+": "+detail)
	}
	if failure != nil {
		return "", fmt.Errorf("%w. %s", failure, strings.Join(details, "; "))
	}
	return strings.Join(details, "; "), nil
}

func (l listing) key() (string, error) {
	switch {
	case l.err != nil:
		return "", l.err
	case l.status == http.StatusUnauthorized || l.status == http.StatusForbidden:
		if !l.keySet {
			return "", errors.New("the provider wants a key and none is set")
		}
		return "", fmt.Errorf("the provider refuses the key (%d)%s", l.status, because(l.text))
	case l.status >= http.StatusMultipleChoices && l.status < http.StatusBadRequest:
		return "", fmt.Errorf("the provider redirects to another address (%d): check the base URL", l.status)
	case !l.keySet:
		return "The provider asks for none", errSkip
	case !l.listed && l.status != http.StatusNotFound:
		return "Whether it is accepted, the answer does not show", errSkip
	}
	return "Accepted", nil
}

func (l listing) found() (string, error) {
	switch {
	case l.status == http.StatusNotFound && json.Valid([]byte(l.text)):
		// Some servers serve models without listing them.
		return "The provider does not list its models: add them by name", errSkip
	case l.status >= http.StatusBadRequest:
		return "", fmt.Errorf("the list of models was answered with %d%s: check the base URL", l.status, because(l.text))
	case !l.listed:
		return "", errors.New("the answer is no list of models: check the base URL")
	case len(l.models) == 0:
		return "The provider lists no models", errSkip
	}
	return fmt.Sprintf("%d models", len(l.models)), nil
}

// oneWord is a request for one word in a dialect, and where in the answer it
// stands.
func oneWord(d llm.Dialect, model string) (path string, body map[string]any, answer string) {
	const prompt = "Reply with the word ok."
	messages := []map[string]string{{"role": "user", "content": prompt}}
	switch d {
	case llm.Anthropic:
		return "/messages", map[string]any{"model": model, "messages": messages, "max_tokens": 16}, "content.0.text"
	case llm.Responses:
		return "/responses", map[string]any{"model": model, "input": prompt, "store": false}, `output.#(type=="message").content.0.text`
	case llm.Gemini:
		contents := []map[string]any{{"role": "user", "parts": []map[string]string{{"text": prompt}}}}
		return "/models/" + model + ":generateContent", map[string]any{"contents": contents}, "candidates.0.content.parts.0.text"
	case llm.Ollama:
		return "/api/chat", map[string]any{"model": model, "messages": messages, "stream": false}, "message.content"
	}
	return "/chat/completions", map[string]any{"model": model, "messages": messages}, "choices.0.message.content"
}

// chat asks the model for one word.
func (t *tester) chat(ctx context.Context) (string, error) {
	path, body, answer := oneWord(t.target.Endpoint.Dialect, t.target.Model)
	encoded, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	text, status, err := t.call(ctx, t.target.Key, http.MethodPost, path, "", string(encoded))
	switch {
	case err != nil:
		return "", err
	case status >= http.StatusBadRequest:
		return "", fmt.Errorf("the model answered with %d%s", status, because(text))
	}
	if said := gjson.Get(text, answer).String(); said != "" {
		return "It said: " + llm.Clip(said), nil
	}
	return "It answered", nil
}

// call makes one request and reads at most maxAnswer of the answer.
func (t *tester) call(ctx context.Context, key config.Key, method, path, query, body string) (text string, status int, err error) {
	const maxAnswer = 8 << 20
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, join(t.base, path, query).String(), strings.NewReader(body))
	if err != nil {
		return "", 0, fmt.Errorf("the base URL is not usable: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range t.target.Headers {
		req.Header.Set(name, value)
	}
	authorize(req.Header, t.base, t.target.Endpoint, key, anthropicVersion)
	t.pool.mark(req.Header)
	_, transport, err := t.pool.reach(t.base, t.target.Way, t.pool.timeouts(&config.Model{}))
	if err != nil {
		return "", 0, t.told(err)
	}
	res, err := transport.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusProxyAuthRequired && t.through != nil {
		_ = res.Body.Close() // it is the proxy's
		err = proxyRefusal(res.StatusCode)
	}
	if err != nil {
		return "", 0, t.told(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return "", res.StatusCode, fmt.Errorf("the answer broke off: %w", err)
	}
	return string(raw), res.StatusCode, nil
}

// because quotes what the provider said about a refusal.
func because(text string) string {
	for _, where := range []string{"error.message", "message", "detail", "error"} {
		if said := gjson.Get(text, where); said.Type == gjson.String && said.Str != "" {
			return ": " + llm.Clip(said.Str)
		}
	}
	return ""
}
