package admin

import (
	"bytes"
	"encoding/json"
	"log/slog"

	"github.com/labstack/echo/v4"
)

// OpenAPI returns the description of the API as indented JSON in a stable
// order. It needs no running program.
func OpenAPI() ([]byte, error) {
	doc := (&api{log: slog.New(slog.DiscardHandler)}).register(echo.New())
	// Through a map, because maps are encoded in the order of their keys.
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
