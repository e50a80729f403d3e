package zone

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestResolve(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		// Windows names
		{"W. Europe Standard Time", "Europe/Berlin"},
		{"w. europe standard TIME", "Europe/Berlin"},
		{"GMT Standard Time", "Europe/London"},
		{"Greenwich Standard Time", "Atlantic/Reykjavik"},
		{"Central Standard Time (Mexico)", "America/Mexico_City"},
		{"Canada Central Standard Time", "America/Regina"},
		{"US Eastern Standard Time", "America/Indiana/Indianapolis"},
		{"India Standard Time", "Asia/Kolkata"},
		{"FLE Standard Time", "Europe/Kyiv"},
		{"Nepal Standard Time", "Asia/Kathmandu"},
		{"Myanmar Standard Time", "Asia/Yangon"},
		{"Argentina Standard Time", "America/Argentina/Buenos_Aires"},
		{"Greenland Standard Time", "America/Nuuk"},
		{"Samoa Standard Time", "Pacific/Apia"},
		{"Dateline Standard Time", "Etc/GMT+12"},
		{"UTC-11", "Etc/GMT+11"},
		{"UTC+13", "Etc/GMT-13"},
		{"UTC-02", "Etc/GMT+2"},
		// added and dropped
		{"Alberta Standard Time", "America/Edmonton"},
		{"Kamchatka Standard Time", "Asia/Kamchatka"},
		{"Mid-Atlantic Standard Time", "Etc/GMT+2"},
		{"Armenian Standard Time", "Asia/Yerevan"},
		{"Mexico Standard Time 2", "America/Chihuahua"},
		// UTC
		{"UTC", "UTC"},
		{"utc", "UTC"},
		{"Etc/UTC", "UTC"},
		{"Etc/GMT", "UTC"},
		{"GMT", "UTC"},
		{"GMT+0", "UTC"},
		{"Z", "UTC"},
		{"tzone://Microsoft/Utc", "UTC"},
		{"Coordinated Universal Time", "UTC"},
		{"(UTC) Coordinated Universal Time", "UTC"},
		// IANA names, old and odd
		{"Europe/Berlin", "Europe/Berlin"},
		{"europe/BERLIN", "Europe/Berlin"},
		{"Asia/Saigon", "Asia/Ho_Chi_Minh"},
		{"US/Eastern", "America/New_York"},
		{"Japan", "Asia/Tokyo"},
		{"GB", "Europe/London"},
		{"EST5EDT", "EST5EDT"},
		{"Etc/GMT+5", "Etc/GMT+5"},
		{"Pacific/Enderbury", "Pacific/Kanton"},
		{"Europe/Kyiv (Kiev)", "Europe/Kyiv"},
		{"Asia/Yangon (Rangoon)", "Asia/Yangon"},
		{"Asia/Toshkent (Tashkent)", "Asia/Tashkent"},
		{"Asia/Astana (Almaty)", "Asia/Almaty"},
		// merged in the database, yet places of their own
		{"Europe/Amsterdam", "Europe/Amsterdam"},
		{"Europe/Oslo", "Europe/Oslo"},
		{"Africa/Accra", "Africa/Accra"},
		{"America/Montreal", "America/Montreal"},
		// wrappings
		{"  Europe/Berlin\r\n", "Europe/Berlin"},
		{`"Europe/Berlin"`, "Europe/Berlin"},
		{"Europe/Berlin\x00", "Europe/Berlin"},
		{"/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"},
		{"/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"/citadel.org/20210210_1/asia/calcutta", "Asia/Kolkata"},
		// offsets
		{"UTC+05", "Etc/GMT-5"},
		{"UTC-8", "Etc/GMT+8"},
		{"GMT+0100", "Etc/GMT-1"},
		{"+01:00", "Etc/GMT-1"},
		{"-03", "Etc/GMT+3"},
		{"UTC+14:00", "Etc/GMT-14"},
		{"+00:00", "UTC"},
		{"UTC-00:00", "UTC"},
		{"(GMT-08.00)", "Etc/GMT+8"},
		{"(UTC-11:00) Coordinated Universal Time-11", "Etc/GMT+11"},
		{"UTC+05:30", "Asia/Kolkata"},
		{"+0545", "Asia/Kathmandu"},
		{"-09:30", "Pacific/Marquesas"},
	} {
		got, ok := Resolve(test.name)
		if !ok || got != test.want {
			t.Errorf("Resolve(%q) = %q, %t, want %q", test.name, got, ok, test.want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	for _, name := range []string{
		"", " ", "\x00", `""`,
		"tzone://Microsoft/Custom", "tzone://anything", "Customized Time Zone",
		"Local", "local", "localtime", "Factory", "posixrules", "Europe", "Etc",
		"posix/Europe/Berlin", "right/Europe/Berlin",
		"../../etc/passwd", "Europe/../Europe/Berlin", "/etc/localtime", "/etc/passwd", `\Europe\Berlin`,
		"Europe/Berlin\x00x", "Europe/Berlin\nX:Y", "Europe/Berlín",
		"Mars/Olympus_Mons", "Nowhere Standard Time",
		// more than an offset, and no place that has it
		"(UTC+01:00) Atlantis", "(UTC+02:00) Tokyo", "(UTC+01:00) ,,", "(UTC+99:99) Berlin",
		// no zone has them, or not for long enough
		"UTC+15", "UTC-13", "UTC+03:30", "UTC+12:45", "UTC+05:60", "UTC+5:3", "+", "UTC+", "5", "++5",
		strings.Repeat("/a", 1000), strings.Repeat("A", 1<<20), "Europe/" + strings.Repeat("a", 80),
	} {
		if got, ok := Resolve(name); ok || got != "" {
			t.Errorf("Resolve(%.80q) = %q, %t, want nothing", name, got, ok)
		}
	}
}

// Whatever comes in, what comes out is a zone that resolves to itself.
func TestResolveIsStable(t *testing.T) {
	known := slices.Sorted(maps.Keys(spelling))
	known = append(known, slices.Sorted(maps.Keys(windowsDefault))...)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom(known),
			rapid.StringMatching(`\(?(UTC|GMT)?[+-][0-9]{1,2}([:.]?[0-9]{2})?\)?`),
			rapid.StringMatching(`/?[A-Za-z]{1,9}/[A-Za-z_]{1,9}( \([a-z]*\))?`),
		).Draw(t, "name")
		iana, ok := Resolve(name)
		if !ok {
			return
		}
		if again, ok := Resolve(iana); !ok || again != iana {
			t.Fatalf("%q is %q is %q, %t", name, iana, again, ok)
		}
		if _, err := Load(iana); err != nil {
			t.Fatal(err)
		}
	})
}

