package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
)

// plain returns the value as encoding/json would decode it, with whole
// numbers as int64. A scalar with an unset variable stays as it is written.
func (v *value) plain() (any, error) {
	switch v.kind {
	case mappingKind:
		out := make(map[string]any, len(v.fields))
		for _, f := range v.fields {
			x, err := f.value.plain()
			if err != nil {
				return nil, err
			}
			out[f.name] = x
		}
		return out, nil
	case listKind:
		out := make([]any, len(v.items))
		for i, item := range v.items {
			x, err := item.plain()
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	case scalarKind:
		return v.plainScalar()
	}
	return nil, nil
}

func (v *value) plainScalar() (any, error) {
	switch v.tag {
	case "!!bool":
		return parseBool(v.text)
	case "!!int":
		if n, err := strconv.ParseInt(v.text, 0, 64); err == nil {
			return n, nil
		}
		return parseNumber(v.text)
	case "!!float":
		n, err := parseNumber(v.text)
		if err != nil {
			return nil, errors.New("JSON has no number for " + v.source)
		}
		return n, nil
	}
	return v.text, nil
}

// fingerprint is a short hash of everything a configuration says, secrets
// included: a new key in the keychain is a new configuration. It gives no
// secret away, and it depends on nothing but the content.
func fingerprint(cfg *Config) string {
	hash := sha256.New()
	// What a Config is made of always encodes: plain checked the only part
	// that might not.
	_ = json.NewEncoder(hash).Encode(cfg)
	secret := func(s Secret) { hash.Write([]byte(s.Reveal() + "\x00")) }
	keys := func(list []Key, way Way) {
		for _, k := range list {
			secret(k.Value)
		}
		secret(way.Proxy)
	}
	keys(nil, cfg.Way)
	for _, p := range cfg.Providers {
		keys(p.Keys, p.Way)
	}
	for _, m := range cfg.Models {
		keys(m.Keys, m.Way)
		for _, part := range m.Parts {
			keys(part.Keys, part.Way)
		}
	}
	for _, k := range cfg.AppKeys.Keys {
		secret(k.Secret)
	}
	secret(cfg.Database.DSN)
	return hex.EncodeToString(hash.Sum(nil))[:12]
}
