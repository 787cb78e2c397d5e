package config

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a person may have written about keys and ways: SECRET-n stands for
// what must not be shown.
func secretTexts() []string {
	return []string{
		"SECRET", "keyring:k", "${VAR}", "$VAR", "http://me:SECRET@proxy:3128", "http://SECRET@proxy", "socks5://u:${VAR}@proxy",
		"http://proxy:3128", "me:SECRET@proxy:1", "none", "http://u:SEC/SECRET@proxy",
	}
}

// No text that was shown gives a secret away, and saving what was shown
// changes nothing, wherever the secrets stand.
func TestMaskedTextsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := 0
		text := func(from ...string) string {
			out := rapid.SampledFrom(from).Draw(t, "text")
			if strings.Contains(out, "SECRET") {
				secrets++
				out = strings.ReplaceAll(out, "SECRET", fmt.Sprintf("SECRET%d", secrets))
			}
			return "\"" + out + "\""
		}
		keys := func() string {
			var list []string
			for range rapid.IntRange(0, 4).Draw(t, "keys") {
				list = append(list, text(secretTexts()[:4]...))
			}
			return "[" + strings.Join(list, ", ") + "]"
		}
		var file strings.Builder
		fmt.Fprintf(&file, "proxy_settings: {network: {proxy: %s}}\nproviders:\n", text(secretTexts()[4:]...))
		for i := range 2 {
			fmt.Fprintf(&file, "  p%d:\n    api_key: %s\n    api_keys: %s\n    proxy: %s\n", i, text(secretTexts()[:4]...), keys(), text(secretTexts()[4:]...))
		}
		file.WriteString("model_list:\n  - model_name: m\n    targets:\n")
		for range rapid.IntRange(1, 3).Draw(t, "targets") {
			fmt.Fprintf(&file, "      - {provider: %s, api_keys: %s}\n", text("a", "b"), keys())
		}
		stored := mustParseRapid(t, file.String())
		shown, err := stored.Masked()
		if err != nil || strings.Contains(shown, "SECRET") {
			t.Fatalf("%v\n%s", err, shown)
		}
		back := mustParseRapid(t, shown)
		if err := back.Unmask(stored); err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		if !sameMeaning(back.root, stored.root) {
			t.Fatalf("shown as\n%s\ncame back as\n%s\ninstead of\n%s", shown, back.text, stored.text)
		}
		entry, _ := stored.Model("m")
		masked, err := Masked(entry)
		if err != nil || strings.Contains(masked, "SECRET") {
			t.Fatalf("%v\n%s", err, masked)
		}
		again := mustParseRapid(t, masked)
		if err := stored.PutModel("m", again.root); err != nil {
			t.Fatal(err)
		}
		if now, _ := stored.Model("m"); !sameMeaning(now, entry) {
			t.Fatal("saving a model as it was shown changed it")
		}
	})
}

func mustParseRapid(t *rapid.T, text string) *Document {
	t.Helper()
	doc, err := ParseDocument("f", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return doc
}

// Keys in lists look alike when they are masked. One that could be another's
// is refused rather than guessed.
func TestUnmaskLists(t *testing.T) {
	const stored = "providers: {p: {api_keys: [sk-1, keyring:k, sk-2]}}\n" +
		"model_list: [{model_name: m, targets: [{provider: a, api_key: sk-a}, {provider: b, api_key: sk-b}, {provider: c, api_key: sk-c1}, {provider: c, api_key: sk-c2}]}]\n"
	const shown = "providers: {p: {api_keys: [•••, keyring:k, •••]}}\n" +
		"model_list: [{model_name: m, targets: [{provider: a, api_key: •••}, {provider: b, api_key: •••}, {provider: c, api_key: •••}, {provider: c, api_key: •••}]}]\n"
	for _, c := range []struct{ name, from, to, want string }{
		{"nothing", "", "", ""},
		{"references move and come", "[•••, keyring:k, •••]", "[keyring:k, •••, keyring:l, •••]", "['keyring:k', sk-1, 'keyring:l', sk-2]"},
		{"a new one beside", "[•••, keyring:k, •••]", "[•••, sk-3, •••]", "[sk-1, sk-3, sk-2]"},
		{"one fewer", "[•••, keyring:k, •••]", "[keyring:k, •••]", "refused"},
		{"one more", "[•••, keyring:k, •••]", "[•••, •••, •••]", "refused"},
		{"targets move", "[{provider: a, api_key: •••}, {provider: b, api_key: •••}", "[{provider: b, api_key: •••}, {provider: a, api_key: •••}", "[{provider: b, api_key: sk-b}, {provider: a, api_key: sk-a}"},
		// The two at c can no longer be told apart.
		{"a target goes", "{provider: a, api_key: •••}, ", "", "refused"},
		{"a key would go elsewhere", "{provider: a, api_key: •••}", "{provider: z, api_key: •••}", "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(shown, c.from, c.to, 1)
			doc := mustParse(t, text)
			err := doc.Unmask(mustParse(t, stored))
			if (err != nil) != (c.want == "refused") {
				t.Fatalf("%v: %s", err, text)
			}
			if err == nil && !strings.Contains(textOf(t, doc), c.want) {
				t.Errorf("got %s", textOf(t, doc))
			}
		})
	}
}

func TestHoldsSecret(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"api_keys", "sk", true},
		{"api_keys", "keyring:x", false},
		{"proxy", "http://h:1", false},
		{"proxy", "http://u:p@h:1", true},
		{"proxy", "http://u:$P@h:1", false},
		{"proxy", "http://token@h", true},
		{"proxy", "u:p/@?#x@h", true},
		{"client_key", "certs/me.key", false},
		{"client_key", "-----BEGIN PRIVATE KEY-----", true},
		{"description", "see https://npm.example/@scope/name", false},
		{"description", "mail me@example.com", false},
		{"api_base", "https://u:p@h/v1", true},
	} {
		if got := holdsSecret(c.name, c.text); got != c.want {
			t.Errorf("%s: %s: %v, want %v", c.name, c.text, got, c.want)
		}
	}
}
