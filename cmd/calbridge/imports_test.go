package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "calbridge"

// rooms says which packages of this module each package may import: everything
// points at bridge, and the leaves know nobody.
var rooms = map[string][]string{
	"bridge":              {},
	"bridge/boltdb":       {"bridge"},
	"bridge/ics":          {"bridge", "bridge/zone"},
	"bridge/storetest":    {"bridge"},
	"bridge/vault":        {"bridge"},
	"bridge/zone":         {},
	"graphsync":           {"bridge", "bridge/zone", "graphsync/graph"},
	"graphsync/graph":     {},
	"graphsync/graphfake": {},
	"caldav":              {"bridge", "bridge/ics", "bridge/zone", "caldav/component", "caldav/davxml"},
	"caldav/component":    {"bridge", "bridge/ics", "bridge/zone", "caldav/davxml"},
	"caldav/davxml":       {},
	"caldav/portal":       {"bridge"},
	"cmd/calbridge": {"bridge", "bridge/boltdb", "bridge/ics", "bridge/vault", "bridge/zone",
		"caldav", "caldav/portal", "graphsync", "graphsync/graphfake"},
}

// guests says which packages may import a library.
var guests = map[string][]string{
	"go.etcd.io/bbolt":               {"bridge/boltdb"},
	"github.com/emersion/go-ical":    {"bridge/ics", "caldav"},
	"github.com/emersion/go-webdav":  {"caldav", "cmd/calbridge"},
	"github.com/teambition/rrule-go": {"bridge/ics"},
	"golang.org/x/oauth2":            {"graphsync"},
	"golang.org/x/net":               {"graphsync", "cmd/calbridge"},
	"golang.org/x/crypto":            {"bridge/vault"},
	"golang.org/x/text":              {"caldav/component"},
	"github.com/alecthomas/kong":     {"cmd/calbridge"},
	"github.com/BurntSushi/toml":     {"cmd/calbridge"},
	"net/http":                       {"graphsync", "graphsync/graph", "graphsync/graphfake", "caldav", "caldav/portal", "cmd/calbridge"},
}

func TestImports(t *testing.T) {
	for pkg, imports := range importsOf(t) {
		allowed, known := rooms[pkg]
		if !known {
			t.Errorf("package %s has no room in the house: add it to the table", pkg)
			continue
		}
		for _, path := range imports {
			own, ours := strings.CutPrefix(path, module+"/")
			if ours && !slices.Contains(allowed, own) {
				t.Errorf("%s must not import %s", pkg, own)
			}
			for library, hosts := range guests {
				if (path == library || strings.HasPrefix(path, library+"/")) && !slices.Contains(hosts, pkg) {
					t.Errorf("%s must not import %s", pkg, path)
				}
			}
		}
	}
}

// importsOf returns what each package's own code imports, tests left out.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join("..", "..")
	found := map[string]map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(f.Comments, isIgnored) {
			return nil
		}
		pkg, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg = filepath.ToSlash(pkg)
		if found[pkg] == nil {
			found[pkg] = map[string]bool{}
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[pkg][name] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{}
	for pkg, set := range found {
		lists[pkg] = slices.Sorted(maps.Keys(set))
	}
	if len(lists) < len(rooms) {
		t.Errorf("found %d packages of %d", len(lists), len(rooms))
	}
	return lists
}

// isIgnored reports whether a comment keeps a file out of the package.
func isIgnored(c *ast.CommentGroup) bool {
	return strings.HasPrefix(c.List[0].Text, "//go:build ignore")
}
