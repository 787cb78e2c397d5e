package controller

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// Models are the names that clients may ask for.
type Models struct{ c *Controller }

// callable lists the models that a client can ask for, then the names that
// others answer for: groups, and those that have only fallbacks.
func callable(s *relay.Snapshot) []string {
	var names []string
	for _, m := range s.Config().Models {
		names = append(names, m.Name)
	}
	for _, n := range s.Names() {
		names = append(names, n.Name)
	}
	return names
}

// List shows every model: those that can be called, in the order of the
// files, then those of the user's file that cannot, with the reason.
func (m *Models) List() []ModelView {
	snapshot, docs := m.c.o.Relay.Snapshot(), m.c.documents()
	cfg := snapshot.Config()
	views := []ModelView{}
	for _, name := range callable(snapshot) {
		views = append(views, docs.view(cfg, name))
	}
	for _, name := range docs.added.ModelNames() {
		if !slices.ContainsFunc(views, func(v ModelView) bool { return v.Name == name }) {
			views = append(views, docs.idle(cfg, name))
		}
	}
	return views
}

func (m *Models) find(name string) (ModelView, error) {
	list := m.List()
	i := slices.IndexFunc(list, func(v ModelView) bool { return v.Name == name })
	if i < 0 {
		return ModelView{}, refuse(NotFound, "there is no model %q", name)
	}
	return list[i], nil
}

// Add puts a new model into the user's file.
func (m *Models) Add(ctx context.Context, in ModelInput, ifMatch string) (ModelView, error) {
	entry, name, err := newEntry(in)
	if err != nil {
		return ModelView{}, err
	}
	if err := m.checkNew(name); err != nil {
		return ModelView{}, err
	}
	err = m.c.Apply(ctx, func(doc *config.Document) error {
		if entry != nil {
			if err := doc.PutModel(name, entry); err != nil {
				return err
			}
		}
		return setFallbacks(doc, name, in.Fallbacks)
	}, ifMatch)
	if err != nil {
		return ModelView{}, err
	}
	return m.find(name)
}

// Change edits or renames a model of the user's file.
func (m *Models) Change(ctx context.Context, name string, in ModelInput, ifMatch string) (ModelView, error) {
	if err := m.editable(name); err != nil {
		return ModelView{}, err
	}
	var to string
	err := m.c.Apply(ctx, func(doc *config.Document) error {
		entry, found := doc.Model(name)
		if !found {
			to = strings.TrimSpace(in.Name)
			return m.changeVirtual(doc, name, to, in)
		}
		var err error
		if in.YAML != nil {
			entry, to, err = parseEntry(*in.YAML, in.Name)
		} else {
			to = strings.TrimSpace(in.Name)
			err = edit(entry, in, to)
		}
		if err != nil {
			return err
		}
		if to != name {
			if err := m.checkNew(to); err != nil {
				return err
			}
		}
		if err := doc.PutModel(name, entry); err != nil {
			return err
		}
		return setFallbacks(doc, to, in.Fallbacks)
	}, ifMatch)
	if err != nil {
		return ModelView{}, err
	}
	return m.find(to)
}

// changeVirtual changes a name that has only fallbacks.
func (m *Models) changeVirtual(doc *config.Document, name, to string, in ModelInput) error {
	fallbacks := m.c.Config().Router.Fallbacks[name]
	if in.Fallbacks != nil {
		fallbacks = *in.Fallbacks
	}
	if to != name {
		if err := m.checkNew(to); err != nil {
			return err
		}
		if err := doc.SetFallbacks(name, nil); err != nil {
			return err
		}
	}
	if entry, _, err := newEntry(in); err != nil {
		return err
	} else if entry != nil {
		if err := doc.PutModel(to, entry); err != nil {
			return err
		}
	}
	return doc.SetFallbacks(to, fallbacks)
}

// Copy puts a model, of whichever layer, into the user's file under another
// name.
func (m *Models) Copy(ctx context.Context, name, to, ifMatch string) (ModelView, error) {
	if view, err := m.find(name); err != nil {
		return ModelView{}, err
	} else if view.Group {
		return ModelView{}, refuseGroup(name)
	}
	to = strings.TrimSpace(to)
	if err := m.checkNew(to); err != nil {
		return ModelView{}, err
	}
	fallbacks := m.c.Config().Router.Fallbacks[name]
	err := m.c.Apply(ctx, func(doc *config.Document) error {
		entry, found := doc.Model(name)
		if !found {
			entry, found = m.c.documents().base.Model(name)
		}
		if found {
			setChild(entry, to, "model_name")
			if err := doc.PutModel(to, entry); err != nil {
				return err
			}
		}
		return setFallbacks(doc, to, &fallbacks)
	}, ifMatch)
	if err != nil {
		return ModelView{}, err
	}
	return m.find(to)
}

