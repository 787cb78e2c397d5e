package upstream

import "encoding/json"

func encode(v any) string {
	out, _ := json.Marshal(v) // maps of plain values always encode
	return string(out)
}

// clip keeps a provider's text short enough for one line.
func clip(s string) string {
	const limit = 200
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
