package graphsync_test

import (
	"regexp"
	"strings"
	"testing"

	"calbridge/graphsync/graphfake"
)

// text returns the unfolded text of the object whose SUMMARY is subject.
func (r *rig) text(subject string) string {
	r.t.Helper()
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		if text := strings.ReplaceAll(string(obj.Body), "\r\n ", ""); strings.Contains(text, "\r\nSUMMARY:"+subject+"\r\n") {
			return text
		}
	}
	r.t.Fatalf("%s is not served", subject)
	return ""
}

// wantText checks lines of an object, with ! for a line that must not be there.
func (r *rig) wantText(subject string, want ...string) {
	r.t.Helper()
	text := r.text(subject)
	for _, line := range want {
		if bad, isAbsent := strings.CutPrefix(line, "!"); isAbsent && strings.Contains(text, "\r\n"+bad) {
			r.t.Errorf("%s: unwanted %s\n%s", subject, bad, text)
		} else if !isAbsent && !strings.Contains(text, "\r\n"+line+"\r\n") {
			r.t.Errorf("%s: no line %s\n%s", subject, line, text)
		}
	}
}

// TestCategoryColors: §5.2, COLOR is that of the first category that has one.
func TestCategoryColors(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.add("planned", 3, func(e *graphfake.Event) { e.Categories = []string{"Unknown", "Focus", "Team"} })
	r.add("plain", 4, nil)
	r.sync()
	r.wantText("planned", "CATEGORIES:Unknown,Focus,Team", "COLOR:orange")
	r.wantText("plain", "!COLOR", "!CATEGORIES")
}

// TestCategoriesNotAllowed: without the right to read them there are no
// colours, and nothing else is missing.
func TestCategoriesNotAllowed(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.add("planned", 3, func(e *graphfake.Event) { e.Categories = []string{"Team"} })
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/masterCategories"), Times: -1, Status: 403, Body: `{"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}`})
	r.sync()
	r.wantText("planned", "CATEGORIES:Team", "!COLOR")
}
