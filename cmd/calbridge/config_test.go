package main

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	env := map[string]string{"HOME": "/home/anna"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "calbridge.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEachSourceStandsAboveTheOneBefore(t *testing.T) {
	file := configFile(t, "listen = \"127.0.0.1:1\"\npublic_url = \"https://cal.example.org/cal/\"\n[sync]\nactive = \"7s\"\nidle = \"8s\"\n[microsoft]\ntenant = \"consumers\"\n")
	env := environment("CALBRIDGE_LISTEN", "127.0.0.1:2", "CALBRIDGE_SYNC_IDLE", "9s", "CALBRIDGE_MICROSOFT_GRAPH_URL", "http://127.0.0.1:9/v1.0/")
	c, err := loadConfig(file, env, map[string]string{"listen": "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.Sync.Active != 7*time.Second || c.Sync.Idle != 9*time.Second || c.Microsoft.Tenant != "consumers" {
		t.Errorf("%+v", c)
	}
	if c.PublicURL.String() != "https://cal.example.org/cal" || c.Microsoft.GraphURL != "http://127.0.0.1:9" || c.Microsoft.LoginURL != "https://login.microsoftonline.com" {
		t.Errorf("%+v", c)
	}
}

func TestDataFolder(t *testing.T) {
	for want, env := range map[string]func(string) string{
		"/home/anna/.local/share/calbridge": environment(),
		"/x/calbridge":                      environment("XDG_DATA_HOME", "/x"),
		"/var/lib/calbridge":                environment("STATE_DIRECTORY", "/var/lib/calbridge", "XDG_DATA_HOME", "/x"),
		"/data":                             environment("CALBRIDGE_DATA", "/data", "STATE_DIRECTORY", "/var/lib/calbridge"),
	} {
		if c, err := loadConfig("", env, nil); err != nil || c.Data != want || c.KeyFile != want+"/key" {
			t.Errorf("want %s: %+v, %v", want, c, err)
		}
	}
}

func TestWrongConfigurationSaysWhatAndWhere(t *testing.T) {
	for _, c := range []struct {
		name, file string
		env        []string
		want       []string
	}{
		{"unknown key", "listn = \"x\"", nil, []string{`"listn"`, `did you mean "listen"`}},
		{"unknown key in a table", "[microsoft]\nclientid = \"x\"", nil, []string{`did you mean "microsoft.client_id"`}},
		{"no TOML", "listen = ", nil, []string{"calbridge.toml"}},
		{"all at once", "listen = \"nowhere\"\n[sync]\nidle = \"often\"", []string{"CALBRIDGE_LOG_LEVEL", "loud"}, []string{"listen (configuration file)", "sync.idle", "log.level (CALBRIDGE_LOG_LEVEL)"}},
		{"public_url", "public_url = \"cal.example.org\"", nil, []string{"https://cal.example.org"}},
		{"no span", "[sync]\npast = \"some\"\nfuture = \"9999y\"", nil, []string{"sync.past", "sync.future", "90d"}},
		{"too often", "[sync]\nactive = \"1ms\"", nil, []string{"sync.active"}},
	} {
		_, err := loadConfig(configFile(t, c.file), environment(c.env...), nil)
		var e exitError
		if !errors.As(err, &e) || e.code != exitUsage {
			t.Errorf("%s: %v, want exit code 2", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q in it", c.name, err, want)
			}
		}
	}
	if _, err := loadConfig("/nonexistent.toml", environment(), nil); codeOf(err) != exitUsage {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, ":5545": false, "0.0.0.0:1": false, "192.168.1.2:1": false} {
		if loopback(listen) != want {
			t.Errorf("loopback(%q) = %v", listen, !want)
		}
	}
}

// A path stays encoded as it was given, in answers and in what is asked.
func TestPublicPathStaysEncoded(t *testing.T) {
	h, _, _ := followed(t)
	cfg, err := loadConfig("", environment("CALBRIDGE_PUBLIC_URL", "https://cal.example.org/our%20calendars/a%2Fb/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	h.cfg.PublicURL = cfg.PublicURL
	for _, path := range []string{"/.well-known/caldav", "/our%20calendars/a%2Fb/.well-known/caldav"} {
		w := httptest.NewRecorder()
		newHandler(h, nil).ServeHTTP(w, httptest.NewRequest("PROPFIND", path, nil))
		if got := w.Header().Get("Location"); got != "/our%20calendars/a%2Fb/dav/" {
			t.Errorf("%s: %d, Location %q", path, w.Code, got)
		}
	}
}
