//go:build tray

package tray

// image is the icon's file: PNG, or ICO on Windows.
func (m mark) image() []byte {
	switch m {
	case markRunning:
		return runningImage
	case markDraining:
		return drainingImage
	case markProblem:
		return problemImage
	default:
		return stoppedImage
	}
}
