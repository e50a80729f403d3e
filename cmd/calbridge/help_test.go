package main

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// each calls f for every command that people see, those with subcommands too.
func each(t *testing.T, f func(path string, n *kong.Node)) {
	t.Helper()
	app, err := kong.New(new(cli), kong.Name("calbridge"))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, child := range n.Children {
			if !child.Hidden {
				f(strings.TrimPrefix(child.FullPath(), "calbridge "), child)
				walk(child)
			}
		}
	}
	walk(app.Model.Node)
}

var example = regexp.MustCompile(`(?m)^  calbridge (.*)$`)

// TestEachCommandExplainsItself: a sentence, two examples that can be run, what
// else to see; and each flag says what it is without one being given.
func TestEachCommandExplainsItself(t *testing.T) {
	each(t, func(path string, n *kong.Node) {
		if !regexp.MustCompile(`^[A-Z].*[.)]$`).MatchString(n.Help) {
			t.Errorf("%s: %q is no sentence", path, n.Help)
		}
		found := example.FindAllStringSubmatch(n.Detail, -1)
		if len(found) < 2 || !strings.Contains(n.Detail, "See also: ") {
			t.Errorf("%s has %d examples, or nothing to see also:\n%s", path, len(found), n.Detail)
		}
		for _, line := range found {
			args := words(line[1])
			if _, _, err := parse(args, io.Discard, io.Discard); err != nil {
				t.Errorf("%s: the example %q cannot be run: %v", path, line[1], err)
			}
		}
		for _, flag := range n.Flags {
			if flag.HasDefault && !flag.IsBool() && !strings.Contains(flag.Help, "Default: ") {
				t.Errorf("%s --%s does not tell its default", path, flag.Name)
			}
		}
	})
}

// words splits an example as a shell would, and leaves out what it redirects.
func words(line string) (args []string) {
	line, _, _ = strings.Cut(line, " | ")
	line, _, _ = strings.Cut(line, " < ")
	for _, w := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1) {
		args = append(args, strings.Trim(w, `"`))
	}
	return args
}

// TestReadingCommandsPrintJSON: whatever tells something tells it to programs.
func TestReadingCommandsPrintJSON(t *testing.T) {
	reads := map[string]bool{"accounts": true, "calendars": true, "user list": true, "password list": true, "feed list": true, "status": true, "changes": true, "health": true, "version": true}
	each(t, func(path string, n *kong.Node) {
		has := false
		for _, flag := range n.Flags {
			has = has || flag.Name == "json"
		}
		if reads[path] && !has {
			t.Errorf("%s has no --json", path)
		}
		delete(reads, path)
	})
	if len(reads) > 0 {
		t.Errorf("there is no %v", reads)
	}
}

func TestMistypedLinesAreAnsweredInPlainWords(t *testing.T) {
	for line, want := range map[string]string{
		"calendars --show":      "--show wants a value",
		"demo --events many":    `--events wants a whole number, not "many"`,
		"demo --events -5":      `--events wants a value, not the flag "-5"`,
		"user add":              "the name is missing",
		"changes":               "the calendar is missing",
		"stats":                 `did you mean "status"`,
		"status --jsn":          `did you mean "--json"`,
		"login --cloud mars":    `must be one of`,
		"export Calendar extra": "unexpected argument extra",
	} {
		_, _, err := parse(strings.Fields(line), io.Discard, io.Discard)
		var e exitError
		if !errors.As(err, &e) || e.code != exitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want exit code 2 and %q", line, err, want)
		}
	}
}
