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
	o := app.Options{Home: s.home, ConfigPath: s.config, Probes: probes()}
	core, err := app.New(ctx, o)
	unwritable, _ := errors.AsType[*app.UnwritableError](err)
	if unwritable != nil {
		o.ReadOnly = true
		core, err = app.New(ctx, o)
	}
	if errors.Is(err, app.ErrRunning) {
		return hinted(errors.New("yallmproxy is running but does not answer"), "it may be starting or ending: try again")
	}
	if err != nil {
		return err
	}
	return errors.Join(f(offline{core.Controller, unwritable}), core.Close())
}

// offline is an answerer on a core that does not run.
type offline struct {
	core *controller.Controller
	// unwritable is why nothing could be written, if so.
	unwritable *app.UnwritableError
}

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

// Doctor corrects what the controller cannot know: that nobody runs it, and
// that its folder cannot be written.
func (o offline) Doctor(ctx context.Context) ([]controller.Check, error) {
	checks := o.core.Doctor(ctx)
	for i := range checks {
		switch name := checks[i].Name; {
		case name == "core":
			checks[i].Status, checks[i].Detail = controller.CheckWarning, "yallmproxy is not running."
			checks[i].Fix = "Start it with: yallmproxy, or yallmproxy serve"
		case o.unwritable == nil:
		case name == "database":
			checks[i].Status, checks[i].Detail, checks[i].Fix = controller.CheckWarning, "It was not examined.", ""
		case name == "disk":
			checks[i].Status, checks[i].Detail = controller.CheckFailed, sentence(o.unwritable)
			checks[i].Fix = sentence(errors.New(o.unwritable.Hint()))
		}
	}
	return checks, nil
}
