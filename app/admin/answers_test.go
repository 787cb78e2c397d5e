package admin

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// everyGet lists every call that only reads, with what it needs to answer.
func everyGet(description *huma.OpenAPI) map[string]string {
	fill := strings.NewReplacer("{name}", "local", "{id}", strconv.FormatInt(int64(entry(1).Record.ID), 10))
	need := map[string]string{"/api/usage/breakdown": "?by=model", "/api/usage/values": "?by=client", "/api/usage/series": "?by=model&since=2026-11-20T00:00:00Z&until=2026-11-21T00:00:00Z"}
	out := map[string]string{}
	for path, item := range description.Paths {
		if item.Get != nil && path != "/api/events" {
			out[path] = fill.Replace(path) + need[path]
		}
	}
	return out
}

func describe() *huma.OpenAPI {
	return (&api{log: slog.New(slog.DiscardHandler)}).register(echo.New())
}

func TestEveryAnswerIsAsDescribed(t *testing.T) {
	up := upstreamServer(t)
	p := start(t, strings.ReplaceAll(oneModel, "http://127.0.0.1:9/v1", up.URL+"/v1\n    api_key: "+goodKey))
	e := entry(1)
	must(t, p.records.Append(t.Context(), []usage.Entry{e}))
	d := describe()
	for path, call := range everyGet(d) {
		a := p.call("GET", call, "").expect(t, 200)
		checkAnswer(t, d, d.Paths[path].Get, a)
	}
	// Changing calls answer with the same shapes; a sample of them.
	for _, c := range []struct {
		op           *huma.Operation
		method, path string
		body         string
	}{
		{d.Paths["/api/models"].Post, "POST", "/api/models", `{"name":"n1","provider":"local"}`},
		{d.Paths["/api/models/{name}/copy"].Post, "POST", "/api/models/n1/copy", `{"name":"n2"}`},
		{d.Paths["/api/models/{name}/test"].Post, "POST", "/api/models/n1/test", ""},
		{d.Paths["/api/providers/{name}"].Put, "PUT", "/api/providers/ollama", `{"catalog":"ollama"}`},
		{d.Paths["/api/providers/{name}/models"].Post, "POST", "/api/providers/ollama/models", `{"models":[{"id":"x"}]}`},
		{d.Paths["/api/providers/{name}/test"].Post, "POST", "/api/providers/local/test", ""},
		{d.Paths["/api/settings"].Patch, "PATCH", "/api/settings", `{"values":{"app.theme":"light"}}`},
		{d.Paths["/api/config/reload"].Post, "POST", "/api/config/reload", ""},
		{d.Paths["/api/proxy/start"].Post, "POST", "/api/proxy/start", ""},
		{d.Paths["/api/login-link"].Post, "POST", "/api/login-link", ""},
		{d.Paths["/api/proxy/stop"].Post, "POST", "/api/proxy/stop", ""},
	} {
		checkAnswer(t, d, c.op, p.call(c.method, c.path, c.body))
	}
	for event := range p.ctl.Subscribe(t.Context()) {
		checkValue(t, d, d.Components.Schemas.Map()["Event"], "event", mustJSON(t, event))
		break
	}
}

// checkAnswer holds an answer against the description of its call.
func checkAnswer(t *testing.T, d *huma.OpenAPI, op *huma.Operation, a answer) {
	t.Helper()
	described, ok := op.Responses[strconv.Itoa(a.status)]
	if !ok || a.status >= 300 {
		t.Errorf("%s: status %d: %s", op.OperationID, a.status, a.body)
		return
	}
	if described.Content == nil {
		if a.body != "" {
			t.Errorf("%s: an answer although none is described: %s", op.OperationID, a.body)
		}
		return
	}
	checkValue(t, d, described.Content["application/json"].Schema, op.OperationID, a.body)
}

func checkValue(t *testing.T, d *huma.OpenAPI, schema *huma.Schema, what, body string) {
	t.Helper()
	var value any
	must(t, json.Unmarshal([]byte(body), &value))
	var res huma.ValidateResult
	huma.Validate(d.Components.Schemas, schema, huma.NewPathBuffer([]byte(what), 0), huma.ModeReadFromServer, value, &res)
	for _, err := range res.Errors {
		t.Errorf("%v", err)
	}
	if at := findNull(value, what); at != "" {
		t.Errorf("null at %s", at)
	}
}

