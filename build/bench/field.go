package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// contender is something that answers requests: a proxy, or the provider
// itself.
type contender struct {
	name string
	url  string
	pid  int // of the process whose cost counts; 0 for the provider itself
}

// field is everything that runs.
type field struct {
	contenders []contender
	processes  []*exec.Cmd
}

func startAll(ctx context.Context, dir, binary string) (*field, error) {
	f := &field{}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	upstream, _, err := f.self(ctx, self, "-role", "upstream")
	if err != nil {
		return f, err
	}
	f.contenders = append(f.contenders, contender{name: "direct", url: upstream})
	steps := []func() error{
		func() error {
			url, pid, err := f.self(ctx, self, "-role", "reverseproxy", "-target", upstream)
			f.contenders = append(f.contenders, contender{"ReverseProxy", url, pid})
			return err
		},
		func() error { return f.nginx(ctx, dir, upstream) },
		func() error { return f.proxy(ctx, dir, binary, upstream) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			f.stop()
			return nil, err
		}
	}
	return f, nil
}

// self starts this program in another role and reads its address from its
// first line.
func (f *field) self(ctx context.Context, self string, args ...string) (url string, pid int, err error) {
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	f.processes = append(f.processes, cmd)
	line, err := bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(line), cmd.Process.Pid, err
}

const nginxConfig = `
daemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/f;
	uwsgi_temp_path %[1]s/u;
	scgi_temp_path %[1]s/s;
	client_max_body_size 64m;
	keepalive_requests 1000000;
	upstream provider { server %[2]s; keepalive 256; keepalive_requests 1000000; }
	server {
		listen 127.0.0.1:%[3]d;
		location / {
			proxy_pass http://provider;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_buffering off;
		}
	}
}
`

// nginx takes part when it is installed.
func (f *field) nginx(ctx context.Context, dir, upstream string) error {
	path, err := exec.LookPath("nginx")
	if err != nil {
		fmt.Fprintln(os.Stderr, "nginx is not installed and does not take part (Debian: nginx-light)")
		return nil //nolint:nilerr // it is welcome, not needed
	}
	home := filepath.Join(dir, "nginx")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	file := filepath.Join(home, "nginx.conf")
	text := fmt.Sprintf(nginxConfig, home, strings.TrimPrefix(upstream, "http://"), port)
	if os.Getuid() == 0 {
		text = "user root;\n" + text
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "-c", file, "-p", home)
	cmd.Stderr = os.Stderr
	return f.start(ctx, "nginx", cmd, fmt.Sprintf("http://127.0.0.1:%d", port))
}

// proxy starts the product with a home of its own.
func (f *field) proxy(ctx context.Context, dir, binary, upstream string) error {
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(filepath.Join(home, "config"), 0o700); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "config_added.yaml")
	text := fmt.Sprintf("proxy_settings: {server: {port: %d}}\nmodel_list:\n  - model_name: bench\n    model_params: {api_base: %s/v1, api_key: sk-bench-0123456789, model: upstream-model}\n", port, upstream)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, binary, "serve")
	cmd.Env = append(os.Environ(), "YALLMP_HOME="+home, "YALLMP_CONFIG="+file)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := f.start(ctx, "yaLLMproxy", cmd, fmt.Sprintf("http://127.0.0.1:%d", port)); err != nil {
		return fmt.Errorf("%w\n%s", err, log.String())
	}
	return nil
}

// start starts a contender and waits until it accepts connections.
func (f *field) start(ctx context.Context, name string, cmd *exec.Cmd, url string) error {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	f.processes = append(f.processes, cmd)
	f.contenders = append(f.contenders, contender{name, url, cmd.Process.Pid})
	for range 200 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/models", http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer at %s", name, url)
}

func (f *field) stop() {
	for _, p := range f.processes {
		_ = p.Process.Signal(syscall.SIGTERM)
	}
	for _, p := range f.processes {
		_ = p.Wait()
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("no TCP address")
	}
	return addr.Port, nil
}

// cpu is the processor time a process and its children have used (proc(5)).
func cpu(pid int) time.Duration {
	total := ticks(pid)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // none on other systems
	for child := range strings.FieldsSeq(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			total += ticks(n)
		}
	}
	return total
}

// ticks reads the running time of all of a process's threads in nanoseconds,
// which is finer than the clock ticks of stat.
func ticks(pid int) time.Duration {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is good
	var total time.Duration
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		total += time.Duration(n)
	}
	return total
}

// rss is the resident memory of a process and its children, in bytes.
func rss(pid int) int64 {
	total := int64(0)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // none on other systems
	for _, p := range append(strings.Fields(string(children)), strconv.Itoa(pid)) {
		text, err := os.ReadFile("/proc/" + p + "/statm")
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			pages, _ := strconv.ParseInt(fields[1], 10, 64)
			total += pages * int64(os.Getpagesize())
		}
	}
	return total
}
