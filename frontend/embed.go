// Package frontend holds the built user interface.
package frontend

import "embed"

// Dist is the output of the UI build, below the folder "dist". Without a
// build it holds only a placeholder, so that the program always compiles.
//
//go:embed all:dist
var Dist embed.FS
