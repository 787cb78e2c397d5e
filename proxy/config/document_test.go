package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// TestEdit runs the commands of each archive on its before section, one a
// line, and compares the text afterwards. A command that fails says so in the
// result.
func TestEdit(t *testing.T) {
	eachArchive(t, "edit", func(t *testing.T, a archive) {
		doc, err := ParseDocument("config_added.yaml", a.file("before"))
		if err != nil {
			t.Fatal(err)
		}
		var failures strings.Builder
		for line := range strings.Lines(string(a.file("edit"))) {
			if err := runEdit(doc, strings.TrimSpace(line)); err != nil {
				fmt.Fprintf(&failures, "%s\n", err)
			}
		}
		text, err := doc.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		a.want(t, "after", text)
		if a.file("errors") != nil || failures.Len() > 0 {
			a.want(t, "errors", []byte(failures.String()))
		}
		if _, err := ParseDocument("after", text); err != nil {
			t.Errorf("what the edit wrote does not parse: %v", err)
		}
	})
}

// runEdit understands: set PATH YAML, delete PATH, model NAME YAML,
// rename NAME TO, remove NAME, fallbacks NAME TARGET…, context and policy
// likewise, group NAME MODEL[*WEIGHT][@PRIORITY]…, aliases NAME ALIAS…,
// forget NAME, provider NAME YAML, noprovider NAME, masked. Paths are separated by slashes.
func runEdit(doc *Document, command string) error {
	words := strings.Fields(command)
	rest := func(n int) any {
		var v yaml.Node
		if err := yaml.Unmarshal([]byte(strings.Join(words[n:], " ")), &v); err != nil {
			panic(err)
		}
		var plain any
		if err := v.Decode(&plain); err != nil {
			panic(err)
		}
		return plain
	}
	switch words[0] {
	case "set":
		return doc.Set(rest(2), strings.Split(words[1], "/")...)
	case "delete":
		return doc.Delete(strings.Split(words[1], "/")...)
	case "model":
		return doc.PutModel(words[1], rest(2))
	case "rename":
		return doc.RenameModel(words[1], words[2])
	case "remove":
		return doc.RemoveModel(words[1])
	case "fallbacks":
		return doc.SetFallbacks(words[1], words[2:])
	case "context":
		return doc.SetFallbacksIn(ContextFallbacks, words[1], words[2:])
	case "policy":
		return doc.SetFallbacksIn(PolicyFallbacks, words[1], words[2:])
	case "group":
		return doc.SetGroup(words[1], memberWords(words[2:]))
	case "aliases":
		return doc.SetAliases(words[1], words[2:])
	case "forget":
		return doc.ForgetName(words[1])
	case "provider":
		return doc.PutProvider(words[1], rest(2))
	case "noprovider":
		return doc.RemoveProvider(words[1])
	case "masked":
		text, err := doc.Masked()
		if err != nil {
			return err
		}
		return fmt.Errorf("%s", text)
	}
	panic("unknown command " + command)
}

func memberWords(words []string) []Member {
	var out []Member
	for _, word := range words {
		m := Member{Weight: 1}
		rest, priority, ok := strings.Cut(word, "@")
		if ok {
			m.Priority, _ = strconv.Atoi(priority)
		}
		name, weight, ok := strings.Cut(rest, "*")
		if ok {
			m.Weight, _ = strconv.Atoi(weight)
		}
		m.Model = name
		out = append(out, m)
	}
	return out
}

