// Package session keeps the state of OpenAI's Responses API: the turns that a
// client names by an id (previous_response_id, conversation, item_reference)
// instead of sending them again, whichever backend answered them.
//
// A request Begins by loading what it refers to. For each backend that is
// asked, Body is the request as that one is to get it: as it came where the
// backend itself keeps what is referred to, spelled out in `input` otherwise.
// It Ends with the final response object, which is in memory at once and in
// the Store soon after.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tidwall/gjson"
)

// What a Store's errors wrap.
var (
	// ErrNotFound is a turn or a conversation that is not, or no longer, stored.
	ErrNotFound = errors.New("not found")
	// ErrTooLong is a chain over the limit that was asked with.
	ErrTooLong = errors.New("too long")
	// ErrRejected is a turn that will never be stored, however often it is sent.
	ErrRejected = errors.New("rejected by the database")
)

// Turn is one request and its answer.
type Turn struct {
	ID       string // of the response; empty for items that began a conversation
	Caller   string // id of the app key; nobody else may refer to the turn
	Previous string // id of the response it follows, if any
	// After is when that response was created: some servers give ids again, and
	// the newest response with this one need not be it. It is not stored.
	After time.Time
	// Conversation is the conversation it was added to, if any.
	Conversation string
	// Backend answered. Native says that it speaks Responses itself, so that
	// ids in the answer may mean something to it.
	Backend string
	Native  bool
	Created time.Time
	// Input are the items that the turn added, as the client sent them.
	Input []json.RawMessage
	// Answer is the whole final response object, as the client got it.
	Answer json.RawMessage
}

// Output returns the items of the answer.
func (t *Turn) Output() []json.RawMessage {
	return elements([]byte(gjson.GetBytes(t.Answer, "output").Raw))
}

// kept reports whether the backend says that it keeps the answer. Servers that
// speak Responses and keep nothing say false or nothing, and some of them take
// a previous_response_id without a word and answer without the history.
func (t *Turn) kept() bool { return t.Native && gjson.GetBytes(t.Answer, "store").Type == gjson.True }

// Conversation is a thread of turns with a name.
type Conversation struct {
	ID, Caller string
	Created    time.Time
	Metadata   json.RawMessage // a JSON object
}

// Store keeps turns. Both databases answer alike; one suite of tests holds them
// to it. Whatever belongs to another caller is not found.
type Store interface {
	// SaveTurn keeps a turn. Sent again after an error it is kept once; another
	// one with its id is another turn. In a conversation it comes after what is
	// there by then. What it follows must be stored, or the error wraps
	// ErrNotFound; with no After it is the newest of its name.
	SaveTurn(ctx context.Context, t *Turn) error
	// Turn returns the newest turn whose response has an id.
	Turn(ctx context.Context, caller, response string) (Turn, error)
	// Chain returns that turn and all it stands on, oldest first, or ErrTooLong
	// when they have more than maxBytes of text.
	Chain(ctx context.Context, caller, response string, maxBytes int64) ([]Turn, error)
	// Holders returns, for each item that is stored, the turn in whose answer it
	// is; of a turn of another caller nothing but who that is.
	Holders(ctx context.Context, caller string, items []string) (map[string]Turn, error)
	// DeleteTurn makes a turn unknown at once. Its content goes when no other
	// turn stands on it.
	DeleteTurn(ctx context.Context, caller, response string) error

	// CreateConversation keeps a conversation that begins with items, if any.
	CreateConversation(ctx context.Context, c *Conversation, items []json.RawMessage) error
	Conversation(ctx context.Context, caller, id string) (Conversation, error)
	// ConversationChain is Chain for the latest turn of a conversation.
	ConversationChain(ctx context.Context, caller, id string, maxBytes int64) ([]Turn, error)
	// DeleteConversation forgets the name. Responses given in it stay until
	// their time is over.
	DeleteConversation(ctx context.Context, caller, id string) error

	// PruneSessions makes turns past their age unknown, and drops threads: those
	// without a name that no younger turn belongs to, and then, while all
	// together are over the size cap, the one that was used longest ago. A limit
	// of zero or less is none. A thread goes as a whole: half a conversation
	// would get wrong answers that nobody could explain.
	PruneSessions(ctx context.Context, now time.Time, maxAge time.Duration, maxBytes int64) error
}

// Options are what a Session works with; zero values mean the defaults.
type Options struct {
	Store Store
	Log   *slog.Logger
	// MaxPending bounds the bytes that wait in memory for the store, default
	// 64 MiB. What comes when it is full is not kept.
	MaxPending int64
	// MaxChain bounds the text of one stored conversation, default 256 MiB: a
	// request that continues it holds all of it in memory.
	MaxChain int64
	// SaveTimeout is how long saving one turn may take before the store counts
	// as down, default 10 s.
	SaveTimeout time.Duration
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// Session remembers turns and finds them again.
type Session struct {
	*memory
	// here is what only this connection may refer to; nil for what is none.
	here *connection
}

// memory holds the turns that are on their way to the store. One goroutine,
// which Close ends, takes them there.
type memory struct {
	o Options

	wake    chan struct{} // the queue is no longer empty
	closing chan struct{}
	done    chan struct{}
	cancel  context.CancelFunc

	mu     sync.Mutex
	queue  []*entry // oldest first
	bytes  int64    // of the queue
	closed bool
	lost   lost
}

// New starts a Session.
func New(o Options) *Session {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxPending <= 0 {
		o.MaxPending = 64 << 20
	}
	if o.MaxChain <= 0 {
		o.MaxChain = 256 << 20
	}
	if o.SaveTimeout <= 0 {
		o.SaveTimeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &memory{
		o: o, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}), cancel: cancel,
	}
	go m.run(ctx)
	return &Session{memory: m}
}

// Connection returns a Session for one connection, whose client may refer to
// the last response it was given there even when that is not to be stored
// (guide "WebSocket mode"). It shares everything else with s, and is not closed.
func (s *Session) Connection() *Session { return &Session{memory: s.memory, here: &connection{}} }

// Close saves what is still in memory and stops. What the store has not taken
// by the end of ctx is lost, and the error says how much that is.
func (m *memory) Close(ctx context.Context) error {
	m.mu.Lock()
	first := !m.closed
	m.closed = true
	m.mu.Unlock()
	if first {
		close(m.closing)
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		m.cancel()
		<-m.done
	}
	m.cancel()
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.queue); n > 0 {
		return fmt.Errorf("%d stored responses could not be saved", n)
	}
	return nil
}
