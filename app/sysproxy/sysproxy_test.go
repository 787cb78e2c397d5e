package sysproxy

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"
)

// What the systems say, as it was recorded from them.
const (
	gnome = `org.gnome.system.proxy autoconfig-url ''
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', 'corp.example', '*.lan', '10.0.0.0/8']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy use-same-proxy false
org.gnome.system.proxy.ftp host ''
org.gnome.system.proxy.ftp port 0
org.gnome.system.proxy.http authentication-password 'it\'s secret'
org.gnome.system.proxy.http authentication-user 'ann'
org.gnome.system.proxy.http enabled false
org.gnome.system.proxy.http host 'web.proxy'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.http use-authentication true
org.gnome.system.proxy.https host 'tls.proxy'
org.gnome.system.proxy.https port 8443
org.gnome.system.proxy.socks host ''
org.gnome.system.proxy.socks port 0
`
	gnomeSame = `org.gnome.system.proxy ignore-hosts @as []
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy use-same-proxy true
org.gnome.system.proxy.http host 'web.proxy'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.http use-authentication false
org.gnome.system.proxy.https host ''
org.gnome.system.proxy.https port 0
`
	gnomeSocks = `org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy.http host ''
org.gnome.system.proxy.socks host 'socks.proxy'
org.gnome.system.proxy.socks port 1080
`
	gnomeNone = `org.gnome.system.proxy mode 'none'
org.gnome.system.proxy.http host 'web.proxy'
org.gnome.system.proxy.http port 8080
`
	kde = `[$Version]
update_info=kioslave.upd:kde2.2/r1

[Proxy Settings]
AuthMode=0
NoProxyFor=localhost,127.0.0.1,.lan,corp.example
Proxy Config Script=
ProxyType=1
ReversedException=false
httpProxy=http://web.proxy 8080
httpsProxy=http://tls.proxy:8443
socksProxy=socks://socks.proxy 1080
`
	kdeReversed = "[Proxy Settings]\nNoProxyFor[$e]=far.example\nProxyType=1\nReversedException=true\nhttpsProxy=http://tls.proxy 8443\n"
	kdeScript   = "[Proxy Settings]\nProxyType=2\nhttpsProxy=http://tls.proxy 8443\n"
	macos       = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
    2 : corp.example
  }
  ExcludeSimpleHostnames : 1
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 8080
  HTTPProxy : web.proxy
  HTTPSEnable : 1
  HTTPSPort : 8443
  HTTPSProxy : tls.proxy
  ProxyAutoConfigEnable : 0
  SOCKSEnable : 0
  SOCKSProxy : socks.proxy
  __SCOPED__ : <dictionary> {
    en0 : <dictionary> {
      HTTPSEnable : 0
      HTTPSProxy : other.proxy
    }
  }
}
`
	macosOff = "<dictionary> {\n  HTTPSEnable : 0\n  HTTPSProxy : tls.proxy\n  HTTPSPort : 8443\n}\n"
)

func TestSettings(t *testing.T) {
	windows := parseWindows("http=web.proxy:8080;https=tls.proxy:8443;ftp=ftp.proxy:21;socks=socks.proxy:1080", "*.lan;10.*;corp.example;far.example:444;<local>")
	for _, tt := range []struct {
		name     string
		settings Settings
		url      string
		want     string
	}{
		{"gnome", parseGNOME(gnome), "https://api.example/v1", "http://tls.proxy:8443"},
		{"gnome", parseGNOME(gnome), "http://api.example/v1", "http://ann:it%27s%20secret@web.proxy:8080"},
		{"gnome", parseGNOME(gnome), "https://corp.example/v1", ""},
		{"gnome", parseGNOME(gnome), "https://ai.corp.example/v1", ""},
		{"gnome", parseGNOME(gnome), "https://notcorp.example/v1", "http://tls.proxy:8443"},
		{"gnome", parseGNOME(gnome), "https://box.lan/v1", ""},
		{"gnome", parseGNOME(gnome), "https://10.1.2.3/v1", ""},
		{"gnome", parseGNOME(gnome), "https://11.1.2.3/v1", "http://tls.proxy:8443"},
		{"gnome, one for all", parseGNOME(gnomeSame), "https://api.example", "http://web.proxy:8080"},
		{"gnome, SOCKS", parseGNOME(gnomeSocks), "https://api.example", "socks5://socks.proxy:1080"},
		{"gnome, switched off", parseGNOME(gnomeNone), "http://api.example", ""},
		{"gnome, no answer", parseGNOME("No such schema"), "http://api.example", ""},
		{"kde", parseKDE(kde), "http://api.example", "http://web.proxy:8080"},
		{"kde", parseKDE(kde), "https://api.example", "http://tls.proxy:8443"},
		{"kde", parseKDE(kde), "https://box.lan", ""},
		{"kde", parseKDE(kde), "https://ai.corp.example", ""},
		{"kde, only these", parseKDE(kdeReversed), "https://far.example", "http://tls.proxy:8443"},
		{"kde, only these", parseKDE(kdeReversed), "https://api.example", ""},
		{"kde, a script", parseKDE(kdeScript), "https://api.example", ""},
		{"macOS", parseMacOS(macos), "https://api.example", "http://tls.proxy:8443"},
		{"macOS", parseMacOS(macos), "http://api.example", "http://web.proxy:8080"},
		{"macOS", parseMacOS(macos), "https://mac.local", ""},
		{"macOS", parseMacOS(macos), "https://169.254.3.4", ""},
		{"macOS", parseMacOS(macos), "https://intranet", ""},
		{"macOS", parseMacOS(macos), "https://ai.corp.example", "http://tls.proxy:8443"},
		{"macOS, switched off", parseMacOS(macosOff), "https://api.example", ""},
		{"Windows", windows, "https://api.example", "http://tls.proxy:8443"},
		{"Windows", windows, "http://api.example", "http://web.proxy:8080"},
		{"Windows", windows, "http://box.lan", ""},
		{"Windows", windows, "http://10.1.2.3", ""},
		{"Windows", windows, "http://intranet", ""},
		{"Windows", windows, "https://far.example:444", ""},
		{"Windows", windows, "https://far.example", "http://tls.proxy:8443"},
		{"Windows, one for all", parseWindows("one.proxy:3128", ""), "https://api.example", "http://one.proxy:3128"},
		{"Windows, a URL", parseWindows("http://one.proxy:3128", ""), "https://api.example", "http://one.proxy:3128"},
		{"Windows, SOCKS", parseWindows("socks=socks.proxy:1080", ""), "https://api.example", "socks5://socks.proxy:1080"},
		{"Windows, none", parseWindows("", ""), "https://api.example", ""},
		{"Windows, nonsense", parseWindows("gopher://x", ""), "https://api.example", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if p := tt.settings.proxy(u); p != nil {
				got = p.String()
			}
			if got != tt.want {
				t.Errorf("%s goes through %q, want %q", tt.url, got, tt.want)
			}
		})
	}
}

// The settings are read at the start and again every half minute at most, and
// only the first request waits for them.
func TestReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		f := newFinder(func(ctx context.Context) Settings {
			reads++
			n := reads
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			return parseWindows(fmt.Sprintf("proxy%d:1", n), "")
		}, time.Now)
		ask := func(want string) {
			t.Helper()
			u, err := f.Proxy(&url.URL{Scheme: "https", Host: "api.example"})
			if err != nil || u.Host != want {
				t.Errorf("got %v, %v, want %s", u, err, want)
			}
		}
		start := time.Now()
		ask("proxy1:1")
		if took := time.Since(start); took != time.Second {
			t.Errorf("the first request waited %s", took)
		}
		time.Sleep(29 * time.Second)
		ask("proxy1:1")
		synctest.Wait()
		if reads != 1 {
			t.Errorf("read %d times in half a minute", reads)
		}
		time.Sleep(2 * time.Second)
		ask("proxy1:1") // which has them read anew
		ask("proxy1:1")
		time.Sleep(2 * time.Second)
		ask("proxy2:1")
		if reads != 2 {
			t.Errorf("read %d times", reads)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A system that does not answer costs two seconds, once.
func TestHangingSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFinder(func(ctx context.Context) Settings {
			<-ctx.Done()
			return Settings{}
		}, time.Now)
		start := time.Now()
		u, err := f.Proxy(&url.URL{Scheme: "https", Host: "api.example"})
		if u != nil || err != nil || time.Since(start) != patience {
			t.Errorf("got %v, %v after %s", u, err, time.Since(start))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever this machine says, it is read in time and without failing.
func TestThisSystem(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	f := New()
	if _, err := f.Proxy(&url.URL{Scheme: "https", Host: "api.example"}); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
