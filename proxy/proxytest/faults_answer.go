package proxytest

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

func mediaType(o Occasion) string {
	if o.Stream {
		return o.Dialect.StreamType()
	}
	return "application/json"
}

// inTurn makes an answer of several steps.
func inTurn(steps ...Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, step := range steps {
			if r.Context().Err() != nil {
				return
			}
			step(w, r)
		}
	}
}

// begin sends the header of a good answer and, each in a packet of its own,
// pieces of it.
func begin(o Occasion, pieces ...string) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType(o))
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // a client that is gone shows in the next write
		for _, p := range pieces {
			say(p)(w, r)
		}
	}
}

// say sends one more piece.
func say(text string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, text) // the client may be gone, which is its business
		_ = http.NewResponseController(w).Flush()
	}
}

// nothing is an answer without a body.
func nothing(kind string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(0))
		w.WriteHeader(http.StatusOK)
	}
}

// drip takes its time for each piece.
func drip(kind string, pieces []string) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		for _, p := range pieces {
			say(p)(w, r)
			select {
			case <-time.After(dripPause): // it is the slowness that matters
			case <-r.Context().Done():
				return
			}
		}
	}
}

// seen waits until the client has part of the stream: what comes together with
// content may still be taken for its beginning.
func seen(o Occasion) Answer {
	return func(_ http.ResponseWriter, r *http.Request) {
		if !o.Stream {
			return // nobody sees anything of an answer before its end
		}
		select {
		case <-o.Seen:
		case <-r.Context().Done():
		}
	}
}

// reset breaks the connection off with a TCP reset.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) //nolint:forbidigo // the next best way to break it off
	}
	if tcp, ok := conn.(interface{ SetLinger(sec int) error }); ok {
		_ = tcp.SetLinger(0) // without it the connection ends in good order, which is as broken for HTTP
	}
	_ = conn.Close()
}
