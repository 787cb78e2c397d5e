package config

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// IsSecretName reports whether a key or header of that name may hold a secret,
// so that its value must not be shown.
func IsSecretName(name string) bool {
	name = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
	for _, word := range []string{"api_key", "apikey", "secret", "password", "passwd", "authorization", "cookie", "credential", "client_key"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "token" || strings.HasSuffix(name, "_token") || strings.HasSuffix(name, "_key") || strings.HasSuffix(name, "_auth")
}

// isReference reports whether a text only says where a secret is.
func isReference(text string) bool {
	if _, ok := KeyringName(text); ok {
		return true
	}
	return regexp.MustCompile(`^\s*\$(\{[^}]+\}|[A-Za-z_][A-Za-z0-9_]*)\s*$`).MatchString(text)
}

// literalSecrets calls f with the path of every secret that is written into
// the tree itself.
func literalSecrets(n *yaml.Node, path []string, f func(path []string, n *yaml.Node)) {
	if n == nil {
		return
	}
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			literalSecrets(c, extend(path, indexText(i)), f)
		case n.Kind == yaml.MappingNode && i%2 == 1:
			name := n.Content[i-1].Value
			if c.Kind == yaml.ScalarNode && c.Value != "" && !isNull(c) && IsSecretName(name) && !isReference(c.Value) {
				f(extend(path, name), c)
				continue
			}
			literalSecrets(c, extend(path, name), f)
		}
	}
}

// Masked renders a node, such as one model's entry, with ••• in the place of
// every secret that stands in it. References (keyring:NAME, ${VAR}) stay.
func Masked(n *yaml.Node) (string, error) {
	masked := clone(n)
	literalSecrets(masked, nil, func(_ []string, n *yaml.Node) { n.SetString(mask) })
	text, err := encode(masked)
	return string(text), err
}

// Masked returns the text of the file with ••• in the place of every secret
// that stands in it, and everything else as it is.
func (d *Document) Masked() (string, error) {
	masked := &Document{file: d.file, text: d.text, root: d.root}
	for {
		var next []string
		literalSecrets(masked.root, nil, func(path []string, n *yaml.Node) {
			if next == nil && n.Value != mask {
				next = path
			}
		})
		if next == nil {
			return string(masked.text), nil
		}
		if err := masked.replace(textNode(mask), next); err != nil {
			return "", err
		}
	}
}

// Unmask gives every ••• in the file the secret that stored holds at the same
// place: the same model, provider or app key, whatever their order. It is how
// a text that was shown by Masked and edited comes back.
func (d *Document) Unmask(stored *Document) error {
	var masked [][]string
	literalSecrets(d.root, nil, func(path []string, n *yaml.Node) {
		if n.Value == mask {
			masked = append(masked, path)
		}
	})
	for _, path := range masked {
		secret := counterpart(d.root, stored.root, path)
		if secret == nil {
			return fmt.Errorf("%s:%d: %s is masked and there is no stored key to keep: enter the key, or keyring:NAME",
				d.file, d.find(path).Line, strings.Join(path, "."))
		}
		if err := d.replace(textNode(secret.Value), path); err != nil {
			return err
		}
	}
	return nil
}

// counterpart follows path, which leads through root, in the tree stored.
// Items of lists are found by what names them, not by their place.
func counterpart(root, stored *yaml.Node, path []string) *yaml.Node {
	for _, name := range path {
		var child *yaml.Node
		here := findIn(root, []string{name})
		switch {
		case stored == nil || here == nil:
			return nil
		case stored.Kind == yaml.MappingNode:
			_, child = entryOf(stored, name)
		case stored.Kind == yaml.SequenceNode:
			child = sameItem(stored, here)
		}
		root, stored = here, child
	}
	if stored == nil || stored.Kind != yaml.ScalarNode || stored.Value == mask {
		return nil
	}
	return stored
}

// sameItem returns the last item of a list that has the same name as item.
func sameItem(list, item *yaml.Node) *yaml.Node {
	var found *yaml.Node
	for _, key := range []string{"model_name", "key_id"} {
		_, name := entryOf(item, key)
		if name == nil {
			continue
		}
		for _, candidate := range list.Content {
			if _, other := entryOf(candidate, key); other != nil && other.Value == name.Value {
				found = candidate
			}
		}
	}
	return found
}

// unmask gives every ••• below n the secret that old holds at the same path.
func unmask(n, old *yaml.Node) error {
	var err error
	literalSecrets(n, nil, func(path []string, n *yaml.Node) {
		if n.Value != mask {
			return
		}
		stored := findIn(old, path)
		if stored == nil || stored.Kind != yaml.ScalarNode || stored.Value == mask {
			err = fmt.Errorf("%s is masked and there is no stored key to keep: enter the key, or keyring:NAME", strings.Join(path, "."))
			return
		}
		line := n.LineComment
		n.SetString(stored.Value)
		n.LineComment = line
	})
	return err
}
