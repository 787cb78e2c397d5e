package controller

import (
	"context"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Change edits where a name leads: its fallbacks, its other names and, for a
// group, its members. A name that did not exist becomes a group or a virtual
// name. What the configuration would only warn of, such as a member that does
// not exist or a circle, is refused.
func (r *Routing) Change(ctx context.Context, name string, in RouteInput, ifMatch string) (RouteView, error) {
	name = strings.TrimSpace(name)
	if err := r.changeable(name, in); err != nil {
		return RouteView{}, err
	}
	err := r.c.Apply(ctx, func(doc *config.Document) error {
		before := r.warnings(doc)
		if err := in.apply(doc, name); err != nil {
			return err
		}
		fresh := slices.DeleteFunc(r.warnings(doc), func(w string) bool { return slices.Contains(before, w) })
		if len(fresh) > 0 {
			return refuse(Invalid, "%s", strings.Join(fresh, "; "))
		}
		return nil
	}, ifMatch)
	if err != nil {
		return RouteView{}, err
	}
	list := r.routes()
	if i := slices.IndexFunc(list, func(v RouteView) bool { return v.Name == name }); i >= 0 {
		return list[i], nil
	}
	// It is gone, as was asked for.
	return RouteView{
		Name: name, Kind: RouteVirtual, Aliases: []string{}, Stages: []StageView{},
		Fallbacks: []string{}, ContextFallbacks: []string{}, PolicyFallbacks: []string{},
	}, nil
}

func (in RouteInput) apply(doc *config.Document, name string) error {
	if in.Members != nil {
		members := make([]config.Member, len(*in.Members))
		for i, m := range *in.Members {
			members[i] = config.Member{Model: strings.TrimSpace(m.Model), Weight: 1, Priority: m.Priority}
			if m.Weight != nil {
				members[i].Weight = *m.Weight
			}
		}
		if err := doc.SetGroup(name, members); err != nil {
			return err
		}
	}
	for list, targets := range map[config.FallbackList]*[]string{
		config.Fallbacks: in.Fallbacks, config.ContextFallbacks: in.ContextFallbacks, config.PolicyFallbacks: in.PolicyFallbacks,
	} {
		if targets == nil {
			continue
		}
		if err := doc.SetFallbacksIn(list, name, trimmed(*targets)); err != nil {
			return err
		}
	}
	if in.Aliases != nil {
		return doc.SetAliases(name, trimmed(*in.Aliases))
	}
	return nil
}

// trimmed returns the texts without blanks around them, each once.
func trimmed(texts []string) []string {
	out := []string{}
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// changeable refuses what cannot be meant.
func (r *Routing) changeable(name string, in RouteInput) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return refuse(Invalid, "a route needs a name without line breaks")
	}
	view, err := r.find(name)
	switch {
	case err == nil && !view.Editable:
		return refuse(Conflict, "%q is built in: make a group or a model of another name", name)
	case err == nil && in.Members != nil && view.Kind != RouteGroup && view.Kind != RouteVirtual:
		return refuse(Conflict, "there is a model %q already: choose another name for the group", name)
	case err != nil && !in.creates():
		return refuse(NotFound, "there is no model, group or virtual name %q", name)
	}
	if to, ok := r.c.Config().Router.Aliases[name]; err != nil && ok {
		return refuse(Conflict, "%q is another name of %q: change that", name, to)
	}
	return nil
}

// creates reports whether the input makes a name that was not there.
func (in RouteInput) creates() bool {
	return in.Members != nil && len(*in.Members) > 0 || in.Fallbacks != nil && len(*in.Fallbacks) > 0
}

func (r *Routing) find(name string) (RouteView, error) {
	list := r.routes()
	i := slices.IndexFunc(list, func(v RouteView) bool { return v.Name == name })
	if i < 0 {
		return RouteView{}, refuse(NotFound, "there is no model, group or virtual name %q", name)
	}
	return list[i], nil
}

// warnings lists what the configuration would warn of; nothing when it would
// be refused, for Apply says that better.
func (r *Routing) warnings(doc *config.Document) []string {
	text, err := doc.Bytes()
	if err != nil {
		return nil
	}
	cfg, err := config.Parse(r.c.o.Source, text)
	if err != nil {
		return nil
	}
	out := make([]string, len(cfg.Warnings))
	for i, w := range cfg.Warnings {
		out[i] = w.Message
	}
	return out
}

// Remove takes a group or virtual name away. While something leads to it that
// is refused, unless forced, which takes it off all of that.
func (r *Routing) Remove(ctx context.Context, name string, force bool, ifMatch string) error {
	view, err := r.find(name)
	switch {
	case err != nil:
		return err
	case view.Kind == RouteModel || view.Kind == RouteWildcard:
		return refuse(Conflict, "%q is a model: remove it from the models", name)
	case !view.Editable:
		return refuse(Conflict, "%q is built in and cannot be removed", name)
	}
	if by := referring(r.c.Config(), name); len(by) > 0 && !force {
		return refuse(Conflict, "%q is used by %s: change these first, or remove it from them as well with force", name, strings.Join(by, ", "))
	}
	return r.c.Apply(ctx, func(doc *config.Document) error {
		if err := doc.SetGroup(name, nil); err != nil {
			return err
		}
		return doc.ForgetName(name)
	}, ifMatch)
}

// referring lists what leads to a name, in words.
func referring(cfg *config.Config, name string) []string {
	var out []string
	for _, l := range []struct {
		what  string
		lists map[string][]string
	}{
		{"the fallbacks of", cfg.Router.Fallbacks},
		{"the context fallbacks of", cfg.Router.ContextFallbacks},
		{"the policy fallbacks of", cfg.Router.PolicyFallbacks},
	} {
		for primary, targets := range l.lists {
			if slices.Contains(targets, name) {
				out = append(out, l.what+" "+primary)
			}
		}
	}
	for _, g := range cfg.Router.Groups {
		if slices.ContainsFunc(g.Members, func(m config.Member) bool { return m.Model == name }) {
			out = append(out, "group "+g.Name)
		}
	}
	for alias, to := range cfg.Router.Aliases {
		if to == name {
			out = append(out, "alias "+alias)
		}
	}
	for scope, rate := range degrading(cfg) {
		if rate.DegradeTo == name {
			out = append(out, "the limits of "+scope)
		}
	}
	slices.Sort(out)
	return out
}

// degrading lists the limits that name a model to degrade to.
func degrading(cfg *config.Config) map[string]config.Rate {
	out := map[string]config.Rate{"all callers": cfg.Limit}
	for _, m := range cfg.Models {
		out["model "+m.Name] = m.Limit
	}
	for _, k := range cfg.AppKeys.Keys {
		out["caller "+k.ID] = k.Limit
	}
	return out
}
