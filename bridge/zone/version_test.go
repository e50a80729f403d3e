package zone

import (
	"os"
	"path/filepath"
	"testing"
)

func TestVersion(t *testing.T) {
	host, embedded := Version()
	t.Logf("host %q, embedded %q", host, embedded)
	if embedded == "" {
		t.Error("the embedded release is always known")
	}
}

func TestHostRelease(t *testing.T) {
	for _, test := range []struct{ file, text, want string }{
		{"tzdata.zi", "# version 2026f\n# redo posix_only\n", "2026f"},
		{"tzdata.zi", "# version 2024a-rearguard\n", "2024a-rearguard"},
		{"tzdata.zi", "# version <script>\n", "unknown"},
		{"+VERSION", "2025b\n", "2025b"},
		{"+VERSION", "2025b", "2025b"},
		{"leapseconds", "# x\n#updated 1720104763 (2024-07-04 14:52:43 UTC)\n", "unknown, leap seconds of 2024-07-04"},
		{"other", "", "unknown"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := hostRelease("", []string{dir + "/none", dir}); got != test.want {
			t.Errorf("%s %q: got %q, want %q", test.file, test.text, got, test.want)
		}
		if got := hostRelease(filepath.Join(dir, test.file), nil); got != "unknown" {
			t.Errorf("a file as source: got %q", got)
		}
	}
	if got := hostRelease("", []string{t.TempDir() + "/none"}); got != "" {
		t.Errorf("no zoneinfo: got %q", got)
	}
}

func TestEmbeddedRelease(t *testing.T) {
	if got := embeddedRelease(generatedWith); got != generatedRelease {
		t.Errorf("got %q", got)
	}
	if got := embeddedRelease("go1.99.1"); got != "go1.99.1" {
		t.Errorf("got %q", got)
	}
}

// New zone data on the machine are noticed once, and nothing of the old stays.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	tell := func(release string) {
		if err := os.WriteFile(filepath.Join(dir, "tzdata.zi"), []byte("# version "+release+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	was, source := InUse(), os.Getenv("ZONEINFO")
	t.Setenv("ZONEINFO", dir)
	t.Cleanup(func() {
		t.Setenv("ZONEINFO", source)
		if Reload(); InUse() != was {
			t.Errorf("%s is in use, was %s", InUse(), was)
		}
	})
	for _, release := range []string{"2098a", "2098b"} {
		loc, err := Load("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VTimezone("Europe/Berlin", 2024, 2030); err != nil {
			t.Fatal(err)
		}
		tell(release)
		if !Reload() || InUse() != release || Reload() {
			t.Errorf("%s is in use, want %s, noticed once", InUse(), release)
		}
		if again, err := Load("Europe/Berlin"); err != nil || again == loc || len(rendered.text) != 0 {
			t.Errorf("zones of the old data are kept: %v", err)
		}
	}
}
