package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// State is the one glance.
func (c *Client) State(ctx context.Context) (controller.State, error) {
	return call[controller.State](ctx, c, request{method: http.MethodGet, path: "/api/state"})
}

// StartProxy opens the model listener; port 0 is the configured one.
func (c *Client) StartProxy(ctx context.Context, port int) (controller.State, error) {
	return call[controller.State](ctx, c, request{method: http.MethodPost, path: "/api/proxy/start", body: startOptions{port}})
}

// StopProxy closes the model listener and waits for requests in flight.
func (c *Client) StopProxy(ctx context.Context) (controller.State, error) {
	return call[controller.State](ctx, c, request{method: http.MethodPost, path: "/api/proxy/stop"})
}

// InFlight lists the requests that have not ended.
func (c *Client) InFlight(ctx context.Context) ([]usage.InFlight, error) {
	list, err := call[inFlightList](ctx, c, request{method: http.MethodGet, path: "/api/inflight"})
	return list.InFlight, err
}

// Requests lists requests, newest first.
func (c *Client) Requests(ctx context.Context, f usage.Filter, p usage.Page) (RequestList, error) {
	query := filterQuery(f)
	setInt(query, "before", int64(p.Before))
	setInt(query, "after", int64(p.After))
	setInt(query, "limit", int64(p.Limit))
	return call[RequestList](ctx, c, request{method: http.MethodGet, path: "/api/requests", query: query})
}

// Request returns one request with its bodies.
func (c *Client) Request(ctx context.Context, id usage.ID) (RequestDetail, error) {
	path := "/api/requests/" + strconv.FormatInt(int64(id), 10)
	return call[RequestDetail](ctx, c, request{method: http.MethodGet, path: path})
}

// Totals sums requests.
func (c *Client) Totals(ctx context.Context, f usage.Filter) (usage.Totals, error) {
	return call[usage.Totals](ctx, c, request{method: http.MethodGet, path: "/api/usage/totals", query: filterQuery(f)})
}

// Breakdown sums requests for each value of a field.
func (c *Client) Breakdown(ctx context.Context, f usage.Filter, by usage.Group) ([]usage.Row, error) {
	query := filterQuery(f)
	query.Set("by", string(by))
	rows, err := call[breakdownOutput](ctx, c, request{method: http.MethodGet, path: "/api/usage/breakdown", query: query})
	return rows.Rows, err
}

// Models lists the models.
func (c *Client) Models(ctx context.Context) ([]controller.ModelView, error) {
	list, err := call[modelList](ctx, c, request{method: http.MethodGet, path: "/api/models"})
	return list.Models, err
}

// Providers lists the configured providers.
func (c *Client) Providers(ctx context.Context) ([]controller.ProviderView, error) {
	list, err := call[providerList](ctx, c, request{method: http.MethodGet, path: "/api/providers"})
	return list.Providers, err
}

// TestModel follows the way to a model and ends with a very small chat.
func (c *Client) TestModel(ctx context.Context, name string) (controller.TestResult, error) {
	return call[controller.TestResult](ctx, c, request{method: http.MethodPost, path: "/api/models/" + url.PathEscape(name) + "/test"})
}

// Keys lists the keys in the keychain by name.
func (c *Client) Keys(ctx context.Context) (controller.KeysView, error) {
	return call[controller.KeysView](ctx, c, request{method: http.MethodGet, path: "/api/keys"})
}

// SetKey stores a key.
func (c *Client) SetKey(ctx context.Context, name, value string) error {
	var in keyInput
	in.Body.Value = value
	_, err := call[none](ctx, c, request{method: http.MethodPut, path: "/api/keys/" + url.PathEscape(name), body: in.Body})
	return err
}

// RemoveKey deletes a key.
func (c *Client) RemoveKey(ctx context.Context, name string) error {
	_, err := call[none](ctx, c, request{method: http.MethodDelete, path: "/api/keys/" + url.PathEscape(name)})
	return err
}

// Routing shows where requests go and how the targets are doing.
func (c *Client) Routing(ctx context.Context) (controller.RoutingView, error) {
	return call[controller.RoutingView](ctx, c, request{method: http.MethodGet, path: "/api/routing"})
}

// ClearRouting lets targets be asked again at once: those of a backend and a
// key or, with "", all. It returns how many were left alone.
func (c *Client) ClearRouting(ctx context.Context, backend, key string) (int, error) {
	cleared, err := call[clearedTargets](ctx, c, request{
		method: http.MethodPost, path: "/api/routing/clear", body: clearOptions{Backend: backend, Key: key},
	})
	return cleared.Changed, err
}

