package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Response answers GET /v1/responses/{id}: the response object as the client
// got it.
func (s *Session) Response(ctx context.Context, caller, id string) ([]byte, *llm.Error) {
	t, err := s.turn(ctx, caller, id)
	return t.Answer, err
}

func (s *Session) turn(ctx context.Context, caller, id string) (Turn, *llm.Error) {
	if s.reason(caller, id) != "" {
		return Turn{}, s.absent(caller, id) // an older one with its id is another
	}
	if e := s.pending(byID(caller, id)); e != nil {
		return e.whole(), nil
	}
	t, err := s.o.Store.Turn(ctx, caller, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return t, s.absent(caller, id)
	case err != nil:
		return t, s.unreadable(err)
	}
	return t, nil
}

// NoReplay is the answer to GET /v1/responses/{id}?stream=true: OpenAI has the
// events of background responses only, and the proxy runs none.
func NoReplay() *llm.Error {
	return invalid("stream", "unsupported_parameter",
		"The events of a stored response cannot be streamed again. Get it without stream=true.")
}

// DeleteResponse answers DELETE /v1/responses/{id}.
func (s *Session) DeleteResponse(ctx context.Context, caller, id string) ([]byte, *llm.Error) {
	err := s.settle(ctx, byID(caller, id))
	if err == nil {
		err = s.o.Store.DeleteTurn(ctx, caller, id)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, s.absent(caller, id)
	case err != nil:
		return nil, s.unreadable(err)
	}
	return encode(deleted{ID: id, Object: "response", Deleted: true}), nil
}

// deleted is what is left of an object.
type deleted struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

// CancelResponse answers POST /v1/responses/{id}/cancel: a response that is not
// running in the background cannot be cancelled.
func (s *Session) CancelResponse(ctx context.Context, caller, id string) *llm.Error {
	if _, err := s.turn(ctx, caller, id); err != nil {
		return err
	}
	return invalid("", "", "Cannot cancel a synchronous response.")
}

// InputItems answers GET /v1/responses/{id}/input_items: all that the response
// was given, its conversation included.
func (s *Session) InputItems(ctx context.Context, caller, id string, p Page) ([]byte, *llm.Error) {
	chain, err := s.chain(ctx, caller, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, s.absent(caller, id)
	case err != nil:
		return nil, s.unreadable(err)
	}
	last := len(chain) - 1
	items, refused := s.shown(ctx, caller, chain[:last])
	if refused != nil {
		return nil, refused
	}
	own, refused := s.shownInput(ctx, caller, &chain[last])
	if refused != nil {
		return nil, refused
	}
	return page(append(items, own...), p)
}

// ConversationItems answers GET /v1/conversations/{id}/items.
func (s *Session) ConversationItems(ctx context.Context, caller, id string, p Page) ([]byte, *llm.Error) {
	chain, err := s.conversation(ctx, caller, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, conversationNotFound(id)
	case err != nil:
		return nil, s.unreadable(err)
	}
	items, refused := s.shown(ctx, caller, chain)
	if refused != nil {
		return nil, refused
	}
	return page(items, p)
}

// shown lists the items of turns.
func (s *Session) shown(ctx context.Context, caller string, turns []Turn) ([]listed, *llm.Error) {
	var items []listed
	for i := range turns {
		input, err := s.shownInput(ctx, caller, &turns[i])
		if err != nil {
			return nil, err
		}
		items = append(items, input...)
		items = append(items, show(&turns[i], turns[i].Output())...)
	}
	return items, nil
}

// shownInput lists what a turn added, with the items that it referred to.
func (s *Session) shownInput(ctx context.Context, caller string, t *Turn) ([]listed, *llm.Error) {
	items := slices.Clone(t.Input)
	var ids []string
	for _, item := range items {
		if id := reference(item); id != "" {
			ids = append(ids, id)
		}
	}
	holders, err := s.holders(ctx, caller, ids)
	if err != nil {
		return nil, s.unreadable(err)
	}
	for i, item := range items {
		h := holders[reference(item)]
		if found := find(&h, reference(item)); found != nil {
			items[i] = found
		}
	}
	return show(t, items), nil
}

// conversation is a conversation object.
type conversation struct {
	ID        string          `json:"id"`
	Object    string          `json:"object"`
	CreatedAt int64           `json:"created_at"`
	Metadata  json.RawMessage `json:"metadata"`
}

func (c *Conversation) encode() []byte {
	return encode(conversation{ID: c.ID, Object: "conversation", CreatedAt: c.Created.Unix(), Metadata: c.Metadata})
}

// The bounds of a new conversation (API reference, Create a conversation).
const (
	maxFirstItems = 20
	maxMetadata   = 16
)

// CreateConversation answers POST /v1/conversations.
func (s *Session) CreateConversation(ctx context.Context, caller string, text []byte) ([]byte, *llm.Error) {
	c := Conversation{ID: "conv_" + strings.ToLower(rand.Text()), Caller: caller, Created: s.o.Now(), Metadata: json.RawMessage("{}")}
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		text = []byte("{}")
	}
	asked := gjson.ParseBytes(text)
	if !json.Valid(text) || !asked.IsObject() {
		return nil, invalid("", "invalid_json", "The request's body is not a JSON object.")
	}
	switch m := asked.Get("metadata"); {
	case m.Type == gjson.Null:
	case !m.IsObject():
		return nil, wrongType("metadata", "a metadata object", m)
	case len(m.Map()) > maxMetadata:
		return nil, invalid("metadata", "object_above_max_properties",
			"Invalid 'metadata': too many properties. Expected an object with at most %d properties, but got an object with %d properties instead.",
			maxMetadata, len(m.Map()))
	default:
		c.Metadata = json.RawMessage(m.Raw)
	}
	var items []json.RawMessage
	switch v := asked.Get("items"); {
	case v.Type == gjson.Null:
	case !v.IsArray():
		return nil, wrongType("items", "an array of input items", v)
	default:
		items = elements([]byte(v.Raw))
	}
	if len(items) > maxFirstItems {
		return nil, invalid("items", "array_above_max_length",
			"Invalid 'items': array too long. Expected an array with maximum length %d, but got an array with length %d instead.",
			maxFirstItems, len(items))
	}
	if err := s.o.Store.CreateConversation(ctx, &c, items); err != nil {
		return nil, s.unreadable(err)
	}
	return c.encode(), nil
}

// Conversation answers GET /v1/conversations/{id}.
func (s *Session) Conversation(ctx context.Context, caller, id string) ([]byte, *llm.Error) {
	c, err := s.o.Store.Conversation(ctx, caller, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, conversationNotFound(id)
	case err != nil:
		return nil, s.unreadable(err)
	}
	return c.encode(), nil
}

// DeleteConversation answers DELETE /v1/conversations/{id}.
func (s *Session) DeleteConversation(ctx context.Context, caller, id string) ([]byte, *llm.Error) {
	err := s.settle(ctx, inConversation(caller, id))
	if err == nil {
		err = s.o.Store.DeleteConversation(ctx, caller, id)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, conversationNotFound(id)
	case err != nil:
		return nil, s.unreadable(err)
	}
	return encode(deleted{ID: id, Object: "conversation.deleted", Deleted: true}), nil
}
