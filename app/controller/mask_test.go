package controller

import (
	"strings"
	"testing"
)

func TestMaskText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"api_key: sk-1\nmodel: x\n", "api_key: •••\nmodel: x\n"},
		{"a: {api_key: sk-1, model: x}\n", "a: {api_key: •••, model: x}\n"},
		{"a: {headers: {X-Auth: sk-1}}\n", "a: {headers: {X-Auth: •••}}\n"},
		{`"api_key": "sk, 1" # note` + "\n", `"api_key": ••• # note` + "\n"},
		{"secret: 'sk-1\nmore sk-1'\n", "secret: •••\n"},
		{"password: |\n  sk-1\n  sk-1\nhost: x\n", "password: •••\nhost: x\n"},
		{"password:\n  sk-1\nhost: x\n", "password:•••\nhost: x\n"},
		{"client_secret:\n  nested: x\nhost: x\n", "client_secret:\n  nested: x\nhost: x\n"},
		{"api_key: keyring:openai\n", "api_key: keyring:openai\n"},
		{"api_key: \"${KEY}\"\n", "api_key: \"${KEY}\"\n"},
		{"api_key:\nmodel: x\n", "api_key:\nmodel: x\n"},
		{"api_base: http://h/v1?x=1\n", "api_base: http://h/v1?x=1\n"},
		{"api_key: sk-1", "api_key: •••"},
		{"api_keys: [sk-1, keyring:a]\nmodel: x\n", "api_keys: •••\nmodel: x\n"},
		{"a: {api_keys: [sk-1, \"sk-2\"], model: x}\n", "a: {api_keys: •••, model: x}\n"},
		{"api_keys:\n  - sk-1\n  # mine\n  - 'sk-2'\nmodel: x\n", "api_keys:•••\nmodel: x\n"},
		{"api_keys:\n- sk-1\nmodel: x\n", "api_keys:•••\nmodel: x\n"},
		{"api_keys: sk-1\n", "api_keys: •••\n"},
		{"api_keys: [sk-1", "api_keys: •••"},
		{"proxy: http://u:sk@h:1 # x\nmodel: x\n", "proxy: •••\nmodel: x\n"},
		{"p: {proxy: \"http://u:sk@h:1\", model: x}\n", "p: {proxy: •••\n"},
		{"p: {api_base: 'http://u:sk@h:1', model: x}\n", "p: {api_base: •••\n"},
		{"proxy: http://h:1\n", "proxy: http://h:1\n"},
		{"oops: [\napi_key: \"sk-1", "oops: [\napi_key: •••"},
	} {
		got := maskText(c.in)
		if strings.Contains(got, "sk") {
			t.Errorf("maskText(%q) gives it away: %q", c.in, got)
		}
		if got != c.want {
			t.Errorf("maskText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
