//go:build tray && !windows

package tray

import _ "embed"

// The images are handed to C code that reads them later; embedded data never
// moves and is never freed. They are drawn by build/icons.sh.
var (
	//go:embed icons/running.png
	runningImage []byte
	//go:embed icons/stopped.png
	stoppedImage []byte
	//go:embed icons/draining.png
	drainingImage []byte
	//go:embed icons/problem.png
	problemImage []byte
)
