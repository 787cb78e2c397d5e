//go:build tray && windows

package tray

import _ "embed"

// The images are handed to C code that reads them later; embedded data never
// moves and is never freed. They are drawn by build/icons.sh.
var (
	//go:embed icons/running.ico
	runningImage []byte
	//go:embed icons/stopped.ico
	stoppedImage []byte
	//go:embed icons/draining.ico
	drainingImage []byte
	//go:embed icons/problem.ico
	problemImage []byte
)
