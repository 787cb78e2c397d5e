package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	. "github.com/yallmproxy/yallmproxy/proxy/proxytest"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// reloading has two providers and a configuration for each version: another
// provider comes first, with another key, other models behind the same name,
// another parameter and another limit.
type reloading struct{ providers [2]*Upstream }

// answer says what a provider was asked: its number, the model, the parameter
// and the key. Every third request finds the first model of a version unwell.
func (r *reloading) answer(provider int) Answer {
	return func(w http.ResponseWriter, req *http.Request) {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		model := gjson.GetBytes(text, "model").Str
		if strings.HasPrefix(model, "first") && gjson.GetBytes(text, "unwell").Bool() {
			JSON(http.StatusServiceUnavailable, `{"error":{"message":"unwell"}}`)(w, req)
			return
		}
		key := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
		JSON(http.StatusOK, Chat(fmt.Sprintf("%d %s %s %s", provider, model, gjson.GetBytes(text, "seed").Raw, key)))(w, req)
	}
}

func (r *reloading) configuration(version int) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i, name := range []string{"first", "second"} {
		fmt.Fprintf(&b, "  - model_name: %s-%d\n    model_params: {api_base: %s, api_key: sk-reload-%s-%d, model: %s-%d, concurrency_limit: %d}\n    parameters: {seed: {default: %d}}\n",
			name, version, r.providers[(version+i)%2].Base(), name, version, name, version, version%3*4, version)
	}
	fmt.Fprintf(&b, "router_settings: {fallbacks: [{a/b: [first-%d, second-%d]}]}\n", version, version)
	return b.String()
}

// version is the version that an answer is of, provided that everything in it
// is of the same. Whom the first model has disappointed may be sent to the
// second at once, and whom it would disappoint must be.
func (r *reloading) version(said string, unwell bool) (int, error) {
	_, seed, _ := strings.Cut(said, "-")
	seed, _, _ = strings.Cut(seed, " ")
	version, err := strconv.Atoi(seed)
	if err != nil {
		return 0, fmt.Errorf("got %q", said)
	}
	for i, name := range []string{"first", "second"} {
		if said == fmt.Sprintf("%d %s-%d %d sk-reload-%s-%d", (version+i)%2, name, version, version, name, version) && (i == 1 || !unwell) {
			return version, nil
		}
	}
	return 0, fmt.Errorf("got %q, which is not of one version", said)
}

// Reloading under load: every request is served by exactly one configuration.
// Provider, model, key, parameter and fallback are of the same version, and so
// is the record.
func TestReloadUnderLoad(t *testing.T) {
	const requests, reloads, clients = 1000, 100, 10
	r := &reloading{}
	for i := range r.providers {
		r.providers[i] = NewUpstream(t, r.answer(i))
	}
	p := NewProxy(t, r.configuration(0))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	type answer struct {
		id, said string
		unwell   bool
	}
	answers := make(chan answer) // clients keep step with the reloads
	for c := range clients {
		go func() {
			for n := range requests / clients {
				a := answer{id: fmt.Sprintf("reload-%d-%d", c, n), unwell: n%3 == 0}
				a.said = askReloading(t, client, p.URL, a.id, a.unwell)
				answers <- a
			}
		}()
	}
	versions := map[string]int{} // by the request's id
	for n := range requests {
		a := <-answers
		version, err := r.version(a.said, a.unwell)
		if err != nil {
			t.Errorf("%s: %v", a.id, err)
		}
		versions[a.id] = version
		if n%(requests/reloads) == 0 {
			p.Configure(r.configuration(n/(requests/reloads) + 1))
		}
	}
	used := map[string]int{} // the version of each configuration's name
	for _, e := range p.Entries(requests) {
		r, version := e.Record, versions[e.Record.RequestID]
		if used[r.ConfigVersion] == 0 {
			used[r.ConfigVersion] = version + 1
		}
		if r.Outcome != usage.Success || used[r.ConfigVersion] != version+1 || !strings.HasSuffix(r.Backend, fmt.Sprintf("-%d", version)) || r.TargetModel != r.Backend {
			t.Errorf("%s was answered by version %d and recorded as %s by %s: %s", r.RequestID, version, r.Outcome, r.Backend, r.ErrorMessage)
		}
		for _, a := range r.Attempts {
			if !strings.HasSuffix(a.Backend, fmt.Sprintf("-%d", version)) {
				t.Errorf("%s of version %d asked %s", r.RequestID, version, a.Backend)
			}
		}
	}
	if len(used) < reloads/2 {
		t.Errorf("only %d of %d configurations were in use", len(used), reloads)
	}
}

// askReloading returns what the answer says, or what went wrong.
func askReloading(t *testing.T, client *http.Client, url, id string, unwell bool) string {
	body := fmt.Sprintf(`{"model":"a/b","unwell":%v,"messages":[{"role":"user","content":"hi"}]}`, unwell)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Request-Id", id)
	res, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Sprintf("%d %s", res.StatusCode, text)
	}
	return gjson.GetBytes(text, "choices.0.message.content").Str
}