// findNull says where a value holds null. Only settings may: some have no
// default.
func findNull(v any, at string) string {
	switch v := v.(type) {
	case nil:
		return at
	case []any:
		for i, item := range v {
			if found := findNull(item, at+"["+strconv.Itoa(i)+"]"); found != "" {
				return found
			}
		}
	case map[string]any:
		for key, item := range v {
			if found := findNull(item, at+"."+key); found != "" {
				return found
			}
		}
	}
	return ""
}

func TestNoSecretIsEverAnswered(t *testing.T) {
	up := upstreamServer(t)
	const written, inEnv, callers = "sk-written-into-the-file-1", "sk-from-the-env-file-22222", "caller-secret-3333333333"
	p := start(t, `providers:
  byhand: {api_base: "`+up.URL+`/v1", api_key: `+written+`, headers: {X-Auth: `+written+`}}
  byenv: {api_base: "`+up.URL+`/v1", api_key: "${THE_KEY}"}
  several: {api_base: "`+up.URL+`/v1", api_keys: [`+written+`, "${THE_KEY}", `+written+`5], proxy: "http://me:`+written+`@127.0.0.1:9"}
model_list:
  - model_name: m
    provider: byhand
  - model_name: own
    model_params: {api_base: "`+up.URL+`/v1", api_key: `+written+`}
  - model_name: many
    targets: [{provider: several}, {api_base: "`+up.URL+`/v1", api_keys: [`+written+`], proxy: "http://`+written+`@127.0.0.1:9"}]
app_keys:
  keys:
    - {key_id: me, secret: `+callers+`}
`, func(p *program) { p.env["THE_KEY"] = inEnv })
	put := p.call("PUT", "/api/providers/local", mustJSON(t, controller.ProviderInput{
		Endpoints: []controller.EndpointView{{Dialect: "openai", Base: up.URL + "/v1"}}, Key: goodKey,
	})).expect(t, 200)
	bodies := map[string]string{"put provider": put.body}
	d := describe()
	for _, call := range everyGet(d) {
		bodies[call] = p.call("GET", call, "").body
	}
	// What is refused must not be repeated, whether it is JSON or not.
	for name, body := range map[string]string{
		"wrong type": `{"value":["` + goodKey + `"]}`, "unknown field": `{"valeu":"` + goodKey + `"}`, "no json": `{"value":"` + goodKey, "too long": `{"value":"` + strings.Repeat(goodKey, 1000) + `"}`,
	} {
		bodies[name] = p.call("PUT", "/api/keys/x", body).body
	}
	for _, name := range []string{"byhand", "byenv", "local"} {
		bodies["test "+name] = p.call("POST", "/api/providers/"+name+"/test", "").body
	}
	bodies["try"] = p.call("POST", "/api/providers/test", mustJSON(t, controller.ProviderInput{
		Endpoints: []controller.EndpointView{{Dialect: "openai", Base: up.URL + "/v1"}}, Key: "sk-wrong-but-secret-4444",
	})).body
	bodies["copy"] = p.call("POST", "/api/models/own/copy", `{"name":"own2"}`).body
	// Twice broken: by meaning, and beyond YAML.
	p.write(p.file() + "database: {backend: none}\n")
	bodies["broken"] = p.call("GET", "/api/config", "").body
	p.write(p.file() + "oops: [\n")
	bodies["not yaml"] = p.call("GET", "/api/config", "").body
	bodies["log"] = p.log.String()
	token, err := os.ReadFile(filepath.Join(p.dir, "admin.token"))
	must(t, err)
	for what, body := range bodies {
		for _, secret := range []string{goodKey, written, inEnv, callers, "sk-wrong-but-secret-4444", strings.TrimSpace(string(token))} {
			if strings.Contains(body, secret) {
				t.Errorf("%s gives %s away: %s", what, secret, body)
			}
		}
	}
}
