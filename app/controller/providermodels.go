package controller

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// testTimeout bounds a connection test as a whole.
const testTimeout = 45 * time.Second

// Test follows the way to a configured provider, step by step.
func (p *Providers) Test(ctx context.Context, name string) (TestResult, error) {
	provider, err := p.find(name)
	if err != nil {
		return TestResult{}, err
	}
	return p.c.follow(ctx, provider, ""), nil
}

// Try tests a provider that is not saved. Nothing of it is kept.
func (p *Providers) Try(ctx context.Context, in ProviderTrial) (TestResult, error) {
	provider := config.Provider{Name: in.Name, Headers: in.Headers}
	endpoints, err := p.endpoints(cmp.Or(in.Name, in.Catalog), in.ProviderInput)
	if err != nil {
		return TestResult{}, err
	}
	for _, e := range endpoints {
		provider.Endpoints = append(provider.Endpoints, config.NewEndpoint(e.Dialect, e.Base))
	}
	saved, _ := p.c.Config().Provider(in.Name)
	provider.Way = saved.Way
	for name, value := range in.Headers {
		if strings.Contains(value, masked) {
			provider.Headers[name] = saved.Headers[name]
		}
	}
	if provider.Way = saved.Way; saved.Name == "" {
		provider.Way = p.c.Config().Way
	}
	if provider.Keys, err = p.tried(in.ProviderInput, saved); err != nil {
		return TestResult{}, err
	}
	if len(provider.Keys) > 0 {
		provider.Key = provider.Keys[0]
	}
	return p.c.follow(ctx, provider, ""), nil
}

