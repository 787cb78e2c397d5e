package controller

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Settings are the values that have a line of their own on the Settings page.
type Settings struct{ c *Controller }

// List shows every setting with its value and where that comes from.
func (s *Settings) List() []SettingView {
	docs := s.c.documents()
	views := []SettingView{}
	for _, setting := range config.Settings() {
		path := strings.Split(setting.Path, ".")
		v := SettingView{
			Key: setting.Path, Group: setting.Group, Type: settingType(setting.Type),
			Options: setting.Options, Restart: setting.Restart, Doc: setting.Doc,
			Default: setting.Default, Source: string(config.LayerDefault),
		}
		if node, ok := docs.base.Get(path...); ok {
			v.Default = decoded(node, setting)
		}
		v.Value = v.Default
		if node, ok := docs.added.Get(path...); ok && node.ShortTag() != "!!null" {
			v.Value, v.Source = decoded(node, setting), string(config.LayerAdded)
		}
		s.environment(&v)
		views = append(views, v)
	}
	return views
}

// environment shows what the process environment overrides.
func (s *Settings) environment(v *SettingView) {
	variable := map[string]string{
		"proxy_settings.server.host": "YALLMP_HOST",
		"proxy_settings.server.port": "YALLMP_PORT",
	}[v.Key]
	if variable == "" || s.c.o.Source.Getenv == nil {
		return
	}
	if text, ok := s.c.o.Source.Getenv(variable); !ok || strings.TrimSpace(text) == "" {
		return
	}
	server := s.c.Config().Server
	v.Source = "environment"
	if v.Value = any(server.Host); variable == "YALLMP_PORT" {
		v.Value = server.Port
	}
}

// Patch changes settings, all or none; nil goes back to the default.
func (s *Settings) Patch(ctx context.Context, values map[string]any, ifMatch string) error {
	known := config.Settings()
	for key := range values {
		if !slices.ContainsFunc(known, func(k config.Setting) bool { return k.Path == key }) {
			return refuse(Invalid, "there is no setting %q", key)
		}
	}
	return s.c.Apply(ctx, func(doc *config.Document) error {
		for _, setting := range known { // in their order, so that a new file has one
			value, given := values[setting.Path]
			if !given {
				continue
			}
			path := strings.Split(setting.Path, ".")
			if value == nil {
				if err := doc.Delete(path...); err != nil {
					return err
				}
				continue
			}
			if err := doc.Set(whole(value), path...); err != nil {
				return err
			}
		}
		return nil
	}, ifMatch)
}

// whole turns numbers, which JSON has only one kind of, into integers where
// they are.
func whole(value any) any {
	if n, ok := value.(float64); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return int64(n)
	}
	return value
}

// settingType is the form of a setting as the Settings page knows it.
func settingType(t config.Type) string {
	if t == config.TypeURL {
		return string(config.TypeString)
	}
	return string(t)
}

// decoded is what a file says, in the form that the setting's type has in
// JSON. What does not fit is shown as it is written.
func decoded(n *yaml.Node, setting config.Setting) any {
	switch setting.Type {
	case config.TypeInteger:
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return i
		}
	case config.TypeBoolean:
		switch strings.ToLower(n.Value) {
		case "true", "yes", "on", "1":
			return true
		case "false", "no", "off", "0":
			return false
		}
	case config.TypeList:
		list := []string{}
		if n.Kind == yaml.ScalarNode && n.Value != "" {
			list = append(list, n.Value)
		}
		for _, item := range n.Content {
			list = append(list, item.Value)
		}
		return list
	}
	return n.Value
}
