package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"calbridge/bridge"
	"calbridge/graphsync"
)

// Config is the configuration, read and checked. No other package sees where
// it came from.
type Config struct {
	Data      string
	KeyFile   string
	Listen    string
	PublicURL *url.URL
	// TrustedProxies are those whose X-Forwarded-For and Forwarded count.
	TrustedProxies []netip.Prefix

	Microsoft struct{ ClientID, ClientSecretFile, Tenant, GraphURL, LoginURL string }
	Sync      struct {
		Active, Idle time.Duration
		graphsync.Scope
		Banner bool
	}
	Metrics struct{ Listen string }
	Notify  struct{ URL string }
	Log     struct {
		Level  slog.Level
		Format string
	}

	secretIn string // the configuration file, where it holds a secret
}

// builtInClientID is the app registration that releases carry; -ldflags sets
// it.
var builtInClientID string

// key is one configuration key: its default, and how a value gets into Config.
type key struct {
	name string
	def  string
	set  func(c *Config, value string) error
}

var keys = []key{
	{"data", "", func(c *Config, v string) error { c.Data = v; return nil }},
	{"key_file", "", func(c *Config, v string) error { c.KeyFile = v; return nil }},
	{"listen", "127.0.0.1:5545", setListen},
	{"public_url", "", setPublicURL},
	{"trusted_proxies", "loopback", setProxies},
	{"microsoft.client_id", "", func(c *Config, v string) error { c.Microsoft.ClientID = v; return nil }},
	{"microsoft.client_secret_file", "", func(c *Config, v string) error { c.Microsoft.ClientSecretFile = v; return nil }},
	{"microsoft.tenant", "common", setTenant},
	{"microsoft.graph_url", "https://graph.microsoft.com", func(c *Config, v string) error { return setURL(&c.Microsoft.GraphURL, v) }},
	{"microsoft.login_url", "https://login.microsoftonline.com", func(c *Config, v string) error { return setURL(&c.Microsoft.LoginURL, v) }},
	{"sync.active", "30s", func(c *Config, v string) error { return setInterval(&c.Sync.Active, v) }},
	{"sync.idle", "5m", func(c *Config, v string) error { return setInterval(&c.Sync.Idle, v) }},
	{"sync.past", "all", func(c *Config, v string) error { return setSpan(&c.Sync.Past, v) }},
	{"sync.future", "all", func(c *Config, v string) error { return setSpan(&c.Sync.Future, v) }},
	{"sync.banner", "true", setBanner},
	{"metrics.listen", "", setMetricsListen},
	{"notify.url", "", setNotify},
	{"log.level", "info", setLogLevel},
	{"log.format", "auto", setLogFormat},
}

// envName is the environment variable of a key.
func envName(key string) string {
	return "CALBRIDGE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// flagName is the flag of a key, where a command has one.
func flagName(key string) string {
	return "--" + strings.NewReplacer("_", "-", ".", "-").Replace(strings.TrimPrefix(key, "microsoft."))
}

// loadConfig reads file, environment and flags, each above the one before. All
// errors come at once.
func loadConfig(file string, env func(string) string, flags map[string]string) (*Config, error) {
	file = cmp.Or(file, env("CALBRIDGE_CONFIG"))
	values, err := readConfigFile(file)
	if err != nil {
		return nil, err
	}
	c := new(Config)
	if values["notify.url"] != "" {
		c.secretIn = file
	}
	var wrong []string
	for _, k := range keys {
		value, origin := k.def, "default"
		if v, ok := values[k.name]; ok {
			value, origin = v, "configuration file"
		}
		if v := env(envName(k.name)); v != "" {
			value, origin = v, envName(k.name)
		}
		if v := flags[k.name]; v != "" {
			value, origin = v, flagName(k.name)
		}
		if err := k.set(c, value); err != nil {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %v", k.name, origin, err))
		}
	}
	if len(wrong) > 0 {
		return nil, configFault(strings.Join(wrong, "; "))
	}
	return c, c.complete(env)
}

func configFault(why string) error {
	return exitError{code: exitUsage, err: &bridge.Fault{Kind: bridge.Invalid, What: "the configuration is not valid", Why: why,
		Fix: "see docs/configuration.md"}}
}

// readConfigFile returns the file's values by dotted key.
func readConfigFile(path string) (map[string]string, error) {
	values := map[string]string{}
	if path == "" {
		return values, nil
	}
	var tree map[string]any
	if _, err := toml.DecodeFile(path, &tree); err != nil {
		return nil, configFault(fmt.Sprintf("%s: %v", path, err))
	}
	flatten("", tree, values)
	for name := range values {
		if !slices.ContainsFunc(keys, func(k key) bool { return k.name == name }) {
			return nil, configFault(fmt.Sprintf("%s: there is no key %q; %s", path, name, meant(name)))
		}
	}
	return values, nil
}

func flatten(prefix string, tree map[string]any, into map[string]string) {
	for name, v := range tree {
		if sub, ok := v.(map[string]any); ok {
			flatten(prefix+name+".", sub, into)
		} else {
			into[prefix+name] = fmt.Sprint(v)
		}
	}
}

// meant suggests what a key that is none may have meant.
func meant(name string) string {
	if k := nearest(name); distance(name, k) <= len(k)/2 {
		return fmt.Sprintf("did you mean %q?", k)
	}
	var all []string
	for _, k := range keys {
		all = append(all, k.name)
	}
	return "there are " + strings.Join(all, ", ")
}

// nearest returns the key that is spelled most like name.
func nearest(name string) string {
	return slices.MinFunc(keys, func(a, b key) int { return cmp.Compare(distance(name, a.name), distance(name, b.name)) }).name
}

// distance is how many letters have to change (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// complete fills in what depends on other values, and makes the data folder.
func (c *Config) complete(env func(string) string) error {
	if c.Data == "" {
		folder, err := dataFolder(env)
		if err != nil {
			return err
		}
		c.Data = folder
	}
	c.Data, _ = filepath.Abs(c.Data)
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.Data, "key")
	}
	if c.PublicURL == nil {
		c.PublicURL = &url.URL{Scheme: "http", Host: c.Listen}
	}
	return nil
}

