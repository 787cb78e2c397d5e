//go:build !race

package router_test

const thorough = true
