package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestDocumentationIsUpToDate(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("docs/%s is stale: run go run ./app/admin/gen at the root of the project", name)
		}
	}
}
