package admin

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

const (
	sessionCookie = "yallmproxy_session"
	// cookiePath keeps the cookie out of requests for models.
	cookiePath = "/api"

	codeLife    = 5 * time.Minute
	sessionLife = 7 * 24 * time.Hour // since it was last used

	// Both lists are searched in full on every look-up, and nobody has more
	// browsers than this.
	maxCodes    = 16
	maxSessions = 64

	tokenFileMode = 0o600
)

// Login decides who may use the admin API through the web door: a browser
// with a session, which it gets for a one-time code, or a script with the
// admin token. Codes and sessions live in memory only, as hashes: when the
// program ends, every browser has to log in again.
type Login struct {
	now func() time.Time
	// failures bounds guesses. With 256-bit secrets it is a courtesy to the log.
	failures *rate.Limiter
	token    digest

	mu       sync.Mutex
	codes    []ticket
	sessions []ticket
}

type digest [sha256.Size]byte

// ticket is a secret that ends.
type ticket struct {
	digest  digest
	expires time.Time
}

// NewLogin reads the admin token from file, which it makes, readable by its
// owner only, when there is none.
func NewLogin(file string) (*Login, error) {
	token, err := adminToken(file)
	if err != nil {
		return nil, fmt.Errorf("admin token: %w", err)
	}
	return &Login{
		now:      time.Now,
		failures: rate.NewLimiter(rate.Every(6*time.Second), 10),
		token:    sha256.Sum256(token),
	}, nil
}

func adminToken(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if token := bytes.TrimSpace(data); err == nil && len(token) >= 32 {
		// An earlier copy may have been restored with other permissions.
		return token, os.Chmod(file, tokenFileMode)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	token := []byte(newSecret())
	if err := os.WriteFile(file, append(token, '\n'), tokenFileMode); err != nil {
		return nil, err
	}
	return token, os.Chmod(file, tokenFileMode)
}

// newSecret returns 256 random bits as text for URLs and cookies.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// newCode returns a code for one login within codeLife.
func (l *Login) newCode() string {
	code := newSecret()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes = l.admit(l.codes, code, codeLife, maxCodes)
	return code
}

// redeem trades a code for a new session. A code works once.
func (l *Login) redeem(code string) (session string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.find(l.codes, code)
	if i < 0 {
		return "", false
	}
	l.codes = remove(l.codes, i)
	session = newSecret()
	l.sessions = l.admit(l.sessions, session, sessionLife, maxSessions)
	return session, true
}

// allows reports whether r carries a session or the admin token.
func (l *Login) allows(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		given := sha256.Sum256([]byte(token))
		return subtle.ConstantTimeCompare(given[:], l.token[:]) == 1
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.find(l.sessions, cookie.Value)
	if i < 0 {
		return false
	}
	l.sessions[i].expires = l.now().Add(sessionLife)
	return true
}

// end forgets a session.
func (l *Login) end(session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := l.find(l.sessions, session); i >= 0 {
		l.sessions = remove(l.sessions, i)
	}
}

// admit adds a secret to list and drops what has expired, or, in a full list,
// what expires first.
func (l *Login) admit(list []ticket, secret string, life time.Duration, limit int) []ticket {
	now := l.now()
	kept := list[:0]
	for _, t := range list {
		if now.Before(t.expires) {
			kept = append(kept, t)
		}
	}
	for len(kept) >= limit {
		first := 0
		for i, t := range kept {
			if t.expires.Before(kept[first].expires) {
				first = i
			}
		}
		kept = remove(kept, first)
	}
	return append(kept, ticket{sha256.Sum256([]byte(secret)), now.Add(life)})
}

// find compares with every ticket, so that the time it takes says nothing.
func (l *Login) find(list []ticket, secret string) int {
	given := sha256.Sum256([]byte(secret))
	now, found := l.now(), -1
	for i, t := range list {
		if subtle.ConstantTimeCompare(given[:], t.digest[:]) == 1 && now.Before(t.expires) {
			found = i
		}
	}
	return found
}

func remove(list []ticket, i int) []ticket {
	list[i] = list[len(list)-1]
	return list[:len(list)-1]
}

// cookie returns what a browser keeps for a session; an empty one makes it
// forget. It is a session cookie because sessions end with the program.
func cookie(session string) *http.Cookie {
	c := &http.Cookie{
		Name:     sessionCookie,
		Value:    session,
		Path:     cookiePath,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
	}
	if session == "" {
		c.MaxAge = -1
	}
	return c
}

// openSession trades the code of a login link for a cookie.
func (a *api) openSession(c echo.Context) error {
	r, h := c.Request(), c.Response().Header()
	h.Set("Cache-Control", "no-store")
	if r.Header.Get("Sec-Purpose") != "" || r.Header.Get("Purpose") == "prefetch" {
		// A browser that loads ahead must not use the code up.
		return c.NoContent(http.StatusServiceUnavailable)
	}
	if a.login.failures.Tokens() < 1 {
		h.Set("Retry-After", "60")
		return c.HTML(http.StatusTooManyRequests, "<!doctype html><title>yaLLMproxy</title><p>Too many wrong links; wait a minute.\n")
	}
	session, ok := a.login.redeem(c.QueryParam("code"))
	if !ok {
		a.login.failures.Allow()
		a.log.Warn("a browser came with a login link that does not work", "from", r.RemoteAddr)
		// A browser that is in already stays in; any other is told how to get a new link.
		return c.Redirect(http.StatusSeeOther, "/?login=used")
	}
	c.SetCookie(cookie(session))
	return c.Redirect(http.StatusSeeOther, "/")
}
