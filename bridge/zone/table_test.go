package zone

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
)

// readTable reads the sources of the table again, in its own way, so that a
// table.go that was not generated anew is found out.
func readTable(t *testing.T) (names map[string]string, rows map[string]string, added map[string]string) {
	var data struct{ Added, Legacy map[string]string }
	if err := json.Unmarshal(readFile(t, "data/windows-more.json"), &data); err != nil {
		t.Fatal(err)
	}
	names, rows = data.Legacy, make(map[string]string)
	maps.Copy(names, data.Added)
	row := regexp.MustCompile(`"_other": "([^"]+)",\s*"_type": "([^"]+)",\s*"_territory": "([^"]+)"`)
	for _, m := range row.FindAllStringSubmatch(string(readFile(t, "data/cldr-48/windowsZones.json")), -1) {
		if m[3] == "001" {
			names[m[1]] = m[2]
			continue
		}
		for iana := range strings.FieldsSeq(m[2]) {
			rows[iana] = m[1]
		}
	}
	return names, rows, data.Added
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryWindowsNameResolves(t *testing.T) {
	names, _, _ := readTable(t)
	if len(names) < 148 {
		t.Fatalf("only %d names", len(names))
	}
	for windows, iana := range names {
		want, _ := Resolve(iana)
		if got, ok := Resolve(windows); !ok || got != want {
			t.Errorf("Resolve(%q) = %q, %t, want %q for %q", windows, got, ok, want, iana)
		}
	}
}

func TestEveryRowHasItsWindowsName(t *testing.T) {
	_, rows, added := readTable(t)
	for windows, iana := range added {
		rows[iana] = windows
	}
	for iana, want := range rows {
		now, ok := Resolve(iana)
		if !ok {
			t.Errorf("Resolve(%q) gives nothing", iana)
		}
		for _, name := range []string{iana, now} {
			if got, ok := Windows(name); !ok || got != want {
				t.Errorf("Windows(%q) = %q, %t, want %q", name, got, ok, want)
			}
		}
	}
}

// The way back from the zone of a Windows name ends at a name for that zone.
func TestWindowsReversesResolve(t *testing.T) {
	names, _, _ := readTable(t)
	for windows := range names {
		iana, _ := Resolve(windows)
		back, ok := Windows(iana)
		if again, _ := Resolve(back); !ok || again != iana && windows != "Mexico Standard Time 2" {
			t.Errorf("%q is %q is %q is %q", windows, iana, back, again)
		}
	}
}

func TestWindows(t *testing.T) {
	for _, test := range []struct{ iana, want string }{
		{"Europe/Berlin", "W. Europe Standard Time"},
		{"Europe/Oslo", "W. Europe Standard Time"},
		{"Asia/Kolkata", "India Standard Time"},
		{"Asia/Calcutta", "India Standard Time"},
		{"asia/kolkata", "India Standard Time"},
		{"America/Argentina/Cordoba", "Argentina Standard Time"},
		{"US/Pacific", "Pacific Standard Time"},
		{"America/Montreal", "Eastern Standard Time"},
		{"Asia/Chungking", "China Standard Time"},
		{"America/Edmonton", "Alberta Standard Time"},
		{"America/Denver", "Mountain Standard Time"},
		{"Etc/GMT+11", "UTC-11"},
		{"Etc/GMT-13", "UTC+13"},
		{"CET", "Romance Standard Time"},
		{"UTC", "UTC"},
		{"Etc/UTC", "UTC"},
		{"GMT", "UTC"},
		{"Antarctica/Troll", ""},
		{"W. Europe Standard Time", ""},
		{"", ""},
		{strings.Repeat("a", 1<<20), ""},
	} {
		if got, ok := Windows(test.iana); got != test.want || ok != (got != "") {
			t.Errorf("Windows(%.80q) = %q, %t, want %q", test.iana, got, ok, test.want)
		}
	}
}

// The maps lead somewhere, in one step each.
func TestTableIsFlat(t *testing.T) {
	for old, now := range renamed {
		if _, again := renamed[now]; again {
			t.Errorf("%s becomes %s, which is renamed itself", old, now)
		}
	}
	for place, near := range nearby {
		if _, ok := windowsName[near]; !ok {
			t.Errorf("%s is near %s, which has no Windows name", place, near)
		}
	}
	for _, table := range []map[string]string{windowsName, renamed, nearby} {
		for name := range table {
			if spelling[strings.ToLower(name)] != name {
				t.Errorf("%s is not among the spellings", name)
			}
		}
	}
	for name := range windowsDefault {
		if name != strings.ToLower(name) || len(name) > maxLabel {
			t.Errorf("%q is not a key", name)
		}
	}
}