// Remove deletes a model of the user's file, and takes it off the fallbacks of
// others.
func (m *Models) Remove(ctx context.Context, name, ifMatch string) error {
	if err := m.editable(name); err != nil {
		return err
	}
	return m.c.Apply(ctx, func(doc *config.Document) error {
		if _, found := doc.Model(name); found {
			return doc.RemoveModel(name)
		}
		return doc.SetFallbacks(name, nil)
	}, ifMatch)
}

// Test follows the way to a model, step by step, and ends with a very small
// chat.
func (m *Models) Test(ctx context.Context, name string) (TestResult, error) {
	model, ok := m.c.Config().Model(name)
	if !ok {
		view, err := m.find(name)
		if err != nil {
			return TestResult{}, err
		}
		if view.Group {
			return TestResult{}, refuse(Invalid, "%q only stands for other models; test those: %s", name, listed(memberNames(view.Members)))
		}
		if view.Virtual {
			return TestResult{}, refuse(Invalid, "%q only stands for other models; test those: %s", name, listed(view.Fallbacks))
		}
		return TestResult{}, refuse(Invalid, "model %q cannot be called: %s", name, view.Problem)
	}
	if len(model.Parts) == 0 {
		return m.c.followModel(ctx, model, model.Name), nil
	}
	all := TestResult{OK: true, Steps: []Step{}}
	for _, part := range model.Parts {
		all.add(m.c.followModel(ctx, part, model.Name), part.Name)
	}
	return all, nil
}

func (c *Controller) followModel(ctx context.Context, model config.Model, name string) TestResult {
	return c.follow(ctx, config.Provider{
		Name: cmp.Or(model.Provider, model.Name), Endpoints: model.Endpoints, Key: model.Key, Keys: model.Keys,
		Headers: model.Headers, Way: model.Way,
	}, cmp.Or(model.Target, name))
}

// add tells what was found of one of several targets, and which it was.
func (r *TestResult) add(part TestResult, name string) {
	r.OK = r.OK && part.OK
	if len(r.Models) == 0 {
		r.Models = part.Models
	}
	for _, step := range part.Steps {
		if !step.OK && !step.Skipped {
			step.Detail = name + ": " + step.Detail
		}
		r.merge(step)
	}
}

// editable refuses what is not in the user's own file.
func (m *Models) editable(name string) error {
	view, err := m.find(name)
	if err != nil {
		return err
	}
	if view.Group {
		return refuseGroup(name)
	}
	if !view.Editable {
		return refuse(Conflict, "model %q is built in: copy it and change the copy", name)
	}
	return nil
}

func refuseGroup(name string) error {
	return refuse(Conflict, "%q is a group: change it under router_settings.groups in the configuration file", name)
}

func memberNames(members []Member) []string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	return names
}

// checkNew refuses names that are taken or cannot be typed.
func (m *Models) checkNew(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return refuse(Invalid, "a model needs a name without line breaks")
	}
	if _, err := m.find(name); err == nil {
		return refuse(Conflict, "there is a model %q already: choose another name", name)
	}
	return nil
}

func setFallbacks(doc *config.Document, name string, targets *[]string) error {
	if targets == nil {
		return nil
	}
	return doc.SetFallbacks(name, *targets)
}

// newEntry is the entry of a model that is to be added, and its name. A name
// with fallbacks and nothing else needs no entry.
func newEntry(in ModelInput) (entry *yaml.Node, name string, err error) {
	if in.YAML != nil {
		return parseEntry(*in.YAML, in.Name)
	}
	name = strings.TrimSpace(in.Name)
	bare := ModelInput{Name: in.Name, Fallbacks: in.Fallbacks}
	if in == bare && in.Fallbacks != nil && len(*in.Fallbacks) > 0 {
		return nil, name, nil
	}
	entry = &yaml.Node{Kind: yaml.MappingNode}
	setChild(entry, name, "model_name")
	return entry, name, edit(entry, in, name)
}
