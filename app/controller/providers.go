package controller

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Providers are the places that serve models.
type Providers struct{ c *Controller }

// Catalog lists the providers that come with the program.
func (p *Providers) Catalog() []CatalogEntry {
	entries := make([]CatalogEntry, len(p.c.o.Catalogue))
	for i, e := range p.c.o.Catalogue {
		entries[i] = CatalogEntry(e)
	}
	return entries
}

func (p *Providers) catalogEntry(id string) (configs.Provider, bool) {
	i := slices.IndexFunc(p.c.o.Catalogue, func(e configs.Provider) bool { return e.ID == id })
	if i < 0 {
		return configs.Provider{}, false
	}
	return p.c.o.Catalogue[i], true
}

// List shows the configured providers.
func (p *Providers) List() []ProviderView {
	cfg := p.c.Config()
	views := make([]ProviderView, len(cfg.Providers))
	for i, provider := range cfg.Providers {
		views[i] = p.view(cfg, provider)
	}
	return views
}

func (p *Providers) view(cfg *config.Config, provider config.Provider) ProviderView {
	label := provider.Name
	if e, ok := p.catalogEntry(provider.Catalog); ok && (provider.Name == e.ID || provider.Name == "") {
		label = e.Label
	}
	v := ProviderView{
		Name:       provider.Name,
		Catalog:    provider.Catalog,
		Label:      label,
		Endpoints:  endpointViews(provider.Endpoints),
		Key:        keyState(provider.Key),
		KeyRef:     provider.Key.Ref,
		KeyProblem: provider.Key.Problem,
		Keys:       providerKeys(provider.Keys),
		Headers:    maskedHeaders(provider.Headers),
		Models:     []string{},
		Layer:      provider.Layer,
	}
	for _, m := range cfg.Models {
		if uses(m, provider.Name) {
			v.Models = append(v.Models, m.Name)
		}
	}
	return v
}

// uses reports whether a model, or one of its targets, is at a provider.
func uses(m config.Model, provider string) bool {
	return m.Provider == provider || slices.ContainsFunc(m.Parts, func(part config.Model) bool { return part.Provider == provider })
}

func (p *Providers) find(name string) (config.Provider, error) {
	provider, ok := p.c.Config().Provider(name)
	if !ok {
		return config.Provider{}, refuse(NotFound, "there is no provider %q", name)
	}
	return provider, nil
}

// Put creates or replaces a provider. A key in it goes to the keychain, or,
// when the person agreed, into the env file; the configuration only refers to
// it.
func (p *Providers) Put(ctx context.Context, name string, in ProviderInput, ifMatch string) (ProviderView, error) {
	if err := checkProviderName(name); err != nil {
		return ProviderView{}, err
	}
	entry, err := p.entry(name, in)
	if err != nil {
		return ProviderView{}, err
	}
	ch := change{ifMatch: ifMatch}
	edit, err := p.keyChange(name, in, &ch)
	if err != nil {
		return ProviderView{}, err
	}
	ch.text = editing(p.c.o.Source.Path, func(doc *config.Document) error {
		if err := edit(doc, entry); err != nil {
			return err
		}
		return doc.PutProvider(name, keeping(doc, name, in, entry))
	})
	if err := p.c.apply(ctx, ch); err != nil {
		return ProviderView{}, err
	}
	provider, err := p.find(name)
	return p.view(p.c.Config(), provider), err
}

// entry is the provider as the file is to have it, without its keys.
func (p *Providers) entry(name string, in ProviderInput) (map[string]any, error) {
	entry := map[string]any{}
	endpoints, err := p.endpoints(name, in)
	if err != nil {
		return nil, err
	}
	if in.Catalog != "" {
		entry["catalog"] = in.Catalog
	}
	// What the catalogue says is left to it, so that its corrections arrive.
	e, known := p.catalogEntry(in.Catalog)
	if len(in.Endpoints) > 0 && !(known && slices.Equal(endpoints, catalogEndpoints(e))) {
		list := make([]map[string]string, len(endpoints))
		for i, e := range endpoints {
			list[i] = map[string]string{"dialect": e.Dialect, "api_base": e.Base}
		}
		entry["endpoints"] = list
	}
	if len(in.Endpoints) == 0 && len(in.Variables) > 0 {
		entry["variables"] = in.Variables
	}
	return entry, nil
}

