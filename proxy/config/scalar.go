package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The forms a scalar may take. Texts are what a file has, or what a variable
// gave, so every form reads strings: port: ${PORT} is as good as port: 7979.

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

func parseInt(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errors.New("must be a whole number")
	}
	return n, nil
}

func parseNumber(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, errors.New("must be a number")
	}
	return f, nil
}

// parseDuration reads "30s", "1h30m" or a number of seconds.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if seconds, numeric := parseNumber(text); numeric == nil {
		if math.Abs(seconds) > float64(math.MaxInt64/int64(time.Second)) {
			return 0, errors.New("is longer than anything can last")
		}
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil {
		return 0, errors.New(`must be seconds or a duration such as "30s", "5m" or "1h30m"`)
	}
	if d < 0 {
		return 0, errors.New("must not be negative")
	}
	return d, nil
}

// parseBytes reads "64MiB", "1.5 GB" or a number of bytes.
func parseBytes(text string) (int64, error) {
	number := strings.TrimRight(text, "BKMGTibkmgt ")
	factor, known := map[string]float64{
		"": 1, "b": 1,
		"k": 1 << 10, "kib": 1 << 10, "kb": 1e3,
		"m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
		"g": 1 << 30, "gib": 1 << 30, "gb": 1e9,
		"t": 1 << 40, "tib": 1 << 40, "tb": 1e12,
	}[strings.ToLower(strings.TrimSpace(text[len(number):]))]
	n, err := parseNumber(number)
	if err != nil || !known || n*factor >= math.MaxInt64 {
		return 0, errors.New(`must be bytes or a size such as "64MiB" or "2GB"`)
	}
	if n < 0 {
		return 0, errors.New("must not be negative")
	}
	return int64(n * factor), nil
}

// formatBytes writes a size the way parseBytes reads it.
func formatBytes(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size && n%unit.size == 0 {
			return strconv.FormatInt(n/unit.size, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// checkURL accepts the base of an HTTP API. Its text is never part of the
// error, because a variable may have put a secret into it.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("must be a URL such as https://api.openai.com/v1")
	case u.User != nil:
		return errors.New("must not hold a user or password: use api_key or headers")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must end with a path: remove what follows ? or #")
	}
	return checkPort(u)
}

func checkPort(u *url.URL) error {
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return errors.New("has a port outside 1 to 65535")
		}
	}
	return nil
}

// checkHost accepts an address or a host name to listen on.
func checkHost(text string) error {
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return nil
	}
	if len(text) > 253 || strings.ContainsFunc(text, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return errors.New("must be an address such as 127.0.0.1 or a host name, without a port")
	}
	return nil
}

// checkOrigin accepts a browser origin: scheme://host[:port].
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("must be an origin such as https://app.example.com, without a path")
	}
	return nil
}

// checkHeader accepts one HTTP header.
func checkHeader(name, text string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	}) {
		return fmt.Errorf("header name %q holds characters that HTTP does not allow", name)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return fmt.Errorf("header %s has a line break or another control character in its value", name)
	}
	return nil
}
