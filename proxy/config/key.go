package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// keyringPrefix begins a reference to the OS keychain.
const keyringPrefix = "keyring:"

// KeyringRef returns the reference to write into a file for a secret that the
// keychain holds under name.
func KeyringRef(name string) string { return keyringPrefix + name }

// KeyringName returns the name that a reference stands for.
func KeyringName(ref string) (name string, ok bool) {
	name, ok = strings.CutPrefix(strings.TrimSpace(ref), keyringPrefix)
	return strings.TrimSpace(name), ok
}

// UsableKeys returns the keys that can be sent: all of them but those that
// have a problem, in their order. It is empty where none can be.
func UsableKeys(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return !k.Set() })
}

// firstKey is the first key that can be sent, or else the first, whose problem
// is to be shown.
func firstKey(keys []Key) Key {
	if usable := UsableKeys(keys); len(usable) > 0 {
		return usable[0]
	}
	if len(keys) > 0 {
		return keys[0]
	}
	return Key{}
}

// keys resolves api_key and then api_keys of an entry, and names each.
func (b *builder) keys(v *value) []Key {
	places := []*value{v.get("api_key")}
	if list := v.get("api_keys"); list != nil && list.kind == scalarKind {
		places = append(places, list)
	} else {
		places = append(places, items(list)...)
	}
	var named, out []Key
	for _, place := range places {
		k := b.key(place)
		if !k.Configured() {
			continue
		}
		k.Name = nameOfKey(k.Ref, named)
		named = append(named, k)
		i := slices.IndexFunc(out, func(have Key) bool {
			return k.Ref != "" && have.Ref == k.Ref && have.Value == k.Value || k.Set() && have.Value == k.Value
		})
		if i >= 0 {
			b.report.warnAt(place, "this key is the same as %s and is used once: remove one of them", out[i].Name)
			continue
		}
		out = append(out, k)
	}
	return out
}

// nameOfKey is what records and pages call a key: what the keychain or the
// variable is called, else its place, and unlike the names of those before it.
func nameOfKey(ref string, before []Key) string {
	name, ok := KeyringName(ref)
	if !ok {
		name = strings.NewReplacer("${", "", "}", "").Replace(ref)
	}
	if name == "" {
		name = "key " + strconv.Itoa(len(before)+1)
	}
	unique := name
	for n := 2; slices.ContainsFunc(before, func(have Key) bool { return have.Name == unique }); n++ {
		unique = name + " (" + strconv.Itoa(n) + ")"
	}
	return unique
}

// key resolves a credential. Whatever goes wrong is the key's own problem and
// a warning: without its key a provider refuses, and the rest of the
// configuration is as good as before.
func (b *builder) key(v *value) Key {
	if v == nil || v.kind != scalarKind {
		return Key{}
	}
	k := Key{}
	k.Ref = variablesRef(v.variables)
	if len(v.unset) > 0 {
		// The unset variable is a warning already.
		k.Problem = fmt.Sprintf("variable %s is not set: %s", v.unset[0], whereToSet(v.envFile, v.unset[0]))
		return k
	}
	text := strings.TrimSpace(v.text)
	if name, ok := KeyringName(text); ok {
		k.Ref = text
		k.Value, k.Problem = b.fromKeyring(name)
	} else {
		k.Value, k.Problem = usable(text, k.Ref)
	}
	if k.Problem != "" {
		b.report.warnAt(v, "%s", k.Problem)
	}
	return k
}

// variablesRef refers to the variables in a text, and only to them: what is
// written around them may be half a key.
func variablesRef(names []string) string {
	ref := ""
	for _, name := range names {
		ref += "${" + name + "}"
	}
	return ref
}

// usable refuses texts that are certainly no key.
func usable(text, ref string) (Secret, string) {
	switch {
	case text == "" && ref != "":
		return Secret{}, ref + " is empty: give it a value"
	case strings.Contains(text, mask):
		return Secret{}, "the key is masked: enter it again"
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Secret{}, "the key has a line break in it: enter it again"
	}
	return NewSecret(text), ""
}

func (b *builder) fromKeyring(name string) (Secret, string) {
	answer, asked := b.vault[name]
	if !asked {
		answer = b.ask(name)
		b.vault[name] = answer
	}
	if answer.err != nil {
		return Secret{}, fmt.Sprintf("key %q could not be read from the keychain: %s. Enter it under Providers, or run: yallmproxy keys set %s", name, answer.err, name)
	}
	return usable(strings.TrimSpace(answer.value), KeyringRef(name))
}

func (b *builder) ask(name string) vaultAnswer {
	switch {
	case name == "":
		return vaultAnswer{err: errors.New("keyring: needs a name after it")}
	case b.src.Keyring == nil:
		return vaultAnswer{err: errors.New("there is no keychain here")}
	}
	text, err := b.src.Keyring(name)
	return vaultAnswer{value: text, err: err}
}
