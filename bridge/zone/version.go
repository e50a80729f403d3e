package zone

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
)

// zoneinfo is where the time package looks on Unix, in its order.
var zoneinfo = []string{
	"/usr/share/zoneinfo",
	"/usr/share/lib/zoneinfo",
	"/usr/lib/locale/TZ",
	"/etc/zoneinfo",
}

const unknownRelease = "unknown"

// releases is what Version tells until Reload finds something else.
var releases struct {
	sync.Mutex
	host, embedded string
	read           bool
}

// readRelease looks at the machine's zone data. The time package reads ZONEINFO by
// itself, so there is no configuration to take this from.
func readRelease() string { return hostRelease(os.Getenv("ZONEINFO"), zoneinfo) }

// Version returns the releases of the IANA database in use, such as "2026f":
// that of the machine, which comes first, and that inside the program.
//
// host is "" on a machine without zoneinfo, and "unknown" if it does not tell
// its release; where it tells only how recent its leap seconds are, that date
// is added, which a release is never older than. embedded is the Go release
// ("go1.27.1") when the program was built with another one than the table was
// generated with. Version reads the files once and may be called concurrently.
func Version() (host, embedded string) {
	releases.Lock()
	defer releases.Unlock()
	if !releases.read {
		releases.host, releases.embedded, releases.read = readRelease(), embeddedRelease(runtime.Version()), true
	}
	return releases.host, releases.embedded
}

// InUse returns the release whose rules [Load] and [VTimezone] give.
func InUse() string {
	host, embedded := Version()
	return cmp.Or(host, embedded)
}

// Reload looks whether the machine's zone data have been updated. If so, it
// forgets all that was read of the old ones and reports true. What was rendered
// before is then out of date.
func Reload() (changed bool) {
	was, _ := Version()
	now := readRelease()
	if now == was {
		return false
	}
	releases.Lock()
	releases.host = now
	releases.Unlock()
	forget()
	return true
}

// forget empties what is kept of zones.
func forget() {
	locations.Lock()
	locations.byName = nil
	locations.Unlock()
	known.Lock()
	known.changes = nil
	known.Unlock()
	rendered.Lock()
	rendered.text = nil
	rendered.Unlock()
}

// hostRelease describes the first source that exists.
func hostRelease(override string, dirs []string) string {
	if override != "" {
		dirs = append([]string{override}, dirs...)
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			continue
		case info.IsDir():
			return releaseIn(dir)
		default: // a zip file, as ZONEINFO may name, has no release in it
			return unknownRelease
		}
	}
	return ""
}

// Files that tell the release, the best first.
var releaseFiles = []struct {
	name   string
	form   *regexp.Regexp
	prefix string
}{
	{"tzdata.zi", regexp.MustCompile(`^# version ([0-9]{4}[a-z]{1,2}[-+.0-9A-Za-z]{0,16})\n`), ""},
	{"+VERSION", regexp.MustCompile(`^([0-9]{4}[a-z]{1,2})\s*$`), ""},
	{"leapseconds", regexp.MustCompile(`\n#updated [0-9]+ \(([0-9]{4}-[0-9]{2}-[0-9]{2}) `), unknownRelease + ", leap seconds of "},
}

func releaseIn(dir string) string {
	for _, file := range releaseFiles {
		if m := file.form.FindSubmatch(head(filepath.Join(dir, file.name))); m != nil {
			return file.prefix + string(bytes.TrimSpace(m[1]))
		}
	}
	return unknownRelease
}

// head returns the beginning of a file, nothing if it cannot be read.
func head(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 16<<10))
	if err != nil {
		return nil
	}
	return b
}

// embeddedRelease trusts the generated number only for the very Go release it
// was read from: a point release may bring newer zones.
func embeddedRelease(goVersion string) string {
	if goVersion == generatedWith {
		return generatedRelease
	}
	return goVersion
}
