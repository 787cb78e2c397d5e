package server

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/session"
)

// The Responses API over a WebSocket (OpenAI guide "WebSocket mode"): each
// message of the client is a response.create with the body of a request, and
// each message of the server is one event of its stream. Requests of one
// connection are answered one after the other. What is asked with store:false
// can be referred to on its own connection, and nowhere else.

// socketIdle is how long a connection may lie unused.
const socketIdle = time.Hour

// respondSocket serves GET /v1/responses as a WebSocket.
func (s *Server) respondSocket(c echo.Context) error {
	req := c.Request()
	if !websocketAsked(req.Header) {
		return noRoute(c)
	}
	cfg := s.relay.Snapshot().Config()
	if _, refused := s.caller(req, cfg); refused != nil {
		return refused
	}
	conn, err := websocket.Accept(c.Response().Writer, req, &websocket.AcceptOptions{InsecureSkipVerify: true}) // guard has looked at the origin
	if err != nil {
		s.log.Debug("a WebSocket was not opened", "error", err)
		return nil // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(cfg.Server.MaxBodyBytes)
	k := &socket{server: s, conn: conn, req: req}
	if s.sessions != nil {
		k.sessions = s.sessions.Connection()
	}
	ctx, stopping, done := s.enter()
	defer done()
	k.serve(ctx, stopping)
	return nil
}

func websocketAsked(h http.Header) bool {
	return bytes.EqualFold([]byte(h.Get("Upgrade")), []byte("websocket"))
}

// socket is one connection.
type socket struct {
	server   *Server
	conn     *websocket.Conn
	req      *http.Request
	sessions *session.Session
}

// serve answers requests until the client goes away, or the proxy stops and the
// request under way is answered. Reading goes on meanwhile, so that a client
// that leaves is noticed.
func (k *socket) serve(ctx context.Context, stopping <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked, done := make(chan []byte, 1), make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		for {
			kind, text, err := k.conn.Read(ctx)
			if err != nil || kind != websocket.MessageText {
				return
			}
			select {
			case asked <- text:
			case <-ctx.Done():
				return
			}
		}
	}()
	idle := time.NewTimer(socketIdle)
	defer idle.Stop()
	for going := true; going; {
		select {
		case text := <-asked:
			k.answer(ctx, text)
			idle.Reset(socketIdle)
		case <-idle.C:
			going = false
		case <-stopping:
			going = false
		case <-ctx.Done():
			going = false
		}
	}
	if ctx.Err() == nil {
		_ = k.conn.Close(websocket.StatusGoingAway, "") // the client may be gone already
	}
	cancel() // ends the read
	<-done
}

// answer serves one message.
func (k *socket) answer(ctx context.Context, text []byte) {
	out := &socketWriter{ctx: ctx, conn: k.conn, header: http.Header{}}
	defer out.finish()
	kind := gjson.GetBytes(text, "type").Str
	if kind != "response.create" {
		out.refuse(&llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_value", Param: "type", Source: llm.FromProxy,
			Message: "A message must be a JSON object of the type \"response.create\", not " + quoted(kind) + ".",
		})
		return
	}
	prepare := gjson.GetBytes(text, "generate")
	body, err := requestBody(text)
	if err != nil {
		out.refuse(llm.AsError(err))
		return
	}
	snap := k.server.relay.Snapshot()
	from, refused := k.server.caller(k.req, snap.Config()) // a key may have been withdrawn since
	if refused != nil {
		out.refuse(refused)
		return
	}
	req := k.req.Clone(ctx)
	req.Method = http.MethodPost
	req.Header = req.Header.Clone()
	req.Header.Set("Content-Type", "application/json")
	call := relay.Call{
		Snapshot: snap, Operation: llm.Respond, Dialect: llm.Responses, Sessions: k.sessions,
		RequestID: requestID(http.Header{}), Client: program(req.Header), Arrived: time.Now(), Body: body,
		Caller: from.id, Turn: from.turn, Limit: from.limit,
	}
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // it is compared as net/http does
			panic(p) //nolint:forbidigo // guard reports it
		}
	}()
	if prepare.Type == gjson.False {
		k.server.relay.Prepare(out, req, call)
		return
	}
	k.server.relay.Serve(out, req, call)
}

// requestBody is the body of the request that a message stands for.
func requestBody(text []byte) ([]byte, error) {
	if !json.Valid(text) {
		return nil, &llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "invalid_json", Source: llm.FromProxy, Message: "The message is not JSON.",
		}
	}
	body, err := sjson.SetRawBytes(text, "stream", []byte("true"))
	for _, name := range []string{"type", "generate", "background"} {
		if err == nil {
			body, err = sjson.DeleteBytes(body, name)
		}
	}
	return body, err
}

// socketWriter turns the answer to a request into messages.
type socketWriter struct {
	ctx    context.Context //nolint:containedctx // it is the one request's
	conn   *websocket.Conn
	header http.Header
	status int
	buf    bytes.Buffer // what is not a whole frame yet
	err    error
}

// Header is not sent: there is no place for it.
func (w *socketWriter) Header() http.Header { return w.header }

// WriteHeader notes the status, which decides what the body is.
func (w *socketWriter) WriteHeader(status int) { w.status = status }

// Write sends each whole event as a message.
func (w *socketWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.buf.Write(p)
	if w.status >= http.StatusBadRequest {
		return len(p), nil
	}
	for {
		frame, rest, ok := bytes.Cut(w.buf.Bytes(), []byte("\n\n"))
		if !ok {
			return len(p), nil
		}
		w.frame(frame)
		w.buf.Next(w.buf.Len() - len(rest))
		if w.err != nil {
			return 0, w.err
		}
	}
}

// frame sends an event's data.
func (w *socketWriter) frame(text []byte) {
	for line := range bytes.Lines(text) {
		if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			w.send(bytes.TrimSpace(data))
			return
		}
	}
}

func (w *socketWriter) send(message []byte) {
	const patience = 4 * time.Minute
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	w.err = w.conn.Write(ctx, websocket.MessageText, message)
}

// Flush has nothing to do: messages leave at once.
func (w *socketWriter) Flush() {}

// finish sends an error answer as the event that stands for one.
func (w *socketWriter) finish() {
	if w.status < http.StatusBadRequest || w.err != nil || w.buf.Len() == 0 {
		return
	}
	message, err := json.Marshal(struct {
		Type   string          `json:"type"`
		Status int             `json:"status"`
		Error  json.RawMessage `json:"error"`
	}{"error", w.status, json.RawMessage(gjson.GetBytes(w.buf.Bytes(), "error").Raw)})
	if err == nil {
		w.send(message)
	}
}

// refuse answers a message that is no request.
func (w *socketWriter) refuse(e *llm.Error) {
	w.WriteHeader(e.Status)
	_, _ = w.Write(protocol.For(llm.Responses).EncodeError(e, "")) // finish sends it
}
