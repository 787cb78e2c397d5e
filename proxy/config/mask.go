package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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

// holdsSecret reports whether a text that is the value of a setting, or of an
// item of one that is a list, holds a secret itself, or stands for one.
func holdsSecret(name, text string) bool {
	switch {
	case text == mask:
		return true
	case text == "" || isReference(text):
		return false
	case name == "client_key":
		return strings.ContainsAny(text, "\r\n") || strings.Contains(text, "-----BEGIN") // else the file's path
	case IsSecretName(name):
		return true
	}
	return HoldsPassword(name, text)
}

// HoldsPassword reports whether a text is an address with a user or password
// in it. A proxy may be written without the scheme that it needs.
func HoldsPassword(name, text string) bool {
	_, rest, isURL := strings.Cut(text, "://")
	end := strings.LastIndex(rest, "@")
	switch {
	case name == "proxy" && !isURL:
		rest, end = text, strings.LastIndex(text, "@")
	case name == "proxy":
	case strings.ContainsAny(rest[:max(end, 0)], "/?# \t\n"):
		return false // the address ends before
	}
	if end < 0 {
		return false
	}
	user, password, _ := strings.Cut(rest[:end], ":")
	return !isReference(cmp.Or(password, user))
}

// literalSecrets calls f with the path of every secret that is written into
// the tree itself.
func literalSecrets(n *yaml.Node, path []string, f func(path []string, n *yaml.Node)) {
	if n == nil {
		return
	}
	name := "" // of the setting that a list is the value of
	for i := len(path) - 1; i >= 0 && n.Kind == yaml.SequenceNode && name == ""; i-- {
		if _, err := strconv.Atoi(path[i]); err != nil {
			name = path[i]
		}
	}
	for i, c := range n.Content {
		at := extend(path, indexText(i))
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			name = n.Content[i-1].Value
			at = extend(path, name)
		}
		if c.Kind == yaml.ScalarNode && !isNull(c) && holdsSecret(name, c.Value) {
			f(at, c)
			continue
		}
		literalSecrets(c, at, f)
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
	secrets := make([]*yaml.Node, len(masked))
	for i, path := range masked {
		if secrets[i] = counterpart(d.root, stored.root, path); secrets[i] == nil {
			return fmt.Errorf("%s:%d: %s is masked and there is no stored key to keep: enter the key, or keyring:NAME",
				d.file, d.find(path).Line, strings.Join(path, "."))
		}
	}
	// Afterwards, because what is masked is counted while looking.
	for i, path := range masked {
		if err := d.replace(textNode(secrets[i].Value), path); err != nil {
			return err
		}
	}
	return nil
}

// counterpart follows path, which leads through root, in the tree stored.
// Items of lists are found by what names them, not by their place.
func counterpart(root, stored *yaml.Node, path []string) *yaml.Node {
	list := ""
	for _, name := range path {
		var child *yaml.Node
		here := findIn(root, []string{name})
		switch {
		case stored == nil || here == nil:
			return nil
		case stored.Kind == yaml.MappingNode:
			_, child = entryOf(stored, name)
			list = name
		case stored.Kind == yaml.SequenceNode && here.Kind == yaml.ScalarNode:
			child = sameSecret(list, root, stored, here)
		case stored.Kind == yaml.SequenceNode:
			child = sameItem(stored, root, here)
		}
		root, stored = here, child
	}
	if stored == nil || stored.Kind != yaml.ScalarNode || stored.Value == mask {
		return nil
	}
	return stored
}

// sameItem returns the last item of a list that has the same name as item.
// Targets of a model have none: what they say of where they are is it, or
// their place where the list is as long as it was.
func sameItem(list, items, item *yaml.Node) *yaml.Node {
	for _, key := range []string{"model_name", "key_id"} {
		_, name := entryOf(item, key)
		if name == nil {
			continue
		}
		for _, candidate := range slices.Backward(list.Content) {
			if _, other := entryOf(candidate, key); other != nil && other.Value == name.Value {
				return candidate
			}
		}
		return nil
	}
	alike := slices.DeleteFunc(slices.Clone(list.Content), func(candidate *yaml.Node) bool { return !samePlace(candidate, item) })
	at := slices.Index(items.Content, item)
	switch {
	case len(alike) == 1:
		return alike[0]
	case len(list.Content) == len(items.Content) && samePlace(list.Content[at], item):
		return list.Content[at]
	}
	return nil
}

func samePlace(a, b *yaml.Node) bool {
	for _, key := range []string{"provider", "api_base", "model", "target_model"} {
		_, x := entryOf(a, key)
		_, y := entryOf(b, key)
		if (x == nil) != (y == nil) || x != nil && x.Value != y.Value {
			return false
		}
	}
	return true
}

// sameSecret returns the secret of a list that stood where item, which is
// masked, is now. Masked secrets look the same, so that they must be as many
// as they were, in the same order.
func sameSecret(name string, items, stored, item *yaml.Node) *yaml.Node {
	secrets := func(list *yaml.Node) []*yaml.Node {
		return slices.DeleteFunc(slices.Clone(list.Content), func(n *yaml.Node) bool {
			return n.Kind != yaml.ScalarNode || isNull(n) || !holdsSecret(name, n.Value)
		})
	}
	masked := slices.DeleteFunc(secrets(items), func(n *yaml.Node) bool { return n.Value != mask })
	have := secrets(stored)
	if at := slices.Index(masked, item); at >= 0 && len(masked) == len(have) {
		return have[at]
	}
	return nil
}

// unmask gives every ••• below n the secret that old holds at the same place.
func unmask(n, old *yaml.Node) error {
	found := map[*yaml.Node]*yaml.Node{}
	var err error
	literalSecrets(n, nil, func(path []string, secret *yaml.Node) {
		if secret.Value != mask {
			return
		}
		if found[secret] = counterpart(n, old, path); found[secret] == nil {
			err = fmt.Errorf("%s is masked and there is no stored key to keep: enter the key, or keyring:NAME", strings.Join(path, "."))
		}
	})
	if err != nil {
		return err
	}
	// Afterwards, because what is masked is counted while looking.
	for secret, stored := range found {
		line := secret.LineComment
		secret.SetString(stored.Value)
		secret.LineComment = line
	}
	return nil
}