// Queue shows who waits for a turn.
func (c *Client) Queue(ctx context.Context) (controller.QueueView, error) {
	return call[controller.QueueView](ctx, c, request{method: http.MethodGet, path: "/api/queue"})
}

// Dequeue takes a request out of the queue.
func (c *Client) Dequeue(ctx context.Context, id string) error {
	_, err := call[none](ctx, c, request{method: http.MethodDelete, path: "/api/queue/" + url.PathEscape(id)})
	return err
}

// Settings lists every setting.
func (c *Client) Settings(ctx context.Context) ([]controller.SettingView, error) {
	list, err := call[settingList](ctx, c, request{method: http.MethodGet, path: "/api/settings"})
	return list.Settings, err
}

// SetSettings changes settings, all or none; nil goes back to the default.
func (c *Client) SetSettings(ctx context.Context, values map[string]any) error {
	body := map[string]any{"values": values}
	_, err := call[settingList](ctx, c, request{method: http.MethodPatch, path: "/api/settings", body: body})
	return err
}

// Config shows the user's file.
func (c *Client) Config(ctx context.Context) (controller.ConfigView, error) {
	return call[controller.ConfigView](ctx, c, request{method: http.MethodGet, path: "/api/config"})
}

// Reload reads the user's files again.
func (c *Client) Reload(ctx context.Context) error {
	_, err := call[controller.ConfigView](ctx, c, request{method: http.MethodPost, path: "/api/config/reload"})
	return err
}

// Doctor says what works, what is missing and how to get it.
func (c *Client) Doctor(ctx context.Context) ([]controller.Check, error) {
	list, err := call[checkList](ctx, c, request{method: http.MethodGet, path: "/api/doctor"})
	return list.Checks, err
}

// Storage measures the records.
func (c *Client) Storage(ctx context.Context) (usage.Size, error) {
	return call[usage.Size](ctx, c, request{method: http.MethodGet, path: "/api/storage"})
}

// Places lists the files and folders a person may want to open.
func (c *Client) Places(ctx context.Context) ([]controller.Place, error) {
	list, err := call[placeList](ctx, c, request{method: http.MethodGet, path: "/api/places"})
	return list.Places, err
}

// LoginLink makes a link that lets one browser in.
func (c *Client) LoginLink(ctx context.Context) (string, error) {
	link, err := call[LoginLink](ctx, c, request{method: http.MethodPost, path: "/api/login-link"})
	return link.URL, err
}

// ShowWindow asks for the window.
func (c *Client) ShowWindow(ctx context.Context) error {
	_, err := call[none](ctx, c, request{method: http.MethodPost, path: "/api/window"})
	return err
}

// Quit asks the program to end. It answers before it has.
func (c *Client) Quit(ctx context.Context) error {
	_, err := call[none](ctx, c, request{method: http.MethodPost, path: "/api/quit"})
	return err
}

// Events yields what happens, the present state first, until the caller stops
// or ctx ends. It ends with an error when the program goes: io.EOF, or
// ErrNotRunning when it was not there.
func (c *Client) Events(ctx context.Context) iter.Seq2[controller.Event, error] {
	return func(yield func(controller.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		resp, err := c.do(ctx, request{method: http.MethodGet, path: "/api/events"})
		if err != nil {
			yield(controller.Event{}, err)
			return
		}
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				if ctx.Err() == nil {
					yield(controller.Event{}, err)
				}
				return
			}
			data, ok := strings.CutPrefix(line, "data: ")
			if !ok {
				continue // the event's name is in its data as well
			}
			var e controller.Event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				yield(controller.Event{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// filterQuery is a filter as query parameters.
func filterQuery(f usage.Filter) url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"model": f.Model, "backend": f.Backend, "provider": f.Provider, "client": f.Client, "caller": f.Caller,
		"outcome": string(f.Outcome), "dialect": string(f.Dialect), "stop_reason": f.StopReason,
		"request_id": f.RequestID, "search": f.Search,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"since": f.Since, "until": f.Until} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	for name, flag := range map[string]*bool{"stream": f.Stream, "tool_calls": f.ToolCalls} {
		if flag != nil {
			query.Set(name, strconv.FormatBool(*flag))
		}
	}
	setInt(query, "min_total_ms", f.MinTotal.Milliseconds())
	return query
}

func setInt(query url.Values, name string, n int64) {
	if n != 0 {
		query.Set(name, strconv.FormatInt(n, 10))
	}
}
