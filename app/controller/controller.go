// Package controller holds the one object that everything else talks to. The
// tray, the window, the browser, the command line and the file watcher all
// call the same few methods, so that a change means the same whoever makes it.
package controller

import (
	"context"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Controller starts and stops the model listener, applies configuration and
// tells everybody what happened.
type Controller struct {
	Models    *Models
	Providers *Providers
	Keys      *Keys
	Settings  *Settings
	File      *File
	Desktop   *Desktop
}

func (c *Controller) State() State                                            { panic("later") }
func (c *Controller) StartProxy(ctx context.Context, port int) (State, error) { panic("later") }
func (c *Controller) StopProxy(ctx context.Context) (State, error)            { panic("later") }
func (c *Controller) Reload(ctx context.Context) error                        { panic("later") }
func (c *Controller) Subscribe(ctx context.Context) <-chan Event              { panic("later") }
func (c *Controller) InFlight() []usage.InFlight                              { panic("later") }
func (c *Controller) Records() usage.Store                                    { panic("later") }
func (c *Controller) Doctor(ctx context.Context) []Check                      { panic("later") }
func (c *Controller) ETag() string                                            { panic("later") }

type (
	Models    struct{}
	Providers struct{}
	Keys      struct{}
	Settings  struct{}
	File      struct{}
	Desktop   struct{}
)

func (m *Models) List() []ModelView { panic("later") }
func (m *Models) Add(ctx context.Context, in ModelInput, ifMatch string) (ModelView, error) {
	panic("later")
}
func (m *Models) Change(ctx context.Context, name string, in ModelInput, ifMatch string) (ModelView, error) {
	panic("later")
}
func (m *Models) Copy(ctx context.Context, name, to, ifMatch string) (ModelView, error) {
	panic("later")
}
func (m *Models) Remove(ctx context.Context, name, ifMatch string) error    { panic("later") }
func (m *Models) Test(ctx context.Context, name string) (TestResult, error) { panic("later") }
func (p *Providers) Catalog() []CatalogEntry                                { panic("later") }
func (p *Providers) List() []ProviderView                                   { panic("later") }
func (p *Providers) Put(ctx context.Context, name string, in ProviderInput, ifMatch string) (ProviderView, error) {
	panic("later")
}
func (p *Providers) Remove(ctx context.Context, name, ifMatch string) error           { panic("later") }
func (p *Providers) Test(ctx context.Context, name string) (TestResult, error)        { panic("later") }
func (p *Providers) Try(ctx context.Context, in ProviderTrial) (TestResult, error)    { panic("later") }
func (p *Providers) Models(ctx context.Context, name string) ([]ProviderModel, error) { panic("later") }
func (p *Providers) AddModels(ctx context.Context, name string, models []NewModel, ifMatch string) ([]ModelView, error) {
	panic("later")
}
func (k *Keys) List() KeysView                                    { panic("later") }
func (k *Keys) Set(ctx context.Context, name, value string) error { panic("later") }
func (k *Keys) Remove(ctx context.Context, name string) error     { panic("later") }
func (s *Settings) List() []SettingView                           { panic("later") }
func (s *Settings) Patch(ctx context.Context, values map[string]any, ifMatch string) error {
	panic("later")
}
func (f *File) View() (ConfigView, error)                               { panic("later") }
func (f *File) Replace(ctx context.Context, yaml, ifMatch string) error { panic("later") }
func (d *Desktop) Places() []Place                                      { panic("later") }
func (d *Desktop) Open(name string) error                               { panic("later") }
func (d *Desktop) ShowWindow() error                                    { panic("later") }
func (d *Desktop) Quit()                                                { panic("later") }
