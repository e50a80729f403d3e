package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var root = filepath.Join("..", "..")

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestConfigurationIsDocumented: each key stands in the table, with the name of
// its environment variable and its default.
func TestConfigurationIsDocumented(t *testing.T) {
	text := read(t, "docs", "configuration.md")
	for _, k := range keys {
		row := "| `" + k.name + "` | `" + envName(k.name) + "` |"
		_, rest, ok := strings.Cut(text, row)
		line, _, _ := strings.Cut(rest, "\n")
		if !ok || !strings.Contains(line, k.def) {
			t.Errorf("docs/configuration.md lacks the row %s with the default %q", row, k.def)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)`").FindAllStringSubmatch(text, -1) {
		if nearest(m[1]) != m[1] {
			t.Errorf("docs/configuration.md has %s, which is no key", m[1])
		}
	}
}

// TestDependenciesAreExplained: each direct dependency of go.mod has its line,
// and no line is left of one that went.
func TestDependenciesAreExplained(t *testing.T) {
	direct, _, _ := strings.Cut(read(t, "go.mod"), "// indirect")
	text := read(t, "docs", "dependencies.md")
	modules := regexp.MustCompile(`(?m)^\t(\S+) v`).FindAllStringSubmatch(direct[:strings.LastIndex(direct, "\n\t")], -1)
	if len(modules) < 10 {
		t.Fatalf("go.mod names %d modules", len(modules))
	}
	for _, m := range modules {
		if !strings.Contains(text, m[1]) {
			t.Errorf("docs/dependencies.md does not explain %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z]\S+/\S+)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(direct, "\t"+m[1]+" ") && !strings.HasPrefix(m[1], "golang.org/x/net/") {
			t.Errorf("docs/dependencies.md explains %s, which go.mod does not require", m[1])
		}
	}
}

// TestPackagesExplainThemselves: a newcomer finds in doc.go what a package is.
func TestPackagesExplainThemselves(t *testing.T) {
	for pkg := range rooms {
		text := read(t, pkg, "doc.go")
		if !regexp.MustCompile(`(?m)^// (Package|Command) ` + filepath.Base(pkg) + ` `).MatchString(text) {
			t.Errorf("%s/doc.go does not say what the package is", pkg)
		}
	}
}

var (
	codeBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	shown     = regexp.MustCompile(`(?m)^(?:go run \./cmd/)?calbridge ([^|#\n]*)`)
)

// TestDocumentedCommandsExist: what README and docs tell people to type can be
// typed.
func TestDocumentedCommandsExist(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range append(files, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range codeBlock.FindAllStringSubmatch(string(text), -1) {
			for _, line := range shown.FindAllStringSubmatch(block[1], -1) {
				seen++
				if _, _, err := parse(words(line[1]), io.Discard, io.Discard); err != nil {
					t.Errorf("%s: calbridge %s: %v", filepath.Base(path), line[1], err)
				}
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d command lines were found", seen)
	}
}
