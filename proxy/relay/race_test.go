//go:build race

package relay_test

// racing: the race detector makes everything many times slower.
const racing = true
