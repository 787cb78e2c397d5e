//go:build race

package router_test

// thorough is false where every step costs ten times as much.
const thorough = false
