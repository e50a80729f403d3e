package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calbridge/bridge"
)

func open(t *testing.T, path string) *Vault {
	t.Helper()
	v, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestKeyFileIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	first := open(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	again := open(t, path)
	if !bytes.Equal(first.Check(), again.Check()) || !bytes.Equal(first.Digest("a", "b"), again.Digest("a", "b")) {
		t.Error("the same file gives another key")
	}
	other := open(t, filepath.Join(t.TempDir(), "key"))
	if bytes.Equal(first.Check(), other.Check()) {
		t.Error("two files give the same key")
	}
}

func TestSealOpensOnlyUnderItsNameAndKey(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "key"))
	sealed := v.Seal("account-1", []byte("refresh token"))
	if bytes.Contains(sealed, []byte("refresh")) {
		t.Fatal("the secret can be read in what was sealed")
	}
	if got, err := v.Open("account-1", sealed); err != nil || string(got) != "refresh token" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if bytes.Equal(sealed, v.Seal("account-1", []byte("refresh token"))) {
		t.Error("sealing twice gives the same octets")
	}
	other := open(t, filepath.Join(t.TempDir(), "key"))
	for name, f := range map[string]func() ([]byte, error){
		"other name": func() ([]byte, error) { return v.Open("account-2", sealed) },
		"other key":  func() ([]byte, error) { return other.Open("account-1", sealed) },
		"changed":    func() ([]byte, error) { return v.Open("account-1", append(bytes.Clone(sealed[:20]), sealed[21:]...)) },
		"too short":  func() ([]byte, error) { return v.Open("account-1", sealed[:3]) },
	} {
		if got, err := f(); err == nil {
			t.Errorf("%s: opened to %q", name, got)
		}
	}
}

func TestWrongKeyFiles(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "short": "abcd\n", "no hex": strings.Repeat("z", 64), "long": strings.Repeat("a", 66)} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); bridge.KindOf(err) != bridge.Invalid {
			t.Errorf("%s: %v, want an Invalid fault", name, err)
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestPasswords(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		p := NewPassword()
		if seen[p] || len(Typed(p)) != 26 {
			t.Fatalf("password %q", p)
		}
		seen[p] = true
		if Typed(" "+strings.ToUpper(strings.ReplaceAll(p, "-", " "))+" ") != Typed(p) {
			t.Fatalf("typing %q in capitals gives another password", p)
		}
	}
}

func TestPagePasswords(t *testing.T) {
	hash := HashPage("correct horse")
	if !MatchPage(hash, "correct horse") || MatchPage(hash, "wrong horse") || MatchPage(hash, "") {
		t.Error("the hash matches the wrong passwords")
	}
	if hash == HashPage("correct horse") {
		t.Error("no salt")
	}
	for _, bad := range []string{"", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$short", strings.Replace(hash, "m=19456", "m=4000000", 1)} {
		if MatchPage(bad, "correct horse") {
			t.Errorf("%q matches", bad)
		}
	}
}
