package admin

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

func TestLoginLinkWorksOnceAndOpensTheAPI(t *testing.T) {
	p := start(t, oneModel)
	if a := p.call("POST", "/api/login-link", ""); a.status != 409 {
		t.Errorf("a link while nothing listens: status %d", a.status)
	}
	base := p.startProxy()
	p.knock(base, "GET", "/api/state", "").expect(t, 401).problem(t)
	link, err := p.client.LoginLink(t.Context())
	must(t, err)
	path := strings.TrimPrefix(link, base)

	p.knock(base, "GET", path, "", "Sec-Purpose", "prefetch").expect(t, 503)
	a := p.knock(base, "GET", path, "").expect(t, 303)
	if a.header.Get("Location") != "/" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", a.header)
	}
	cookies, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	must(t, err)
	if !cookies.HttpOnly || cookies.SameSite != http.SameSiteStrictMode || cookies.Path != "/api" {
		t.Errorf("cookie: %v", cookies)
	}
	cookie := cookies.Name + "=" + cookies.Value
	p.knock(base, "GET", "/api/state", "", "Cookie", cookie).expect(t, 200)
	again := p.knock(base, "GET", path, "").expect(t, 303) // the second time
	if again.header.Get("Location") != "/?login=used" || again.header.Get("Set-Cookie") != "" {
		t.Errorf("a used link: %v", again.header)
	}
	p.knock(base, "GET", "/api/state", "", "Cookie", cookie+"x").expect(t, 401)

	out := p.knock(base, "POST", "/api/logout", "", "Cookie", cookie).expect(t, 204)
	if !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("Set-Cookie after logout: %s", out.header.Get("Set-Cookie"))
	}
	p.knock(base, "GET", "/api/state", "", "Cookie", cookie).expect(t, 401)
}

func TestLoginCodesExpireAndAreBounded(t *testing.T) {
	l, err := NewLogin(filepath.Join(t.TempDir(), "token"))
	must(t, err)
	now := time.Now()
	l.now = func() time.Time { return now }
	code := l.newCode()
	now = now.Add(codeLife + time.Second)
	if _, ok := l.redeem(code); ok {
		t.Error("a code works after its time")
	}
	first := l.newCode()
	for range maxCodes {
		l.newCode()
		now = now.Add(time.Millisecond)
	}
	if _, ok := l.redeem(first); ok || len(l.codes) > maxCodes {
		t.Errorf("%d codes are kept, the oldest works: %t", len(l.codes), ok)
	}
	session, _ := l.redeem(l.newCode())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	must(t, err)
	r.AddCookie(cookie(session))
	now = now.Add(sessionLife - time.Second)
	if !l.allows(r) {
		t.Error("a session ends before its time")
	}
	now = now.Add(sessionLife - time.Second)
	if !l.allows(r) {
		t.Error("a session that is used ends")
	}
	now = now.Add(sessionLife + time.Second)
	if l.allows(r) {
		t.Error("a session never ends")
	}
}

func TestAdminTokenIsPrivateAndStays(t *testing.T) {
	p := start(t, oneModel)
	base := p.startProxy()
	file := filepath.Join(p.dir, "admin.token")
	token, err := os.ReadFile(file)
	must(t, err)
	info, err := os.Stat(file)
	must(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	bearer := "Bearer " + strings.TrimSpace(string(token))
	p.knock(base, "GET", "/api/state", "", "Authorization", bearer).expect(t, 200)
	p.knock(base, "GET", "/api/state", "", "Authorization", bearer[:len(bearer)-1]).expect(t, 401)
	if _, err := NewLogin(file); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(again, token) {
		t.Error("another start made another token")
	}
}

func TestGuessesAreBounded(t *testing.T) {
	p := start(t, oneModel)
	base := p.startProxy()
	last := 0
	for range 20 {
		last = p.knock(base, "GET", "/login?code=guess", "").status
	}
	if last != 429 {
		t.Errorf("the 20th guess is answered with %d", last)
	}
	if a := p.knock(base, "GET", "/api/state", "", "Authorization", "Bearer guess"); a.status != 429 {
		t.Errorf("a guessed token after that: %d", a.status)
	}
}

func TestWebDoorTurnsStrangersAway(t *testing.T) {
	p := start(t, oneModel)
	base := p.startProxy()
	host := strings.TrimPrefix(base, "http://")
	_, port, err := net.SplitHostPort(host)
	must(t, err)
	token, err := os.ReadFile(filepath.Join(p.dir, "admin.token"))
	must(t, err)
	auth := []string{"Authorization", "Bearer " + strings.TrimSpace(string(token))}
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		want                     int
	}{
		{"no browser", "GET", "/api/state", "", nil, 200},
		{"localhost", "GET", "/api/state", "", []string{"Host", "localhost:" + port}, 200},
		{"ipv6", "GET", "/api/state", "", []string{"Host", "[::1]:" + port}, 200},
		{"rebinding", "GET", "/api/state", "", []string{"Host", "evil.example:" + port}, 403},
		{"rebinding of the page", "GET", "/", "", []string{"Host", "evil.example"}, 403},
		{"name that only begins alike", "GET", "/api/state", "", []string{"Host", "localhost.evil.example"}, 403},
		{"same origin", "GET", "/api/state", "", []string{"Origin", base, "Sec-Fetch-Site", "same-origin"}, 200},
		{"cross origin", "POST", "/api/quit", "", []string{"Origin", "https://evil.example"}, 403},
		{"another port", "POST", "/api/quit", "", []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"null origin", "POST", "/api/quit", "", []string{"Origin", "null"}, 403},
		{"cross site without origin", "GET", "/api/state", "", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"same site, another port", "GET", "/api/state", "", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"image of another page", "GET", "/favicon.svg", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"link on another page", "GET", "/", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"link to the API", "GET", "/api/state", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"form", "POST", "/api/config/reload", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"text", "PATCH", "/api/settings", `{"values":{}}`, []string{"Content-Type", "text/plain"}, 415},
		{"json", "PATCH", "/api/settings", `{"values":{}}`, []string{"Content-Type", "application/json; charset=utf-8"}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := p.knock(base, c.method, c.path, c.body, append(c.headers, auth...)...)
			if a.status != c.want {
				t.Errorf("status %d, want %d: %s", a.status, c.want, a.body)
			}
			for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
				if a.header.Get(h) == "" {
					t.Errorf("no %s", h)
				}
			}
		})
	}
	if calls := p.hooks.calls(); len(calls) > 0 {
		t.Errorf("somebody got through: %v", calls)
	}
}

