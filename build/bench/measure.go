package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what one round of one contender gave.
type sample struct {
	p50, p99   time.Duration
	rate       float64 // requests a second
	cpuRequest time.Duration
	rss        int64
	lost       int // requests without a whole answer
}

// measurement is one kind of load.
type measurement struct {
	name     string
	body     string
	clients  int
	requests int
	// firstByte measures the wait for the first byte of the body only.
	firstByte bool
}

func measurements(n int) []measurement {
	prompt := func(size int, stream string) string {
		return `{"model":"bench",` + stream + `"messages":[{"role":"user","content":"` + strings.Repeat("words and ", size/10) + `"}]}`
	}
	return []measurement{
		{name: "one client, 2 kB prompt", body: prompt(2000, ""), clients: 1, requests: n},
		{name: "32 clients, 2 kB prompt", body: prompt(2000, ""), clients: 32, requests: 5 * n},
		{name: "stream of 100 events, first byte", body: prompt(2000, `"stream":true,`), clients: 1, requests: n / 4, firstByte: true},
		{name: "32 streams of 100 events", body: prompt(2000, `"stream":true,`), clients: 32, requests: n},
		{name: "one client, 1 MB prompt", body: prompt(1_000_000, ""), clients: 1, requests: n / 10},
	}
}

// settle is how long a contender gets after a round for what it does later, such
// as writing the last requests down: that is part of what they cost.
const settle = 300 * time.Millisecond

// take runs one round.
func (m measurement) take(ctx context.Context, c *contender) (sample, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: m.clients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	times := make([]time.Duration, m.requests)
	var first error
	var lost atomic.Int64
	var once sync.Once
	var running sync.WaitGroup
	before, start := cpu(c.pid), time.Now()
	for w := range m.clients {
		running.Go(func() {
			for i := w; i < m.requests; i += m.clients {
				d, err := m.once(ctx, client, c.url)
				if err != nil {
					once.Do(func() { first = err })
					lost.Add(1)
				}
				times[i] = d
			}
		})
	}
	running.Wait()
	elapsed := time.Since(start)
	if lost.Load() > int64(m.requests/10) {
		return sample{}, fmt.Errorf("%d of %d requests were lost, the first with: %w", lost.Load(), m.requests, first)
	}
	slices.Sort(times)
	times = times[lost.Load():] // the lost ones are zero
	s := sample{
		lost: int(lost.Load()),
		p50:  times[len(times)/2], p99: times[len(times)*99/100],
		rate: float64(m.requests) / elapsed.Seconds(),
	}
	if c.pid != 0 {
		time.Sleep(settle)
		s.cpuRequest = (cpu(c.pid) - before) / time.Duration(m.requests)
		s.rss = rss(c.pid)
	}
	return s, nil
}

// once makes one request and reads the whole answer.
func (m measurement) once(ctx context.Context, client *http.Client, url string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(m.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer sk-client")
	start := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	one := make([]byte, 1)
	if _, err := io.ReadFull(res.Body, one); err != nil {
		return 0, err
	}
	wait := time.Since(start)
	rest, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK || !bytes.Contains(rest, []byte("chatcmpl-1")) {
		return 0, fmt.Errorf("status %d: %.200s", res.StatusCode, rest)
	}
	if m.firstByte {
		return wait, nil
	}
	return time.Since(start), nil
}
