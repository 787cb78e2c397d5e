package main_test

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/yallmproxy/yallmproxy"

// room is one row of the table in docs/architecture.md.
type room struct {
	floor   int
	imports []string
}

// TestImportsMatchTheTable compares the imports of every room, under every
// build tag and system, with the table in docs/architecture.md, in both
// directions: an arrow that is not in the table and an arrow that is only in
// the table are both wrong.
func TestImportsMatchTheTable(t *testing.T) {
	table, code := readTable(t), readImports(t)
	for _, name := range slices.Sorted(maps.Keys(code)) {
		r, ok := table[name]
		if !ok {
			t.Errorf("%s is no room of docs/architecture.md", name)
			continue
		}
		for _, imported := range code[name] {
			if !slices.Contains(r.imports, imported) {
				t.Errorf("%s imports %s, which docs/architecture.md does not allow", name, imported)
			}
			if below, ok := table[imported]; ok && below.floor >= r.floor {
				t.Errorf("%s on floor %d imports %s on floor %d", name, r.floor, imported, below.floor)
			}
		}
		for _, allowed := range r.imports {
			if !slices.Contains(code[name], allowed) {
				t.Errorf("docs/architecture.md lets %s import %s, and it does not", name, allowed)
			}
		}
	}
	for name := range table {
		if _, ok := code[name]; !ok {
			t.Errorf("docs/architecture.md has a room %s that does not exist", name)
		}
	}
}

// TestTheLibraryKnowsNothingOfTheProgram holds proxy/ to being a library.
func TestTheLibraryKnowsNothingOfTheProgram(t *testing.T) {
	for name, imports := range readImports(t) {
		for _, i := range imports {
			if strings.HasPrefix(name, "proxy/") && !strings.HasPrefix(i, "proxy/") {
				t.Errorf("%s imports %s", name, i)
			}
		}
	}
}

var (
	row  = regexp.MustCompile(`^\| (\d+) \| (.+?) \| .+ \| (.+?) \|$`)
	name = regexp.MustCompile("`([^`]+)`")
)

func readTable(t *testing.T) map[string]room {
	t.Helper()
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]room{}
	for line := range strings.Lines(string(text)) {
		m := row.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		floor, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		r := room{floor: floor}
		for _, i := range name.FindAllStringSubmatch(m[3], -1) {
			r.imports = append(r.imports, i[1])
		}
		for _, n := range name.FindAllStringSubmatch(m[2], -1) {
			table[n[1]] = r
		}
	}
	if len(table) < 10 {
		t.Fatalf("only %d rooms were found in docs/architecture.md", len(table))
	}
	return table
}

// outside lists the folders that are no rooms: tools, and what only tests
// import.
func outside(dir string) bool {
	return dir == "build" || dir == "proxy/proxytest" || path.Base(dir) == "gen" || strings.HasPrefix(path.Base(dir), ".") ||
		path.Base(dir) == "node_modules" || path.Base(dir) == "testdata" || dir == "docs"
}

func readImports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		dir := filepath.ToSlash(file)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if dir != "." && outside(dir) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		here := path.Dir(dir)
		if found[here] == nil {
			found[here] = map[string]bool{}
		}
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
				found[here][ours] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for dir, imports := range found {
		out[dir] = slices.SortedFunc(maps.Keys(imports), cmp.Compare[string])
	}
	return out
}