func TestHostAllowed(t *testing.T) {
	loopback := config.Server{Host: "127.0.0.1", AllowedHosts: []string{"proxy.lan"}}
	everywhere := config.Server{Host: "0.0.0.0"}
	for _, c := range []struct {
		host   string
		server config.Server
		want   bool
	}{
		{"", loopback, false},
		{"proxy.lan:7979", loopback, true},
		{"PROXY.LAN", loopback, true},
		{"192.168.1.5:7979", loopback, false},
		{"192.168.1.5:7979", everywhere, true},
		{"nas.local:7979", everywhere, false},
		{"127.5.5.5", loopback, true},
		{"localhost.", loopback, true},
	} {
		if got := hostAllowed(c.host, c.server); got != c.want {
			t.Errorf("hostAllowed(%q, on %s) = %t", c.host, c.server.Host, got)
		}
	}
}

func TestUI(t *testing.T) {
	p := start(t, oneModel)
	base := p.startProxy()
	for _, c := range []struct {
		path, cache, contains string
		want                  int
	}{
		{"/", "no-cache", "<title>UI</title>", 200},
		{"/requests?model=a", "no-cache", "<title>UI</title>", 200},
		{"/models/a%2Fb.gguf", "no-cache", "<title>UI</title>", 200},
		{"/index.html", "no-cache", "<title>UI</title>", 200},
		{"/assets/main-abc12.js", "public, max-age=31536000, immutable", "console.log", 200},
		{"/assets/main-old.js", "", "no such file", 404},
		{"/favicon.svg", "no-cache", "<svg/>", 200},
		{"/../../etc/passwd", "no-cache", "<title>UI</title>", 200},
	} {
		a := p.knock(base, "GET", c.path, "")
		if a.status != c.want || a.header.Get("Cache-Control") != c.cache || !strings.Contains(a.body, c.contains) {
			t.Errorf("%s: %d %q %s", c.path, a.status, a.header.Get("Cache-Control"), a.body)
		}
	}
	for _, path := range []string{"/", "/requests"} { // this is nothing that the pages do
		if a := p.knock(base, "POST", path, ""); a.status != 404 || !strings.Contains(a.body, base+"/v1 for OpenAI's clients") {
			t.Errorf("POST %s: %d %s", path, a.status, a.body)
		}
	}
	if a := p.call("GET", "/api/no/such", ""); a.status != 404 || a.problem(t).Status != 404 {
		t.Errorf("unknown call: %d %s", a.status, a.body)
	}
	if a := p.call("PUT", "/api/state", ""); a.status != 405 && a.status != 404 {
		t.Errorf("wrong method: %d %s", a.status, a.body)
	}
}

func TestUIThatWasNotBuiltSaysHow(t *testing.T) {
	w := &recorded{header: http.Header{}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	must(t, err)
	ui{os.DirFS(t.TempDir())}.ServeHTTP(w, r)
	if !strings.Contains(w.body.String(), "go tool task build") {
		t.Errorf("page: %s", w.body.String())
	}
}

// recorded is a response in memory.
type recorded struct {
	header http.Header
	body   strings.Builder
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) WriteHeader(int)             {}
func (r *recorded) Write(p []byte) (int, error) { return r.body.Write(p) }
