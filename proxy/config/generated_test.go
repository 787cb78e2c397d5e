package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
)

// TestGeneratedFiles keeps what people and editors read in step with the list
// of settings. With -update (go generate) it writes the files.
func TestGeneratedFiles(t *testing.T) {
	for path, content := range map[string][]byte{
		"../../docs/configuration.md":      reference(t),
		"../../configs/config.schema.json": jsonSchema(t),
	} {
		if *update {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(have), string(content)); diff != "" {
			t.Errorf("%s is stale: run go generate ./proxy/config\n%s", filepath.Base(path), diff)
		}
	}
}

// Every setting must tell a person something, or be marked as not used yet.
func TestSettingsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range allSettings() {
		if seen[s.Path] {
			t.Errorf("%s is listed twice", s.Path)
		}
		seen[s.Path] = true
		if s.later == (s.Doc != "") {
			t.Errorf("%s: a setting has a description or is for later", s.Path)
		}
		if (s.Type == TypeSecret || s.Type == TypeSecrets) != s.Secret && !s.later {
			t.Errorf("%s: a secret must be of type secret", s.Path)
		}
		if s.Secret && s.Group != "" {
			t.Errorf("%s: a secret must not be on the Settings page", s.Path)
		}
		if text, ok := defaultText(s); ok && text != "" {
			if err := s.validateText(text, text); err != nil {
				t.Errorf("%s: its own default: %v", s.Path, err)
			}
		}
		if s.Group != "" && s.Default == nil && s.Type != TypeList {
			t.Errorf("%s is on the Settings page and has no default", s.Path)
		}
	}
}

func defaultText(s Setting) (string, bool) {
	switch s.Default.(type) {
	case string, int, bool:
		return fmt.Sprint(s.Default), true
	}
	return "", false
}

func reference(t *testing.T) []byte {
	t.Helper()
	type section struct {
		Title    string
		Settings []Setting
	}
	var later strings.Builder
	var sections []section
	for _, part := range []section{
		{"Server", serverSettings()},
		{"Who may call", appKeySettings()},
		{"Routing", routingSettings()},
		{"Providers", providerSettings()},
		{"Models", slices.Concat(modelSettings(), targetSettings())},
		{"Recording", recordingSettings()},
		{"Database", databaseSettings()},
		{"Program", appSettings()},
		{"Other", laterSettings()},
	} {
		var used []Setting
		for _, s := range part.Settings {
			if s.later {
				fmt.Fprintf(&later, "\n- `%s`", s.Path)
				continue
			}
			used = append(used, s)
		}
		sections = append(sections, section{part.Title, used})
	}
	page := template.Must(template.New("configuration.md.tmpl").Funcs(template.FuncMap{
		"kind": kindForPeople, "value": defaultForPeople, "doc": docForPeople, "later": later.String,
	}).ParseFiles("testdata/configuration.md.tmpl"))
	var out bytes.Buffer
	if err := page.Execute(&out, sections); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func kindForPeople(s Setting) string {
	switch {
	case s.Type == TypeEnum:
		return "`" + strings.Join(s.Options, "`, `") + "`"
	case s.Type == TypeList:
		return "list of strings"
	case s.Type == TypeSecrets:
		return "list of secrets"
	case s.Type == TypeMap:
		return "mapping of strings"
	case s.Type == TypeBytes:
		return "size"
	case s.Max != nil:
		return fmt.Sprintf("%s, %d to %d", s.Type, *s.Min, *s.Max)
	}
	return string(s.Type)
}

func defaultForPeople(s Setting) string {
	if text, ok := defaultText(s); ok && text != "" {
		return "`" + text + "`"
	}
	return ""
}

func docForPeople(s Setting) string {
	doc := strings.ReplaceAll(s.Doc, "|", `\|`)
	if s.Env != "" {
		doc += " `" + s.Env + "` in the environment wins over it."
	}
	if s.Restart {
		doc += " *Restart.*"
	}
	return doc
}

// jsonSchema describes the file to editors. It is more tolerant than loading
// where a ${VARIABLE} may stand for the value.
func jsonSchema(t *testing.T) []byte {
	t.Helper()
	root := schemaObject(newSchema().root)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "yaLLMproxy configuration"
	root["patternProperties"] = map[string]any{"^x-": map[string]any{}}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func schemaObject(n *schemaNode) map[string]any {
	if n.setting != nil {
		return schemaLeaf(*n.setting)
	}
	if n.list {
		return map[string]any{"type": []string{"array", "null"}, "items": schemaObject(n.each)}
	}
	out := map[string]any{"type": []string{"object", "null"}, "additionalProperties": false}
	if n.each != nil {
		out["additionalProperties"] = schemaObject(n.each)
	}
	properties := map[string]any{}
	for name, field := range n.fields {
		properties[name] = schemaObject(field)
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if n.short != nil {
		return map[string]any{"anyOf": []any{schemaObject(n.short), out}}
	}
	return out
}

func schemaLeaf(s Setting) map[string]any {
	out := map[string]any{}
	if s.Doc != "" {
		out["description"] = s.Doc
	}
	if s.Default != nil {
		out["default"] = s.Default
	}
	switch s.Type {
	case TypeInteger:
		number := map[string]any{"type": "integer"}
		if s.Min != nil {
			number["minimum"] = *s.Min
		}
		if s.Max != nil {
			number["maximum"] = *s.Max
		}
		out["anyOf"] = []any{number, map[string]any{"type": []string{"string", "null"}}}
	case TypeBoolean:
		out["type"] = []string{"boolean", "string", "null"}
	case TypeDuration, TypeBytes, TypeNumber:
		out["type"] = []string{"number", "string", "null"}
	case TypeEnum:
		out["anyOf"] = []any{map[string]any{"enum": s.Options}, map[string]any{"type": []string{"string", "null"}, "pattern": `^$|\$`}}
	case TypeList, TypeSecrets:
		out["type"] = []string{"array", "string", "null"}
		out["items"] = map[string]any{"type": "string"}
	case TypeMap:
		out["type"] = []string{"object", "null"}
		out["additionalProperties"] = map[string]any{"type": []string{"string", "number", "boolean", "null"}}
	case TypeString, TypeURL, TypeSecret:
		out["type"] = []string{"string", "number", "null"}
	}
	return out
}
