package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

var update = flag.Bool("update", false, "rewrite golden files with what the code does now")

// archive is a txtar file whose sections are the inputs of a test and, in the
// one named want, its result.
type archive struct {
	*txtar.Archive
	path string
}

// eachArchive runs a test for every txtar file in testdata/dir.
func eachArchive(t *testing.T, dir string, f func(t *testing.T, a archive)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files in testdata/%s: %v", dir, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			parsed, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f(t, archive{parsed, path})
		})
	}
}

// file returns a section; absent sections are nil.
func (a archive) file(name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// lines returns NAME=value lines of a section.
func (a archive) lines(name string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(string(a.file(name))) {
		if k, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			out[k] = v
		}
	}
	return out
}

// want compares a section with what the code did, or rewrites it.
func (a archive) want(t *testing.T, name string, got []byte) {
	t.Helper()
	if diff := cmp.Diff(string(a.file(name)), string(got)); diff != "" && !*update {
		t.Errorf("%s: %s differs (-want +got; -update accepts):\n%s", a.path, name, diff)
		return
	}
	if !*update {
		return
	}
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = got
			got = nil
		}
	}
	if got != nil {
		a.Files = append(a.Files, txtar.File{Name: name, Data: got})
	}
	if err := os.WriteFile(a.path, txtar.Format(a.Archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLoad loads the layers of each archive: default.yaml, default.env,
// added.yaml, added.env, environ and keyring are optional. The result is the
// configuration as JSON where it is not the default, keys revealed, followed
// by the warnings; or the problems.
func TestLoad(t *testing.T) {
	eachArchive(t, "load", func(t *testing.T, a archive) {
		dir := t.TempDir()
		src := Source{
			Path: filepath.Join(dir, "config_added.yaml"), Default: a.file("default.yaml"), DefaultEnv: a.file("default.env"),
			Catalogue: testCatalogue, Getenv: lookupIn(a.lines("environ")), Keyring: keyringOf(a.lines("keyring")),
		}
		if env := a.file("added.env"); env != nil {
			writeTestFile(t, filepath.Join(dir, ".env_added"), env)
		}
		if added := a.file("added.yaml"); added != nil {
			writeTestFile(t, src.Path, added)
		}
		a.want(t, "want", []byte(strings.ReplaceAll(rendered(t, src), dir+string(filepath.Separator), "")))
	})
}

func writeTestFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func lookupIn(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func keyringOf(m map[string]string) func(string) (string, error) {
	return func(name string) (string, error) {
		if v, ok := m[name]; ok {
			return v, nil
		}
		return "", errors.New("there is no such key in the keychain")
	}
}

func testCatalogue(id string) ([]Endpoint, bool) {
	e, ok := map[string][]Endpoint{
		"openai":     {{Dialect: llm.OpenAI, Base: "https://api.openai.com/v1"}},
		"anthropic":  {{Dialect: llm.Anthropic, Base: "https://api.anthropic.com/v1"}},
		"openrouter": {{Dialect: llm.OpenAI, Base: "https://openrouter.ai/api/v1"}, {Dialect: llm.Anthropic, Base: "https://openrouter.ai/api/v1"}},
		"azure":      {{Dialect: llm.OpenAI, Base: "https://{resource}.openai.azure.com/openai/v1"}},
		"custom":     {},
	}[id]
	return e, ok
}

// rendered loads src and describes what came out.
func rendered(t *testing.T, src Source) string {
	t.Helper()
	cfg, err := Load(src)
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return "invalid\n" + problemLines(invalid.Problems)
	} else if err != nil {
		t.Fatalf("Load: %v, not an *InvalidError", err)
	}
	plain, err := Load(Source{})
	if err != nil {
		t.Fatalf("nothing at all does not load: %v", err)
	}
	var out strings.Builder
	for _, part := range []struct {
		name      string
		got, base any
	}{
		{"server", cfg.Server, plain.Server},
		{"router", cfg.Router, plain.Router},
		{"queue", cfg.Queue, plain.Queue},
		{"limit", cfg.Limit, plain.Limit},
		{"recording", cfg.Recording, plain.Recording},
		{"database", cfg.Database, plain.Database},
		{"app", cfg.App, plain.App},
	} {
		if got := asJSON(t, part.got); got != asJSON(t, part.base) {
			fmt.Fprintf(&out, "%s %s\n", part.name, got)
		}
	}
	if dsn := cfg.Database.DSN.Reveal(); dsn != "" {
		fmt.Fprintf(&out, "dsn %s\n", dsn)
	}
	if asJSON(t, cfg.AppKeys) != asJSON(t, plain.AppKeys) {
		fmt.Fprintf(&out, "app_keys %s\n", asJSON(t, cfg.AppKeys))
		for _, k := range cfg.AppKeys.Keys {
			fmt.Fprintf(&out, "  %s %q\n", k.ID, k.Secret.Reveal())
		}
	}
	for _, p := range cfg.Providers {
		fmt.Fprintf(&out, "provider %s\n%s", asJSON(t, p), wayLines(p.Keys, p.Way))
	}
	for _, m := range cfg.Models {
		out.WriteString(modelLines(t, "model", m, plain.Router.Timeouts))
		for _, part := range m.Parts {
			out.WriteString(modelLines(t, "part", part, plain.Router.Timeouts))
		}
	}
	return out.String() + problemLines(cfg.Warnings)
}

// modelLines leaves out the time limits where they are the usual ones.
func modelLines(t *testing.T, what string, m Model, usual Timeouts) string {
	t.Helper()
	text := fmt.Sprintf("%s %s\n", what, asJSON(t, m))
	if m.Timeouts != usual {
		text += fmt.Sprintf("  timeouts %s\n", strings.Trim(fmt.Sprintf("%+v", m.Timeouts), "{}"))
	}
	return text + wayLines(m.Keys, m.Way)
}

func wayLines(keys []Key, way Way) string {
	var out strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&out, "  key %q ref=%q value=%q problem=%q\n", k.Name, k.Ref, k.Value.Reveal(), k.Problem)
	}
	if way != (Way{}) {
		fmt.Fprintf(&out, "  way proxy=%q ca=%q cert=%q key=%q\n", way.Proxy.Reveal(), way.CAFile, way.ClientCert, way.ClientKey)
	}
	return out.String()
}

