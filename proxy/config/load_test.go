package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

func TestEnvPath(t *testing.T) {
	for path, want := range map[string]string{
		"/c/config_added.yaml": "/c/.env_added",
		"/c/config_prod.yaml":  "/c/.env_prod",
		"/c/config.yaml":       "/c/.env",
		"/c/my.yml":            "/c/.env",
		"config_.yaml":         ".env",
	} {
		if got := EnvPath(filepath.FromSlash(path)); got != filepath.FromSlash(want) {
			t.Errorf("EnvPath(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestReadEnv(t *testing.T) {
	r := &report{}
	got := readEnv(".env", []byte("\ufeff# comment\n"+
		"A=1\nexport B = two words # comment\nC=\"q\\\"x\\n\\$y\" # c\nD='$raw # kept'\nE=\nnothing\n=x\n"+
		"F=\"two\nlines\"\nG=a#b\r\nH= # only a comment\nA=later\n"), r)
	want := map[string]string{
		"A": "later", "B": "two words", "C": "q\"x\n$y", "D": "$raw # kept", "E": "", "F": "two\nlines", "G": "a#b", "H": "",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(r.warnings) > 0 {
		t.Errorf("warnings: %v", r.warnings)
	}
}

func TestSubstitute(t *testing.T) {
	lookup := lookupIn(map[string]string{"A": "1", "B_2": "$A", "EMPTY": "", "a-b": "dash"})
	for in, want := range map[string]string{
		"$A": "1", "${A}": "1", "x${A}y$A-z": "x1y1-z", "$B_2": "$A", "${EMPTY}": "", "${a-b}": "dash",
		"$$A": "$A", "$$$A": "$1", "$": "$", "a$": "a$", "$1": "$1", "${}": "${}", "${A": "${A", "$$": "$",
	} {
		if got, _, unset := substitute(in, lookup); got != want || len(unset) > 0 {
			t.Errorf("substitute(%q) = %q (unset %v), want %q", in, got, unset, want)
		}
	}
	if got, _, unset := substitute("${NO}-$A-$NOR", lookup); got != "${NO}-1-$NOR" || fmt.Sprint(unset) != "[NO NOR]" {
		t.Errorf("unset variables: %q, %v", got, unset)
	}
}

func TestScalars(t *testing.T) {
	durations := map[string]time.Duration{"30": 30 * time.Second, "0.5": 500 * time.Millisecond, "1h30m": 90 * time.Minute, "0": 0}
	for in, want := range durations {
		if got, err := parseDuration(in); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "-3s", "soon", "1e300", "NaN", "10 s", "99999999999999"} {
		if got, err := parseDuration(in); err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", in, got)
		}
	}
	sizes := map[string]int64{"10": 10, "64MiB": 64 << 20, "1.5 GB": 1_500_000_000, "2k": 2048, "1TiB": 1 << 40, "3B": 3}
	for in, want := range sizes {
		if got, err := parseBytes(in); err != nil || got != want {
			t.Errorf("parseBytes(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "MiB", "-1", "1XB", "9e30", "NaN", "1MiBB"} {
		if got, err := parseBytes(in); err == nil {
			t.Errorf("parseBytes(%q) = %v, want an error", in, got)
		}
	}
	for _, n := range []int64{0, 1, 1023, 1 << 10, 3 << 20, 2 << 30, 1 << 40, 1_500_000_000} {
		if got, err := parseBytes(formatBytes(n)); err != nil || got != n {
			t.Errorf("formatBytes(%d) = %q, which reads as %d (%v)", n, formatBytes(n), got, err)
		}
	}
}

// The built-in file says what the code does without it: a reader of the file
// must be able to trust it.
func TestDefaultLayerIsTheDefaults(t *testing.T) {
	src := builtIn(t)
	cfg, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := Load(Source{})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 {
		t.Errorf("the built-in layer has warnings: %v", cfg.Warnings)
	}
	if cfg.Version != bare.Version {
		t.Errorf("config_default.yaml and the defaults of the code differ:\n%+v\n%+v", cfg, bare)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(src.Default, &root); err != nil {
		t.Fatal(err)
	}
	for _, s := range Settings() {
		if strings.Contains(s.Path, "[]") {
			continue
		}
		if findIn(root.Content[0], strings.Split(s.Path, ".")) == nil {
			t.Errorf("config_default.yaml does not mention %s", s.Path)
		}
	}
}

func builtIn(t *testing.T) Source {
	t.Helper()
	file, err := os.ReadFile("../../configs/config_default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	env, err := os.ReadFile("../../configs/.env_default")
	if err != nil {
		t.Fatal(err)
	}
	return Source{Default: file, DefaultEnv: env}
}

func TestVersionIsTheContent(t *testing.T) {
	load := func(text, key string) string {
		t.Helper()
		cfg, err := Parse(Source{Keyring: func(string) (string, error) { return key, nil }}, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return cfg.Version
	}
	base := load("providers: {p: {api_base: 'http://x.example', api_key: keyring:k}}", "one")
	if again := load("providers: {p: {api_base: 'http://x.example', api_key: keyring:k}} # comment", "one"); again != base {
		t.Errorf("the same content has versions %s and %s", base, again)
	}
	if other := load("providers: {p: {api_base: 'http://y.example', api_key: keyring:k}}", "one"); other == base {
		t.Error("another address has the same version")
	}
	if other := load("providers: {p: {api_base: 'http://x.example', api_key: keyring:k}}", "two"); other == base {
		t.Error("another key has the same version")
	}
}

// One look-up in the keychain serves every model that refers to it.
func TestKeyringIsAskedOnceAName(t *testing.T) {
	asked := map[string]int{}
	src := Source{Keyring: func(name string) (string, error) {
		asked[name]++
		return "", errors.New("locked")
	}}
	text := "providers: {p: {api_base: 'http://x.example', api_key: keyring:k}}\nmodel_list:\n"
	for i := range 20 {
		text += fmt.Sprintf("  - {model_name: m%d, provider: p, model_params: {api_key: keyring:k}}\n", i)
	}
	cfg, err := Parse(src, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if asked["k"] != 1 {
		t.Errorf("the keychain was asked %d times", asked["k"])
	}
	m := cfg.Models[7]
	if m.Key.Set() || !m.Key.Configured() || !strings.Contains(m.Key.Problem, "locked") {
		t.Errorf("key of a locked keychain: %+v", m.Key)
	}
}

func TestLimits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config_added.yaml")
	writeTestFile(t, path, []byte(strings.Repeat("# filler\n", maxYAMLBytes/9+1)))
	_, err := Load(Source{Path: path})
	if err == nil || !strings.Contains(err.Error(), "larger than 8MiB") {
		t.Errorf("a huge file: %v", err)
	}
	writeTestFile(t, path, nil)
	writeTestFile(t, filepath.Join(dir, ".env_added"), []byte(strings.Repeat("A=1\n", maxEnvBytes/4+1)))
	_, err = Load(Source{Path: path})
	if err == nil || !strings.Contains(err.Error(), "larger than 1MiB") {
		t.Errorf("a huge env file: %v", err)
	}
	if _, err = Load(Source{Path: dir}); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder for a file: %v", err)
	}
	deep := strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2)
	if _, err = Parse(Source{}, []byte("x-a: "+deep)); err == nil || !strings.Contains(err.Error(), "levels deep") {
		t.Errorf("deep nesting: %v", err)
	}
}

func TestReadableEnvFileIsAWarning(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("file modes mean nothing here")
		return
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	env := EnvPath(path)
	writeTestFile(t, env, []byte("A=1\n"))
	if cfg, err := Load(Source{Path: path}); err != nil || len(cfg.Warnings) > 0 {
		t.Fatalf("mode 0600: %v, %v", err, cfg.Warnings)
	}
	if err := os.Chmod(env, 0o644); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(Source{Path: path})
	if err != nil || len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0].Message, "chmod 600") {
		t.Errorf("mode 0644: %v, %v", err, cfg.Warnings)
	}
}

// No way of printing a configuration gives a secret away.
func TestSecretsDoNotLeak(t *testing.T) {
	const secret = "sk-do-not-leak"
	cfg, err := Parse(Source{Getenv: lookupIn(map[string]string{"K": secret})}, []byte(`
providers: {p: {api_base: "https://x.example", api_key: $K}}
model_list: [{model_name: m, model_params: {api_base: "https://x.example", api_key: sk-do-not-leak}}]
app_keys: {keys: [{key_id: k, secret: $K}]}
database: {backend: postgres, connection: {postgres: {password: $K}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Models[0].Key.Value.Reveal() != secret {
		t.Fatal("the key was not loaded")
	}
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "cfg", cfg, "key", cfg.Models[0].Key, "value", cfg.Models[0].Key.Value)
	for how, text := range map[string]string{
		"%v": fmt.Sprintf("%v", cfg), "%+v": fmt.Sprintf("%+v", *cfg), "%#v": fmt.Sprintf("%#v", *cfg),
		"json": string(asJSON), "yaml": string(asYAML), "slog": log.String(),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows a secret", how)
		}
	}
}

// A mistake in a value that came from a variable must not quote the value.
func TestErrorsDoNotShowWhatVariablesHold(t *testing.T) {
	_, err := Parse(Source{Getenv: lookupIn(map[string]string{"V": "hidden"})}, []byte(
		"proxy_settings: {server: {port: $V, host: '$V/x', drain_timeout: $V, allowed_origins: [$V]}}\n"+
			"app: {theme: $V}\nmodel_list: [{model_name: m, model_params: {api_base: $V}}]\n"))
	if err == nil || strings.Contains(err.Error(), "hidden") || strings.Count(err.Error(), "\n") != 5 {
		t.Errorf("want six problems without the value, got: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte("A=1\nB='x"))
	}
	for _, text := range []string{"", "a: &a [*a]", "<<: {a: 1}", "? [a]\n: b", "app: !!binary x", "model_list: [&a {model_name: a, <<: *a}]"} {
		f.Add([]byte(text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, added, env []byte) {
		src := Source{Default: added, DefaultEnv: env, Catalogue: testCatalogue, Getenv: lookupIn(nil)}
		cfg, err := Parse(src, added)
		if err != nil {
			if _, ok := errors.AsType[*InvalidError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for _, m := range cfg.Models {
			if m.Name == "" || len(m.Endpoints) == 0 && len(m.Parts) == 0 {
				t.Fatalf("unusable model %+v", m)
			}
			if strings.Contains(m.Key.Value.Reveal(), mask) {
				t.Fatal("a masked key counts as one")
			}
		}
		if again, err := Parse(src, added); err != nil || again.Version != cfg.Version {
			t.Fatalf("loading twice differs: %v", err)
		}
	})
}
