package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
)

// ReverseProxy answers with what the program behind a control socket answers.
// It is the whole of the window's inside. While no program runs it answers
// 502.
func ReverseProxy(socket string) http.Handler {
	return &httputil.ReverseProxy{
		Transport: socketTransport(socket),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "yallmproxy"
			r.Out.Host = "yallmproxy"
		},
		// Events must not wait for a buffer to fill.
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, ErrNotRunning) {
				http.Error(w, ErrNotRunning.Error(), http.StatusBadGateway)
				return
			}
			http.Error(w, "The connection to yallmproxy broke.", http.StatusBadGateway)
		},
	}
}
