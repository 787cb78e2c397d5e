package controller

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// providerKeys shows where keys are, never what they are.
func providerKeys(keys []config.Key) []ProviderKey {
	out := make([]ProviderKey, len(keys))
	for i, k := range keys {
		out[i] = ProviderKey{Name: k.Name, State: keyState(k), Ref: k.Ref, Problem: k.Problem}
	}
	return out
}

// keyChange plans where typed keys go, and returns the edit that puts what
// refers to them, and the keys that stay, into the provider's entry.
func (p *Providers) keyChange(name string, in ProviderInput, ch *change) (func(*config.Document, map[string]any) error, error) {
	switch {
	case in.Key != "" && in.KeyRef != "":
		return nil, refuse(Invalid, "give either key or key_ref, not both")
	case in.Keys != nil && (in.Key != "" || in.KeyRef != ""):
		return nil, refuse(Invalid, "give either keys, or key or key_ref, not both")
	}
	var wanted []ProviderKeyInput
	if in.Keys != nil {
		wanted = slices.Clone(*in.Keys)
	} else if in.KeyRef != "-" {
		wanted = []ProviderKeyInput{{Ref: in.KeyRef, Key: in.Key}}
	}
	var values []string
	stores := map[string]func() error{}
	for i, k := range wanted {
		if in.Keys != nil && !oneOf(k.Name, k.Ref, k.Key) {
			return nil, refuse(Invalid, "each of keys is either the name of a present key, a ref, or a new key")
		}
		value := strings.TrimSpace(k.Key)
		if k.Key == "" {
			continue
		}
		ref, store, err := p.newKey(name, in, values, value)
		if err != nil {
			return nil, err
		}
		if ch.secrets == nil {
			ch.secrets = map[string]string{}
		}
		ch.secrets[secretName(ref)] = value
		stores[ref], values = store, append(values, ref)
		wanted[i] = ProviderKeyInput{Ref: ref}
	}
	if len(values) > 0 {
		ch.store = func() error {
			var errs error
			for _, ref := range values {
				errs = errors.Join(errs, stores[ref]())
			}
			return errs
		}
	}
	return func(doc *config.Document, entry map[string]any) error {
		return putKeys(doc, name, in, wanted, entry)
	}, nil
}

func oneOf(texts ...string) bool {
	given := 0
	for _, text := range texts {
		if text != "" {
			given++
		}
	}
	return given == 1
}

// secretName is what withSecrets knows a reference by: variables by their
// name alone.
func secretName(ref string) string {
	return strings.TrimSuffix(strings.TrimPrefix(ref, "${"), "}")
}

// newKey finds a place for a typed key and returns the reference to it. The
// first key of a provider is called like the provider and takes the place of
// the one before it; one of several is called by the first number that is
// free.
func (p *Providers) newKey(provider string, in ProviderInput, taken []string, value string) (ref string, store func() error, err error) {
	if in.KeyStore == "env" {
		variable := free(envName(provider), "_", func(name string) bool {
			if in.Keys == nil {
				return p.isFurther(provider, "${"+name+"}")
			}
			return p.refers("${"+name+"}", taken)
		})
		return "${" + variable + "}", func() error {
			file := config.EnvPath(p.c.o.Source.Path)
			if err := config.SetEnv(file, variable, value); err != nil {
				return unwritable(file, err)
			}
			return nil
		}, nil
	}
	if err := p.c.o.Vault.Check(); err != nil {
		return "", nil, noKeychain(err)
	}
	var present []string
	if in.Keys != nil {
		if present, err = p.c.o.Vault.Names(); err != nil {
			return "", nil, noKeychain(err)
		}
	}
	name := free(keyName(provider), "-", func(name string) bool {
		if in.Keys == nil {
			return p.isFurther(provider, config.KeyringRef(name))
		}
		return slices.Contains(present, name) || p.refers(config.KeyringRef(name), taken)
	})
	return config.KeyringRef(name), func() error { return p.c.Keys.store(name, value) }, nil
}

// isFurther reports whether a reference is that of a key that stays when the
// first is replaced.
func (p *Providers) isFurther(provider, ref string) bool {
	have, _ := p.c.Config().Provider(provider)
	return len(have.Keys) > 1 && slices.ContainsFunc(have.Keys[1:], func(k config.Key) bool { return k.Ref == ref })
}

// refers reports whether the configuration, or what is to come into it, uses a
// reference already.
func (p *Providers) refers(ref string, taken []string) bool {
	cfg := p.c.Config()
	is := func(k config.Key) bool { return k.Ref == ref }
	return slices.Contains(taken, ref) ||
		slices.ContainsFunc(cfg.Providers, func(p config.Provider) bool { return slices.ContainsFunc(p.Keys, is) }) ||
		slices.ContainsFunc(cfg.Models, func(m config.Model) bool {
			return slices.ContainsFunc(m.Keys, is) ||
				slices.ContainsFunc(m.Parts, func(part config.Model) bool { return slices.ContainsFunc(part.Keys, is) })
		})
}

// free returns the first of NAME, NAME-2, NAME-3 … that is not used.
func free(name, dash string, used func(string) bool) string {
	const longest = 64 // as checkKeyName has it
	candidate := name
	for n := 2; used(candidate); n++ {
		number := dash + strconv.Itoa(n)
		candidate = name[:min(len(name), longest-len(number))] + number
	}
	return candidate
}

// putKeys puts keys into the entry of a provider, in the form that the file
// has: api_key alone, api_key and api_keys, or api_keys alone.
func putKeys(doc *config.Document, name string, in ProviderInput, wanted []ProviderKeyInput, entry map[string]any) error {
	present := doc.ProviderKeys(name)
	if in.Keys == nil && (in.Key != "" || in.KeyRef != "" && in.KeyRef != "-") {
		// The first is replaced and the others stay.
		for _, k := range present[min(1, len(present)):] {
			wanted = append(slices.Clip(wanted), ProviderKeyInput{Name: k.Name})
		}
	}
	_, single := doc.Get("providers", name, "api_key")
	list, several := doc.Get("providers", name, "api_keys")
	if in.Keys == nil && in.Key == "" && in.KeyRef == "" {
		// Nothing is said about them.
		if key, ok := doc.Get("providers", name, "api_key"); ok {
			entry["api_key"] = key
		}
		if several {
			entry["api_keys"] = list
		}
		return nil
	}
	var keys []any
	for _, k := range wanted {
		if k.Name == "" {
			keys = append(keys, k.Ref)
			continue
		}
		i := slices.IndexFunc(present, func(have config.NamedKey) bool { return have.Name == k.Name })
		if i < 0 {
			return refuse(Invalid, "provider %q has no key %q: load it again", name, k.Name)
		}
		keys = append(keys, present[i].Node)
	}
	if len(keys) > 0 && (single || !several && len(keys) == 1) {
		entry["api_key"], keys = keys[0], keys[1:]
	}
	if len(keys) > 0 {
		entry["api_keys"] = keys
	}
	return nil
}

// envName is the variable in the env file that holds a provider's key.
func envName(provider string) string {
	name := regexp.MustCompile(`[^A-Z0-9]+`).ReplaceAllString(strings.ToUpper(provider), "_")
	name = strings.Trim(name, "_") + "_API_KEY"
	if name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}