func problemLines(ps []Problem) string {
	var out strings.Builder
	for _, p := range ps {
		out.WriteString(p.String() + "\n")
	}
	return out.String()
}

// asJSON leaves zero values and keys out, which would only be noise.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	switch v.(type) {
	case Provider, Model:
		for _, onTheirOwn := range []string{"Key", "Keys", "Way", "Timeouts", "Parts"} {
			delete(fields, onTheirOwn)
		}
	case Router:
		plain, err := Load(Source{})
		if err != nil {
			t.Fatal(err)
		}
		for name := range fields {
			usual := reflect.ValueOf(plain.Router).FieldByName(name).Interface()
			if reflect.DeepEqual(reflect.ValueOf(v).FieldByName(name).Interface(), usual) {
				delete(fields, name)
			}
		}
	}
	dropZero(fields)
	text, err = json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// dropZero takes out what is zero, at every depth but in a model's parameters,
// where a zero is something.
func dropZero(fields map[string]any) {
	for name, value := range fields {
		switch value := value.(type) {
		case map[string]any:
			if dropZero(value); len(value) == 0 {
				delete(fields, name)
			}
		case []any:
			for _, item := range value {
				if inner, ok := item.(map[string]any); ok && name != "Parameters" {
					dropZero(inner)
				}
			}
		case nil:
			delete(fields, name)
		case string, bool, float64:
			if value == "" || value == false || value == float64(0) {
				delete(fields, name)
			}
		}
	}
}
