//go:build linux

package cli_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The benchmarks of this file measure the released, headless program from the
// outside. docs/performance.md holds the figures:
//
//	go test ./app/cli -run '^$' -bench Start -benchtime 20x
//	go test ./app/cli -run '^$' -bench Idle -benchtime 1x

// BenchmarkStart measures the time from starting the program to its first
// answer to a client, in a home that has been used before.
func BenchmarkStart(b *testing.B) {
	program, home := buildRelease(b), b.TempDir()
	stopProgram(b, startProgram(b, program, home)) // makes the database
	for b.Loop() {
		core := startProgram(b, program, home)
		b.StopTimer()
		stopProgram(b, core)
		b.StartTimer()
	}
}

// BenchmarkIdle measures what the program takes while nothing is asked of it.
func BenchmarkIdle(b *testing.B) {
	const settle, watch = 5 * time.Second, 30 * time.Second
	program, home := buildRelease(b), b.TempDir()
	for b.Loop() {
		core := startProgram(b, program, home)
		time.Sleep(settle)
		before := cpuTime(b, core.Process.Pid)
		time.Sleep(watch)
		b.ReportMetric(float64((cpuTime(b, core.Process.Pid) - before).Milliseconds()), "CPU-ms/30s")
		b.ReportMetric(memory(b, core.Process.Pid, "status", "VmRSS:"), "RSS-MB")
		b.ReportMetric(memory(b, core.Process.Pid, "smaps_rollup", "Pss:"), "PSS-MB")
		stopProgram(b, core)
	}
}

// buildRelease builds the program as packages do, without its tray.
func buildRelease(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "yallmproxy")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// startProgram returns when the program has answered a client.
func startProgram(b *testing.B, program, home string) *exec.Cmd {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	core := exec.Command(program, "--home", home, "serve", "--port", strconv.Itoa(port))
	core.Env = append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(home, "no-bus"))
	if err := core.Start(); err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/v1/models", port))
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Fatalf("the first answer is %s", resp.Status)
		}
		return core
	}
	_ = core.Process.Kill()
	b.Fatal("the program never answered")
	return nil
}

func stopProgram(b *testing.B, core *exec.Cmd) {
	b.Helper()
	if err := core.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := core.Wait(); err != nil {
		b.Fatal(err)
	}
}

// memory reads a line like "VmRSS: 1234 kB", in MB.
func memory(b *testing.B, pid int, file, line string) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), line)
	kilobytes, err := strconv.Atoi(strings.Fields(after + " -")[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kilobytes) / 1024
}

// cpuTime is what the process has used: fields 14 and 15 of proc(5)'s stat,
// in hundredths of a second.
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(after)
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
