package admin

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/proxytest"
)

func freePort(t *testing.T) int {
	t.Helper()
	port, err := proxytest.FreePort()
	must(t, err)
	return port
}

func TestTakenPortIsReportedWithAFreeOne(t *testing.T) {
	holder, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer holder.Close()
	port := holder.Addr().(*net.TCPAddr).Port
	p := start(t, oneModel+"proxy_settings: {server: {port: "+strconv.Itoa(port)+"}}\n", func(p *program) { p.env = map[string]string{} })
	problem := p.call("POST", "/api/proxy/start", "").expect(t, 409).problem(t)
	if problem.Type != "urn:yallmproxy:port-taken" || !strings.Contains(problem.Detail, strconv.Itoa(port)) {
		t.Errorf("problem: %+v", problem)
	}
	s := p.ctl.State()
	n := notice(s, "port")
	if s.Proxy != controller.Stopped || n == nil || n.Port == 0 || n.Port == port {
		t.Fatalf("state: %+v", s)
	}
	s, err = p.client.StartProxy(t.Context(), n.Port)
	must(t, err)
	if s.Proxy != controller.Running || s.Port != n.Port || notice(s, "port") != nil {
		t.Errorf("on the free port: %+v", s)
	}
	// A change that is about something else leaves it there.
	p.call("PATCH", "/api/settings", `{"values":{"app.theme":"dark"}}`).expect(t, 200)
	if s := p.ctl.State(); s.Port != n.Port || s.Proxy != controller.Running {
		t.Errorf("after another change: %+v", s)
	}
}

func TestListenerMovesWithoutLosingARequest(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":"1","choices":[{"message":{"content":"late"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`)
	}))
	defer up.Close()
	p := start(t, strings.ReplaceAll(oneModel, "http://127.0.0.1:9/v1", up.URL+"/v1"), func(p *program) { p.env = map[string]string{} })
	old, err := p.client.StartProxy(t.Context(), freePort(t))
	must(t, err)
	replies := make(chan string, 1)
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, old.BaseURL+"/v1/chat/completions",
			strings.NewReader(`{"model":"small","messages":[{"role":"user","content":"hi"}]}`))
		req.Header.Set("Content-Type", "application/json")
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			replies <- err.Error()
			return
		}
		defer resp.Body.Close()
		line, _ := bufio.NewReader(resp.Body).ReadString(0)
		replies <- line
	}()
	select {
	case <-asked:
	case got := <-replies:
		t.Fatalf("the request did not reach the provider: %s", got)
	}
	port := freePort(t)
	p.call("PATCH", "/api/settings", `{"values":{"proxy_settings.server.port":`+strconv.Itoa(port)+`}}`).expect(t, 200)
	s := p.ctl.State()
	if s.Proxy != controller.Running || s.Port != port || s.InFlight != 1 {
		t.Errorf("after the move: %+v", s)
	}
	p.knock(s.BaseURL, "GET", "/v1/models", "").expect(t, 200)
	if _, err := net.Dial("tcp", strings.TrimPrefix(old.BaseURL, "http://")); err == nil {
		t.Error("the old address still answers")
	}
	close(answer)
	if got := <-replies; !strings.Contains(got, "late") {
		t.Errorf("the request in flight got %q", got)
	}
}

func TestMoveToATakenPortKeepsTheOldListener(t *testing.T) {
	p := start(t, oneModel, func(p *program) { p.env = map[string]string{} })
	old, err := p.client.StartProxy(t.Context(), freePort(t))
	must(t, err)
	holder, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer holder.Close()
	taken := strconv.Itoa(holder.Addr().(*net.TCPAddr).Port)
	before := p.file()
	p.call("PATCH", "/api/settings", `{"values":{"proxy_settings.server.port":`+taken+`}}`).expect(t, 409)
	if p.file() != before {
		t.Errorf("the file has changed:\n%s", p.file())
	}
	p.knock(old.BaseURL, "GET", "/v1/models", "").expect(t, 200)
	// Written by hand it is in the file already: the rest of it counts.
	p.write(strings.ReplaceAll(oneModel, "small", "edited") + "proxy_settings: {server: {port: " + taken + "}}\n")
	s := p.eventually("a notice", func(s controller.State) bool { return notice(s, "port") != nil })
	if s.BaseURL != old.BaseURL || s.Proxy != controller.Running {
		t.Errorf("state: %+v", s)
	}
	if _, ok := p.ctl.Config().Model("edited"); !ok {
		t.Error("the rest of the file is not in force")
	}
	p.knock(old.BaseURL, "GET", "/v1/models", "").expect(t, 200)
}

func TestStoppingOverTheWebDoorDoesNotWaitForItself(t *testing.T) {
	p := start(t, oneModel)
	base := p.startProxy()
	token, err := os.ReadFile(filepath.Join(p.dir, "admin.token"))
	must(t, err)
	bearer := "Bearer " + strings.TrimSpace(string(token))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/events", nil)
	must(t, err)
	req.Header.Set("Authorization", bearer)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	events, err := client.Do(req)
	must(t, err)
	defer events.Body.Close()
	s := decode[controller.State](t, p.knock(base, "POST", "/api/proxy/stop", "", "Authorization", bearer).expect(t, 200))
	if s.Proxy == controller.Running {
		t.Errorf("state: %+v", s)
	}
	p.eventually("stopped, although a browser listens", func(s controller.State) bool { return s.Proxy == controller.Stopped })
	if s, err := p.client.StartProxy(t.Context(), 0); err != nil || s.Proxy != controller.Running {
		t.Errorf("started again: %+v %v", s, err)
	}
}

func TestInFlightRequestsAreShownWhileTheyLast(t *testing.T) {
	release := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer up.Close()
	p := start(t, strings.ReplaceAll(oneModel, "http://127.0.0.1:9/v1", up.URL+"/v1"))
	base := p.startProxy()
	events := p.ctl.Subscribe(t.Context())
	done := make(chan int, 1)
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/chat/completions", strings.NewReader(`{"model":"small","messages":[{"role":"user","content":"hi"}]}`))
		req.Header.Set("Content-Type", "application/json")
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			done <- 0
			return
		}
		_ = resp.Body.Close()
		done <- resp.StatusCode
	}()
	seen := false
	for e := range events {
		if e.Type != controller.EventInFlight {
			continue
		}
		if len(e.InFlight) == 1 && !seen {
			seen = true
			close(release)
		}
		if seen && len(e.InFlight) == 0 {
			if !strings.Contains(mustJSON(t, e), `"in_flight":[]`) {
				t.Errorf("the empty list is not in the event: %s", mustJSON(t, e))
			}
			break
		}
	}
	if status := <-done; status == 0 {
		t.Error("the request failed")
	}
}
