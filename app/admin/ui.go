package admin

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// noUI is what stands in for a user interface that was not built.
const noUI = "<!doctype html><title>yaLLMproxy</title><p>This binary holds no user interface. Build one with: go tool task build\n"

// ui serves the user interface: files as they are, and its one page for every
// other address, because its own router knows what that means.
type ui struct{ files fs.FS }

// ServeHTTP answers with a file or the page.
func (u ui) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuseHTTP(w, http.StatusMethodNotAllowed, "There is only something to read here.")
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name != "" && name != "index.html" && u.isFile(name) {
		// Vite puts a hash of the content into the names of assets.
		if strings.HasPrefix(name, "assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		http.ServeFileFS(w, r, u.files, name)
		return
	}
	if path.Ext(name) != "" && strings.HasPrefix(name, "assets/") {
		refuseHTTP(w, http.StatusNotFound, "There is no such file.")
		return
	}
	u.page(w, r)
}

func (u ui) page(w http.ResponseWriter, r *http.Request) {
	page, err := fs.ReadFile(u.files, "index.html")
	if err != nil {
		page = []byte(noUI)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	if r.Method == http.MethodGet {
		_, _ = w.Write(page)
	}
}

func (u ui) isFile(name string) bool {
	info, err := fs.Stat(u.files, name)
	return err == nil && info.Mode().IsRegular()
}