// tried are the keys that a provider would use that is not saved.
func (p *Providers) tried(in ProviderInput, saved config.Provider) ([]config.Key, error) {
	asked := []ProviderKeyInput{{Key: in.Key, Ref: in.KeyRef}}
	if in.Keys != nil {
		asked = *in.Keys
	} else if in.Key == "" && in.KeyRef == "" {
		return saved.Keys, nil
	}
	var keys []config.Key
	for i, k := range asked {
		key, err := p.triedKey(k, saved)
		if err != nil {
			return nil, err
		}
		if key.Name == "" {
			key.Name = "key " + strconv.Itoa(i+1)
		}
		if key.Configured() {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (p *Providers) triedKey(in ProviderKeyInput, saved config.Provider) (config.Key, error) {
	switch {
	case in.Key != "":
		return config.Key{Value: config.NewSecret(strings.TrimSpace(in.Key))}, nil
	case in.Ref == "-":
		return config.Key{}, nil
	case in.Ref != "":
		return p.resolve(in.Ref)
	}
	i := slices.IndexFunc(saved.Keys, func(k config.Key) bool { return k.Name == in.Name })
	if i < 0 {
		return config.Key{}, refuse(Invalid, "there is no key %q any more", in.Name)
	}
	return saved.Keys[i], nil
}

// resolve finds the value of a reference as the configuration would.
func (p *Providers) resolve(ref string) (config.Key, error) {
	const probe = "probe"
	doc, err := config.ParseDocument("reference", nil)
	if err != nil {
		return config.Key{}, err
	}
	entry := map[string]any{"api_base": "http://127.0.0.1/v1", "api_key": ref}
	if err := doc.PutProvider(probe, entry); err != nil {
		return config.Key{}, err
	}
	text, err := doc.Bytes()
	if err != nil {
		return config.Key{}, err
	}
	cfg, err := config.Parse(p.c.o.Source, text)
	if err != nil {
		return config.Key{}, err
	}
	provider, _ := cfg.Provider(probe)
	if provider.Key.Problem != "" {
		return config.Key{}, refuse(Invalid, "%s", provider.Key.Problem)
	}
	return provider.Key, nil
}

// Models asks a provider for its own list.
func (p *Providers) Models(ctx context.Context, name string) ([]ProviderModel, error) {
	provider, err := p.find(name)
	if err != nil {
		return nil, err
	}
	result := p.c.follow(ctx, provider, "")
	if !result.OK && len(result.Models) == 0 {
		return nil, refuse(Unreachable, "the model list of %q could not be read: %s", name, firstFailure(result))
	}
	targets := map[string]bool{}
	for _, m := range p.c.Config().Models {
		for _, at := range append([]config.Model{m}, m.Parts...) {
			if at.Provider == name {
				targets[cmp.Or(at.Target, m.Name)] = true
			}
		}
	}
	list := make([]ProviderModel, len(result.Models))
	for i, id := range result.Models {
		list[i] = ProviderModel{ID: id, Added: targets[id]}
	}
	return list, nil
}

// AddModels adds many models of a provider in one change.
func (p *Providers) AddModels(ctx context.Context, name string, models []NewModel, ifMatch string) ([]ModelView, error) {
	if _, err := p.find(name); err != nil {
		return nil, err
	}
	var names []string
	for i := range models {
		models[i].Name = strings.TrimSpace(cmp.Or(models[i].Name, models[i].ID))
		if err := p.c.Models.checkNew(models[i].Name); err != nil {
			return nil, err
		}
		if slices.Contains(names, models[i].Name) {
			return nil, refuse(Invalid, "the name %q is given twice", models[i].Name)
		}
		names = append(names, models[i].Name)
	}
	err := p.c.Apply(ctx, func(doc *config.Document) error {
		for _, m := range models {
			entry := map[string]any{"model_name": m.Name, "provider": name}
			if m.Name != m.ID {
				entry["model_params"] = map[string]any{"model": m.ID}
			}
			if err := doc.PutModel(m.Name, entry); err != nil {
				return err
			}
		}
		return nil
	}, ifMatch)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(p.c.Models.List(), func(m ModelView) bool { return !slices.Contains(names, m.Name) }), nil
}

// follow tests a provider's endpoints; a model, if given, gets a tiny chat at
// the first. The steps of several endpoints are told as one: what failed, and
// otherwise what the first endpoint said.
func (c *Controller) follow(ctx context.Context, provider config.Provider, model string) TestResult {
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	result := TestResult{OK: true, Steps: []Step{}}
	for i, e := range provider.Endpoints {
		target := upstream.TestTarget{Endpoint: e, Key: provider.Key, Headers: provider.Headers, Way: provider.Way}
		if i == 0 {
			target.Model = model
			target.Others = slices.DeleteFunc(slices.Clone(provider.Keys), func(k config.Key) bool { return k == provider.Key })
		}
		report := c.o.Relay.Test(ctx, target)
		result.OK = report.OK
		if len(result.Models) == 0 {
			result.Models = slices.Sorted(slices.Values(report.Models))
		}
		for _, s := range report.Steps {
			result.tell(s)
		}
		if !report.OK {
			break
		}
	}
	return result
}

// tell adds a step, or its outcome to the step of that name.
func (r *TestResult) tell(s upstream.TestStep) {
	r.merge(Step{Name: s.Name, OK: s.OK, Skipped: s.Skipped, Detail: s.Detail, Micros: s.Duration.Microseconds()})
}

func (r *TestResult) merge(step Step) {
	i := slices.IndexFunc(r.Steps, func(have Step) bool { return have.Name == step.Name })
	switch {
	case i < 0:
		r.Steps = append(r.Steps, step)
	case !step.OK && !step.Skipped:
		r.Steps[i] = step
	case r.Steps[i].Skipped && !step.Skipped:
		r.Steps[i] = step
	default:
		r.Steps[i].Micros += step.Micros
	}
}

// firstFailure is what a test says about the step that failed.
func firstFailure(r TestResult) string {
	for _, s := range r.Steps {
		if !s.OK && !s.Skipped {
			return s.Detail
		}
	}
	return "it has none"
}
