package sysproxy

import (
	"net/url"
	"strings"
)

// parseGNOME reads what "gsettings list-recursively org.gnome.system.proxy"
// prints: a schema, a key and a value in each line.
func parseGNOME(text string) Settings {
	const root = "org.gnome.system.proxy"
	values := map[string]string{}
	for line := range strings.Lines(text) {
		schema, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		key, value, _ := strings.Cut(rest, " ")
		values[strings.TrimPrefix(strings.TrimPrefix(schema, root), ".")+"/"+key] = value
	}
	of := func(key string) string {
		if all := quoted(values[key]); len(all) > 0 {
			return all[0]
		}
		return ""
	}
	if of("/mode") != "manual" {
		return Settings{}
	}
	one := func(part, scheme string) *url.URL { return server(of(part+"/host"), scheme, values[part+"/port"]) }
	s := Settings{
		HTTP: one("http", "http"), HTTPS: one("https", "http"), SOCKS: one("socks", "socks5"),
		Except: quoted(values["/ignore-hosts"]), Below: true,
	}
	if s.HTTP != nil && values["http/use-authentication"] == "true" {
		s.HTTP.User = url.UserPassword(of("http/authentication-user"), of("http/authentication-password"))
	}
	if s.HTTPS == nil && values["/use-same-proxy"] == "true" {
		s.HTTPS = s.HTTP
	}
	return s
}

// quoted lists the strings of a value in GVariant's text form: 'a', ['a', "b"].
func quoted(value string) []string {
	var out []string
	for value != "" {
		at := strings.IndexAny(value, `'"`)
		if at < 0 {
			break
		}
		quote := value[at]
		var word strings.Builder
		i := at + 1
		for ; i < len(value) && value[i] != quote; i++ {
			if value[i] == '\\' && i+1 < len(value) {
				i++
			}
			word.WriteByte(value[i])
		}
		out = append(out, word.String())
		value = value[min(i+1, len(value)):]
	}
	return out
}

// parseKDE reads the file kioslaverc.
func parseKDE(text string) Settings {
	values := map[string]string{}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && section == "[Proxy Settings]" {
			key, _, _ = strings.Cut(key, "[") // Key[$e]: variables are expanded
			values[key] = value
		}
	}
	if values["ProxyType"] != "1" { // 1 is set by hand, 4 is the environment, others are scripts
		return Settings{}
	}
	return Settings{
		HTTP: server(values["httpProxy"], "http", ""), HTTPS: server(values["httpsProxy"], "http", ""),
		SOCKS:  server(values["socksProxy"], "socks5", ""),
		Except: strings.FieldsFunc(values["NoProxyFor"], isSeparator),
		Below:  true, Only: values["ReversedException"] == "true",
	}
}

func isSeparator(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' }

// parseMacOS reads what "scutil --proxy" prints: a dictionary, in which those
// of single interfaces may be nested.
func parseMacOS(text string) Settings {
	const top = 1
	values := map[string]string{}
	s := Settings{}
	depth, exceptions := 0, false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, " : ")
		switch {
		case strings.HasSuffix(line, "{"):
			depth++
			exceptions = depth == top+1 && key == "ExceptionsList"
		case line == "}":
			depth--
			exceptions = false
		case exceptions:
			s.Except = append(s.Except, value)
		case depth == top:
			values[key] = value
		}
	}
	one := func(part, scheme string) *url.URL {
		if values[part+"Enable"] != "1" {
			return nil
		}
		return server(values[part+"Proxy"], scheme, values[part+"Port"])
	}
	s.HTTP, s.HTTPS, s.SOCKS = one("HTTP", "http"), one("HTTPS", "http"), one("SOCKS", "socks5")
	s.Simple = values["ExcludeSimpleHostnames"] == "1"
	return s
}

// parseWindows reads ProxyServer ("host:port", or "http=host:port;https=…") and
// ProxyOverride of the Internet Settings.
func parseWindows(servers, override string) Settings {
	s := Settings{}
	for _, part := range strings.FieldsFunc(servers, isSeparator) {
		scheme, value, ok := strings.Cut(part, "=")
		switch {
		case !ok:
			s.HTTP = server(part, "http", "80")
			s.HTTPS = s.HTTP
		case scheme == "http":
			s.HTTP = server(value, "http", "80")
		case scheme == "https":
			s.HTTPS = server(value, "http", "80")
		case scheme == "socks":
			s.SOCKS = server(value, "socks5", "1080")
		}
	}
	for _, e := range strings.FieldsFunc(override, isSeparator) {
		if strings.EqualFold(e, "<local>") {
			s.Simple = true
			continue
		}
		s.Except = append(s.Except, e)
	}
	return s
}
