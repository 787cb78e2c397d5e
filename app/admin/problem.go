package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// problemType prefixes the type of a problem that a program can act on.
const problemType = "urn:yallmproxy:"

// problem turns an error into the answer for it. What is not meant for a
// person stays in the log.
func (a *api) problem(ctx context.Context, err error) error {
	if invalid, ok := errors.AsType[*config.InvalidError](err); ok {
		return invalidConfig(invalid)
	}
	if e, ok := errors.AsType[*controller.Error](err); ok {
		status := statusOf(e.Reason)
		return &huma.ErrorModel{
			Type:   problemType + string(e.Reason),
			Title:  http.StatusText(status),
			Status: status,
			Detail: e.Message,
		}
	}
	switch {
	case errors.Is(err, controller.ErrStale):
		return &huma.ErrorModel{
			Type:   problemType + "stale",
			Title:  http.StatusText(http.StatusPreconditionFailed),
			Status: http.StatusPreconditionFailed,
			Detail: err.Error(),
		}
	case errors.Is(err, usage.ErrNotFound):
		return huma.Error404NotFound("There is no such record, or no longer.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return huma.Error503ServiceUnavailable("This took too long; try again.")
	}
	a.log.ErrorContext(ctx, "admin call failed", "error", err)
	return huma.Error500InternalServerError("This failed inside the program; its log says why.")
}

func statusOf(r controller.Reason) int {
	switch r {
	case controller.NotFound:
		return http.StatusNotFound
	case controller.Invalid:
		return http.StatusUnprocessableEntity
	case controller.Unreachable:
		return http.StatusBadGateway
	case controller.Unwritable:
		return http.StatusInternalServerError
	default:
		return http.StatusConflict
	}
}

// invalidConfig lists every problem of a configuration with its place.
func invalidConfig(invalid *config.InvalidError) *huma.ErrorModel {
	m := &huma.ErrorModel{
		Type:   problemType + "invalid-config",
		Title:  http.StatusText(http.StatusUnprocessableEntity),
		Status: http.StatusUnprocessableEntity,
		Detail: fmt.Sprintf("The configuration has %d problems; nothing was changed.", len(invalid.Problems)),
	}
	if len(invalid.Problems) == 1 {
		m.Detail = "The configuration has a problem; nothing was changed."
	}
	for _, p := range invalid.Problems {
		place := p.File
		if p.Line > 0 {
			place = fmt.Sprintf("%s:%d", p.File, p.Line)
		}
		m.Errors = append(m.Errors, &huma.ErrorDetail{
			Message:  p.Message,
			Location: strings.TrimSpace(place + " " + p.Path),
		})
	}
	return m
}
