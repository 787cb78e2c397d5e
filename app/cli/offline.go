package cli

import (
	"context"
	"errors"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// answerer answers what can be known without anything running: a core does,
// and so do the files it would use.
type answerer interface {
	Models(context.Context) ([]controller.ModelView, error)
	TestModel(ctx context.Context, name string) (controller.TestResult, error)
	Keys(context.Context) (controller.KeysView, error)
	Requests(context.Context, usage.Filter, usage.Page) (admin.RequestList, error)
	Totals(context.Context, usage.Filter) (usage.Totals, error)
	Breakdown(context.Context, usage.Filter, usage.Group) ([]usage.Row, error)
	Doctor(context.Context) ([]controller.Check, error)
}

// ask gives f the running core or, when none runs, one built for the moment,
// which opens the same files and no port.
func (s *session) ask(ctx context.Context, f func(answerer) error) error {
	client, err := s.dial()
	if err != nil {
		return err
	}
	if err := f(client); !errors.Is(err, admin.ErrNotRunning) {
		return err
	}
	core, err := app.New(ctx, app.Options{Home: s.home, ConfigPath: s.config, Probes: probes()})
	if errors.Is(err, app.ErrRunning) {
		return hinted(errors.New("yallmproxy is running but does not answer"), "it may be starting or ending: try again")
	}
	if err != nil {
		return err
	}
	return errors.Join(f(offline{core.Controller}), core.Close())
}

// offline is an answerer on a core that does not run.
type offline struct{ core *controller.Controller }

func (o offline) Models(context.Context) ([]controller.ModelView, error) {
	return o.core.Models.List(), nil
}

func (o offline) TestModel(ctx context.Context, name string) (controller.TestResult, error) {
	return o.core.Models.Test(ctx, name)
}

func (o offline) Keys(context.Context) (controller.KeysView, error) { return o.core.Keys.List(), nil }

func (o offline) Requests(ctx context.Context, f usage.Filter, p usage.Page) (admin.RequestList, error) {
	records, err := o.core.Records().List(ctx, f, p)
	return admin.RequestList{Records: records}, err
}

func (o offline) Totals(ctx context.Context, f usage.Filter) (usage.Totals, error) {
	return o.core.Records().Totals(ctx, f)
}

func (o offline) Breakdown(ctx context.Context, f usage.Filter, by usage.Group) ([]usage.Row, error) {
	return o.core.Records().Breakdown(ctx, f, by)
}

// Doctor corrects the one thing that the controller cannot know: that nobody
// runs it.
func (o offline) Doctor(ctx context.Context) ([]controller.Check, error) {
	checks := o.core.Doctor(ctx)
	for i := range checks {
		if checks[i].Name == "core" {
			checks[i] = controller.Check{
				Name: "core", Status: controller.CheckWarning, Detail: "yallmproxy is not running.",
				Fix: "Start it with: yallmproxy, or yallmproxy serve",
			}
		}
	}
	return checks, nil
}