func TestDocumentNodeKeepsItsOwnText(t *testing.T) {
	doc := mustParse(t, "model_list:\n  - model_name: a # old\n    model_params:\n      api_key: k\n")
	var n yaml.Node
	text := "# mine\nmodel_name: a # new\nmodel_params:\n  api_key: •••\n  http2: true # fast\n"
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	if err := doc.PutModel("a", &n); err != nil {
		t.Fatal(err)
	}
	want := "model_list:\n  # mine\n  - model_name: a # new\n    model_params:\n      api_key: k\n      http2: true # fast\n"
	if got := textOf(t, doc); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func mustParse(t *testing.T, text string) *Document {
	t.Helper()
	doc, err := ParseDocument("config_added.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func textOf(t *testing.T, doc *Document) string {
	t.Helper()
	text, err := doc.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestUnmask(t *testing.T) {
	stored := mustParse(t, "model_list:\n  - model_name: a\n    model_params: {api_key: key-a}\n  - model_name: b\n    model_params: {api_key: key-b}\nproviders:\n  p: {api_key: key-p}\n")
	shown, err := stored.Masked()
	if err != nil || strings.Contains(shown, "key-") {
		t.Fatalf("Masked: %v\n%s", err, shown)
	}
	// Edited: b comes first and is called b still, a key of p is new.
	edited := mustParse(t, "model_list:\n  - model_name: b\n    model_params: {api_key: •••}\n  - model_name: a\n    model_params: {api_key: •••}\nproviders:\n  p: {api_key: new}\n")
	if err := edited.Unmask(stored); err != nil {
		t.Fatal(err)
	}
	want := "model_list:\n  - model_name: b\n    model_params: {api_key: key-b}\n  - model_name: a\n    model_params: {api_key: key-a}\nproviders:\n  p: {api_key: new}\n"
	if got := textOf(t, edited); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	strange := mustParse(t, "model_list:\n  - model_name: c\n    model_params: {api_key: •••}\n")
	if err := strange.Unmask(stored); err == nil || !strings.Contains(err.Error(), ":3:") {
		t.Errorf("a masked key without a stored one: %v", err)
	}
}

// Whatever is set can be read back, and the rest of the file stays.
func TestSetThenGet(t *testing.T) {
	name := rapid.StringMatching(`[a-z][a-z0-9_.:/-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		doc, err := ParseDocument("f", []byte(rapid.SampledFrom(startingTexts()).Draw(t, "file")))
		if err != nil {
			t.Fatal(err)
		}
		keep, hadKeep := doc.Get("app", "keep")
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			path := rapid.SliceOfN(name, 1, 3).Filter(func(p []string) bool { return p[0] != "app" }).Draw(t, "path")
			value := rapid.OneOf(
				rapid.String().AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
				rapid.SliceOfN(rapid.String(), 0, 3).AsAny(),
				rapid.MapOfN(name, rapid.String(), 0, 3).AsAny(),
			).Draw(t, "value")
			if rapid.Bool().Draw(t, "delete") {
				if err := doc.Delete(path...); refused(err) {
					continue
				} else if err != nil {
					t.Fatal(err)
				}
				if n, ok := doc.Get(path...); ok {
					t.Fatalf("deleted %v is still there: %v", path, n.Value)
				}
				continue
			}
			if err := doc.Set(value, path...); refused(err) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			want, err := toNode(value)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := doc.Get(path...)
			if !ok || !sameMeaning(got, want) {
				text, _ := doc.Bytes()
				t.Fatalf("set %v to %#v, found %v\n%s", path, value, got, text)
			}
		}
		if now, ok := doc.Get("app", "keep"); ok != hadKeep || ok && !sameMeaning(now, keep) {
			t.Fatal("an edit elsewhere changed app.keep")
		}
	})
}

// refused reports an edit that cannot be made by design: below something that
// is no mapping, or where an alias is involved.
func refused(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "is not a mapping") || strings.Contains(err.Error(), "the list has no item") ||
		strings.Contains(err.Error(), "edit the file by hand") && strings.Contains(err.Error(), "*"))
}

func startingTexts() []string {
	return []string{
		"", "# only a comment\n", "{}\n", "# head\n{}\n# foot\n", "---\n",
		"app:\n  keep: 1 # one\n\n  # about b\n  b: 2\n",
		"app: {keep: [1, 2], b: x}\n",
		"app:\r\n  keep: 1\r\n",
		"app:\n    keep: |\n        # no comment\n        text\n\n    b: >-\n        folded\n        text",
		"a: &x\n  keep: 1\napp: *x\n",
	}
}

func FuzzDocument(f *testing.F) {
	for _, text := range startingTexts() {
		f.Add([]byte(text), "app", "v")
	}
	f.Fuzz(func(t *testing.T, data []byte, key, value string) {
		doc, err := ParseDocument("f", data)
		if err != nil {
			return
		}
		if same, err := doc.Bytes(); err != nil || !bytes.Equal(same, data) {
			t.Fatalf("an unedited file changed: %q became %q (%v)", data, same, err)
		}
		if !utf8.ValidString(key) || !utf8.ValidString(value) || doc.Set(value, key) != nil {
			return
		}
		if n, ok := doc.Get(key); !ok || n.Value != value {
			t.Fatalf("set %q to %q in %q, found %v", key, value, data, n)
		}
		if doc.Delete(key) != nil {
			return // a refusal is always allowed; a wrong edit never is
		}
		if _, ok := doc.Get(key); ok {
			t.Fatalf("deleted %q from %q and it is still there", key, data)
		}
	})
}

// A file from Windows stays one.
func TestLineEndingsStay(t *testing.T) {
	doc := mustParse(t, "model_list:\r\n  - model_name: ä\r\n    provider: p # é\r\n\r\napp:\r\n  theme: dark\r\n")
	for _, edit := range []error{
		doc.Set("light", "app", "theme"), doc.Set(false, "app", "open_window"),
		doc.PutModel("b", map[string]any{"provider": "q"}), doc.Set("r", "model_list", "0", "provider"),
	} {
		if edit != nil {
			t.Fatal(edit)
		}
	}
	want := "model_list:\r\n  - model_name: ä\r\n    provider: r # é\r\n  - model_name: b\r\n    provider: q\r\n\r\n" +
		"app:\r\n  theme: light\r\n  open_window: false\r\n"
	if got := textOf(t, doc); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