func (c *Config) makeData() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return exitError{code: exitUsage, err: &bridge.Fault{Kind: bridge.Invalid, What: "the data folder " + c.Data + " cannot be made", Err: err,
			Fix: "name another one with --data or CALBRIDGE_DATA"}}
	}
	return nil
}

// cache is the folder for whole calendars that are kept ready for readers.
func (c *Config) cache() string { return filepath.Join(c.Data, "cache") }

func dataFolder(env func(string) string) (string, error) {
	switch {
	case env("STATE_DIRECTORY") != "": // systemd
		first, _, _ := strings.Cut(env("STATE_DIRECTORY"), ":")
		return first, nil
	case env("XDG_DATA_HOME") != "":
		return filepath.Join(env("XDG_DATA_HOME"), "calbridge"), nil
	case env("HOME") != "":
		return filepath.Join(env("HOME"), ".local", "share", "calbridge"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", configFault("there is no home folder to keep data in; name one with --data or CALBRIDGE_DATA")
	}
	return filepath.Join(home, ".local", "share", "calbridge"), nil
}

func setListen(c *Config, v string) error { return setHostPort(&c.Listen, v) }

func setMetricsListen(c *Config, v string) error {
	if v == "" {
		return nil
	}
	return setHostPort(&c.Metrics.Listen, v)
}

func setHostPort(to *string, v string) error {
	if _, _, err := net.SplitHostPort(v); err != nil {
		return fmt.Errorf("%q is no address with a port, such as 127.0.0.1:5545", v)
	}
	*to = v
	return nil
}

func setPublicURL(c *Config, v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return fmt.Errorf("%q is no address such as https://cal.example.org", v)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	c.PublicURL = u
	return nil
}

func setURL(to *string, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no address such as https://graph.microsoft.com", v)
	}
	*to = strings.TrimSuffix(strings.TrimRight(v, "/"), "/v1.0")
	return nil
}

func setBanner(c *Config, v string) (err error) {
	if c.Sync.Banner, err = strconv.ParseBool(v); err != nil {
		return fmt.Errorf("%q is neither true nor false", v)
	}
	return nil
}

func setNotify(c *Config, v string) error {
	u, err := url.Parse(v)
	if v != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return errors.New("it is no address such as https://ntfy.example.org/calbridge") // it may hold a secret
	}
	c.Notify.URL = v
	return nil
}

func setTenant(c *Config, v string) error {
	if strings.ContainsAny(v, "/?# ") {
		return fmt.Errorf("%q is no tenant: common, consumers, organizations, or a directory's id", v)
	}
	c.Microsoft.Tenant = v
	return nil
}

func setInterval(to *time.Duration, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < 100*time.Millisecond {
		return fmt.Errorf("%q is no length of time such as 30s or 5m", v)
	}
	*to = d
	return nil
}

func setLogLevel(c *Config, v string) error {
	if c.Log.Level.UnmarshalText([]byte(v)) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", v)
	}
	return nil
}

// setSpan reads how far a mirror reaches: "all", or a number of days, weeks,
// months of 31 days or years.
func setSpan(to *time.Duration, v string) error {
	if *to = 0; v == "all" {
		return nil
	}
	var n int
	var unit string
	if _, err := fmt.Sscanf(v, "%d%s", &n, &unit); err != nil || n <= 0 || n > 36500 {
		return fmt.Errorf("%q is neither \"all\" nor a span such as 90d, 12w, 6m or 2y", v)
	}
	days, ok := map[string]int{"d": 1, "w": 7, "m": 31, "y": 366}[unit]
	if !ok || n*days > 36600 {
		return fmt.Errorf("%q is neither \"all\" nor a span such as 90d, 12w, 6m or 2y", v)
	}
	*to = time.Duration(n*days) * 24 * time.Hour
	return nil
}

func setLogFormat(c *Config, v string) error {
	if v != "auto" && v != "text" && v != "json" {
		return fmt.Errorf("%q is none of auto, text and json", v)
	}
	c.Log.Format = v
	return nil
}

// loopback reports whether only this computer can reach the address.
func loopback(listen string) bool {
	host, _, _ := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
