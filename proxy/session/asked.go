package session

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Target is a backend that may answer.
type Target struct {
	Backend string // the model entry; "" for the proxy itself
	Native  bool   // it speaks Responses itself
}

// Asked is one request and what it refers to. It belongs to one goroutine.
type Asked struct {
	session *Session
	caller  string
	request *body.Body
	// previous or conversation is what it continues, if anything, and chain the
	// turns of that, oldest first.
	previous, conversation string
	chain                  []Turn
	// own are the items that the request itself refers to, and holders the turns
	// that have them, or any that the chain refers to.
	own     []string
	holders map[string]Turn
	keep    bool // the answer is to be stored
	// unkept: what it continues is known to this connection only.
	unkept bool
	// forgotten are the backends that turned out not to keep what they said.
	forgotten map[string]bool
}

// Begin reads what a request to create a response refers to, and finds it.
func (s *Session) Begin(ctx context.Context, caller string, b *body.Body) (*Asked, *llm.Error) {
	a := &Asked{session: s, caller: caller, request: b}
	if err := a.read(); err != nil {
		return nil, err
	}
	if err := a.load(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// read looks at the fields that are about state.
func (a *Asked) read() *llm.Error {
	switch v := a.request.Get("previous_response_id"); v.Type {
	case gjson.Null:
	case gjson.String:
		a.previous = v.Str
	default:
		return wrongType("previous_response_id", "a string", v)
	}
	switch v := a.request.Get("conversation"); {
	case v.Type == gjson.Null:
	case v.Type == gjson.String:
		a.conversation = v.Str
	case v.IsObject() && v.Get("id").Type == gjson.String:
		a.conversation = v.Get("id").Str
	default:
		return wrongType("conversation", "one of a conversation object or a string", v)
	}
	if a.previous != "" && a.conversation != "" {
		return exclusive("previous_response_id", "conversation")
	}
	if a.request.Get("background").Type == gjson.True {
		return noBackground()
	}
	switch v := a.request.Get("store"); v.Type {
	case gjson.Null, gjson.True:
		a.keep = true
	case gjson.False:
	default:
		return wrongType("store", "a boolean", v)
	}
	return nil
}

// load finds the turns that are referred to.
func (a *Asked) load(ctx context.Context) *llm.Error {
	s := a.session
	var err error
	switch {
	case a.previous != "":
		if a.chain, err = s.chain(ctx, a.caller, a.previous); errors.Is(err, ErrNotFound) {
			return s.missing(a.caller, a.previous)
		}
		e := s.recent(byID(a.caller, a.previous))
		a.unkept = e != nil && e.saved == nil
	case a.conversation != "":
		if a.chain, err = s.conversation(ctx, a.caller, a.conversation); errors.Is(err, ErrNotFound) {
			return conversationNotFound(a.conversation)
		}
	}
	if err != nil {
		return s.unreadable(err)
	}
	a.own = references(a.request.Raw("input"))
	ids := slices.Clone(a.own)
	for i := range a.chain {
		for _, item := range a.chain[i].Input {
			if id := reference(item); id != "" {
				ids = append(ids, id)
			}
		}
	}
	if a.holders, err = s.holders(ctx, a.caller, ids); err != nil {
		return s.unreadable(err)
	}
	for _, id := range ids {
		if h, ok := a.holders[id]; ok && h.Caller != a.caller {
			return itemNotFound(id)
		}
	}
	return nil
}

// chain returns a turn and all it stands on, oldest first.
func (s *Session) chain(ctx context.Context, caller, id string) ([]Turn, error) {
	e := s.last(byID(caller, id))
	if e == nil && s.reason(caller, id) != "" {
		return nil, ErrNotFound // an older one with its id is another
	}
	if e == nil {
		e = s.pending(byID(caller, id))
	}
	if e != nil {
		turns := e.chain()
		if length(turns) > s.o.MaxChain {
			return nil, ErrTooLong
		}
		return turns, nil
	}
	return s.o.Store.Chain(ctx, caller, id, s.o.MaxChain)
}

// conversation returns the turns of a conversation, oldest first.
func (s *Session) conversation(ctx context.Context, caller, id string) ([]Turn, error) {
	if err := s.settle(ctx, inConversation(caller, id)); err != nil {
		return nil, err
	}
	return s.o.Store.ConversationChain(ctx, caller, id, s.o.MaxChain)
}

// holders finds the turns in whose answers items are.
func (s *Session) holders(ctx context.Context, caller string, ids []string) (map[string]Turn, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found := map[string]Turn{}
	var missing []string
	for _, id := range ids {
		e := s.recent(func(e *entry) bool {
			return e.turn.Caller == caller && bytes.Contains(e.turn.Answer, []byte(id)) && find(&e.turn, id) != nil
		})
		if e != nil {
			found[id] = e.whole()
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	stored, err := s.o.Store.Holders(ctx, caller, missing)
	for id, t := range stored {
		found[id] = t
	}
	return found, err
}

// End keeps the final response object that a backend gave, as the client gets
// it, unless the request said not to. It does not keep answer, and does not
// wait for the store. An answer that did not come to its end is not kept.
func (a *Asked) End(t Target, answer []byte) {
	s := a.session
	if !a.keep && s.here == nil {
		return
	}
	id, status := gjson.GetBytes(answer, "id"), gjson.GetBytes(answer, "status")
	if id.Type != gjson.String || id.Str == "" || status.Exists() && status.Str != "completed" && status.Str != "incomplete" {
		s.o.Log.Debug("an answer is not stored", "backend", t.Backend, "response", id.Str, "status", status.Str)
		return
	}
	e := &entry{
		turn: Turn{
			ID: id.Str, Caller: a.caller, Previous: a.previous, Conversation: a.conversation,
			Backend: t.Backend, Native: t.Native, Created: s.o.Now(), Answer: bytes.Clone(answer),
		},
		before: a.chain,
		input:  a.request.Raw("input"),
	}
	if n := len(a.chain); a.previous != "" && n > 0 {
		e.turn.After = a.chain[n-1].Created
	}
	if a.keep {
		e.root, e.saved = a.unkept, make(chan struct{})
		e.size = int64(len(answer) + len(e.input))
		if !s.add(e) {
			s.o.Log.Warn("a response is not stored: too much is waiting for the database", "response", id.Str)
			s.lose(a.caller, id.Str, tooMuchWaiting)
		}
	}
	if s.here != nil {
		s.here.set(e)
	}
}