// A place stands for an offset only if it has had no other for long.
func TestSteady(t *testing.T) {
	for _, test := range []struct {
		name    string
		seconds int
		want    bool
	}{
		{"Asia/Kolkata", 19800, true},
		{"Asia/Kolkata", 18000, false},
		{"Asia/Tehran", 12600, false},
		{"America/St_Johns", -12600, false},
		{"No/Where", 19800, false},
	} {
		if got := steady(test.name, test.seconds); got != test.want {
			t.Errorf("steady(%s, %d) = %t", test.name, test.seconds, got)
		}
	}
}

// A renamed zone has the clocks of the old name, so that no event moves.
func TestRenamesKeepTheClocks(t *testing.T) {
	for old, now := range renamed {
		a, err := Load(old)
		if err != nil {
			continue // only the documentation of Graph has it
		}
		b, err := Load(now)
		if err != nil {
			t.Errorf("%s is to become %s: %v", old, now, err)
			continue
		}
		for at := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2040; at = at.Add(36 * time.Hour) {
			_, x := at.In(a).Zone()
			_, y := at.In(b).Zone()
			if x != y {
				t.Errorf("%s and %s differ on %s", old, now, at.Format(time.DateOnly))
				break
			}
		}
	}
}

func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"UTC+05:30", "/mozilla.org/1/Europe/Berlin", "(UTC-11:00) Coordinated Universal Time-11", "GMT Standard Time", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if iana, ok := Resolve(name); ok != (iana != "") || len(iana) > maxName {
			t.Errorf("Resolve(%q) = %q, %t", name, iana, ok)
		}
	})
}
