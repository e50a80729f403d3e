package caldav_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The table of what a server has to get right for its clients is kept in
// testdata/conformance.tsv: id, weight (0: nothing works without it), meaning,
// and for rows that no test here judges, who does or when it comes.
const (
	rowsFile  = "testdata/conformance.tsv"
	tableFile = "../docs/conformance.md"
)

var update = flag.Bool("update", false, "write "+tableFile)

type requirement struct{ id, weight, meaning, elsewhere string }

var requirements = func() (list []requirement) {
	text, err := os.ReadFile(rowsFile)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		f := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "")
		list = append(list, requirement{f[0], f[1], f[2], f[3]})
	}
	return list
}()

// results are what the tests of each row gave: a row holds where all did.
var results = struct {
	sync.Mutex
	holds map[string]bool
}{holds: map[string]bool{}}

// holds runs the test of a row as a subtest that carries its id and meaning.
func holds(t *testing.T, id string, f func(t *testing.T)) {
	t.Helper()
	i := slices.IndexFunc(requirements, func(q requirement) bool { return q.id == id })
	if i < 0 || requirements[i].elsewhere != "" {
		t.Fatalf("%s has no test here by %s", id, rowsFile)
	}
	t.Run(id+" "+requirements[i].meaning, func(t *testing.T) {
		defer func() {
			results.Lock()
			defer results.Unlock()
			before, known := results.holds[id]
			results.holds[id] = !t.Failed() && (before || !known)
		}()
		f(t)
	})
}

// holds runs the test of a row on the rig.
func (r *rig) holds(id string, f func(t *testing.T)) {
	outer := r.t
	defer func() { r.t = outer }()
	holds(outer.(*testing.T), id, func(t *testing.T) {
		r.t = t
		f(t)
	})
}

// conformance writes the table of results.
func conformance() string {
	var b strings.Builder
	b.WriteString("# What holds\n\nWhat clients need of a CalDAV server and of feeds, row by row, and whether calbridge has it. The rows are those of\n" +
		"`caldav/testdata/conformance.tsv`; each test carries the id of its row (`go test ./caldav -run '/P21'`), and speaks HTTP to a server over a\n" +
		"real store. This table is written from the tests' results by `go test ./caldav -update`, and a test fails when they differ.\n\n" +
		"P 0: nothing works without it. P 1: some client misbehaves. P 2: polish.\n\n| row | P | | holds |\n|---|---|---|---|\n")
	for _, q := range requirements {
		holds, judged := results.holds[q.id]
		verdict := map[bool]string{true: "yes", false: "**no**"}[holds]
		if !judged {
			verdict = "– " + q.elsewhere
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", q.id, q.weight, q.meaning, verdict)
	}
	return b.String()
}

// settle compares the table with the results once all tests have run, or
// writes it. Where only some ran there is nothing to compare.
func settle() error {
	for _, name := range []string{"test.run", "test.skip", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			return nil
		}
	}
	for _, q := range requirements {
		if _, judged := results.holds[q.id]; !judged && q.elsewhere == "" {
			return fmt.Errorf("row %s (%s) has no test", q.id, q.meaning)
		}
	}
	if *update {
		return os.WriteFile(tableFile, []byte(conformance()), 0o644)
	}
	if text, err := os.ReadFile(tableFile); err != nil || string(text) != conformance() {
		return fmt.Errorf("%s is not what the tests gave (%v): go test ./caldav -update writes it", tableFile, err)
	}
	return nil
}