// endpoints are those of the input, else those of its catalogue entry with the
// variables filled in, else those the provider has already.
func (p *Providers) endpoints(name string, in ProviderInput) ([]EndpointView, error) {
	if len(in.Endpoints) > 0 {
		out := slices.Clone(in.Endpoints)
		for i := range out {
			out[i].Dialect = cmp.Or(out[i].Dialect, string(llm.OpenAI))
			out[i].Base = strings.TrimRight(strings.TrimSpace(out[i].Base), "/")
		}
		return out, nil
	}
	e, known := p.catalogEntry(in.Catalog)
	if in.Catalog != "" && !known {
		return nil, refuse(Invalid, "there is no provider %q in the catalogue", in.Catalog)
	}
	if have, ok := p.c.Config().Provider(name); ok && have.Catalog == in.Catalog && len(in.Variables) == 0 {
		return endpointViews(have.Endpoints), nil
	}
	if len(e.Endpoints) == 0 {
		return nil, refuse(Invalid, "provider %q needs the base URL of at least one endpoint", name)
	}
	return filled(e, in.Variables)
}

// keeping adds to entry what the provider in the file says and the input is
// not about, and headers whose values were shown masked.
func keeping(doc *config.Document, name string, in ProviderInput, entry map[string]any) map[string]any {
	replaced := []string{"catalog", "api_key", "api_keys", "headers"}
	if len(in.Endpoints) > 0 || len(in.Variables) > 0 {
		replaced = append(replaced, "variables", "endpoints", "api_base", "api_type")
	}
	if node, ok := doc.Provider(name); ok && node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i].Value
			if entry[key] == nil && !slices.Contains(replaced, key) {
				entry[key] = node.Content[i+1]
			}
		}
	}
	headers := map[string]any{}
	for header, value := range in.Headers {
		headers[header] = value
		if strings.Contains(value, masked) {
			if node, ok := doc.Get("providers", name, "headers", header); ok {
				headers[header] = node
			}
		}
	}
	if len(headers) > 0 {
		entry["headers"] = headers
	}
	return entry
}

// Remove deletes a provider from the user's file. Its key stays where it is.
func (p *Providers) Remove(ctx context.Context, name, ifMatch string) error {
	provider, err := p.find(name)
	if err != nil {
		return err
	}
	if provider.Layer == config.LayerDefault {
		return refuse(Conflict, "provider %q is built in and cannot be removed", name)
	}
	if used := p.view(p.c.Config(), provider).Models; len(used) > 0 {
		return refuse(Conflict, "provider %q is used by %s: remove or change them first", name, listed(used))
	}
	return p.c.Apply(ctx, func(doc *config.Document) error { return doc.RemoveProvider(name) }, ifMatch)
}

// filled puts the values of variables into the base URLs of a catalogue entry.
func filled(e configs.Provider, values map[string]string) ([]EndpointView, error) {
	out := catalogEndpoints(e)
	for _, v := range e.Variables {
		value := strings.TrimSpace(values[v.Name])
		if value == "" {
			return nil, refuse(Invalid, "%s needs its %s, such as %s", e.Label, v.Label, v.Example)
		}
		for i := range out {
			out[i].Base = strings.ReplaceAll(out[i].Base, "{"+v.Name+"}", url.PathEscape(value))
		}
	}
	return out, nil
}

func catalogEndpoints(e configs.Provider) []EndpointView {
	out := make([]EndpointView, len(e.Endpoints))
	for i, endpoint := range e.Endpoints {
		out[i] = EndpointView(endpoint)
	}
	return out
}

// checkProviderName keeps names to what reads well in a file and a URL.
func checkProviderName(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$`).MatchString(name) {
		return refuse(Invalid, "%q is no name for a provider: use 1 to 64 letters, digits, spaces, dots, dashes and underscores, a letter or digit first", name)
	}
	return nil
}

func endpointViews(endpoints []config.Endpoint) []EndpointView {
	views := make([]EndpointView, len(endpoints))
	for i, e := range endpoints {
		views[i] = EndpointView{Dialect: e.Kind(), Base: e.Base}
	}
	return views
}

// masked stands for a value that is not shown.
const masked = "•••"

// maskedHeaders hides the values of headers that are not known to be harmless.
func maskedHeaders(headers map[string]string) map[string]string {
	if len(headers) == 0 {
		return nil
	}
	out := make(map[string]string, len(headers))
	for name, value := range headers {
		out[name] = value
		switch strings.ToLower(name) {
		case "user-agent", "accept", "http-referer", "referer", "x-title", "anthropic-version", "anthropic-beta", "openai-beta", "openai-organization", "openai-project":
		default:
			out[name] = masked
		}
	}
	return out
}

// listed joins names for a sentence, the first few of them.
func listed(names []string) string {
	const few = 5
	if len(names) > few {
		return strings.Join(names[:few], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}
