package admin

import (
	"encoding/json"

	"github.com/labstack/echo/v4"
)

// OpenAPI returns the description of the API as indented JSON in a stable
// order. It needs no running program.
func OpenAPI(version string) ([]byte, error) {
	doc := (&api{}).register(echo.New(), version)
	return json.MarshalIndent(doc, "", "  ")
}
