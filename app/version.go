package app

import (
	"runtime"
	"runtime/debug"
)

// version is set by release builds:
// -ldflags "-X github.com/yallmproxy/yallmproxy/app.version=1.2.3".
var version string

// Build says which program this is.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Go       string `json:"go"`
	System   string `json:"system"`
	Tags     string `json:"tags,omitempty"`
}

// ReadBuild reads what the Go tool wrote into the binary. Version is "dev"
// when it wrote none.
func ReadBuild() Build {
	b := Build{Version: "dev", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	if version != "" {
		b.Version = version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "-tags":
			b.Tags = s.Value
		}
	}
	return b
}
