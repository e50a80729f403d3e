package graphfake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LoadProblem is something in a folder of JSON files that was not taken.
type LoadProblem struct {
	File string // its name in the folder
	Err  error
}

// LoadDir reads every .json file of a folder into the mailbox, in the order of
// their names: an event, an array of events, or a page with "value". Events
// are added to the default calendar as AddRaw does. An object that looks like
// a calendar becomes one, with its id; the one that says isDefaultCalendar
// gives its id and name to the default calendar. Whatever else there is comes
// back as a problem, and the rest is read all the same; only a folder that
// cannot be listed is an error.
func (m *Mailbox) LoadDir(dir string) (events int, problems []LoadProblem, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, nil, fmt.Errorf("load mailbox: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() || !strings.EqualFold(filepath.Ext(e.Name()), ".json") {
			continue
		}
		n, errs := m.loadFile(filepath.Join(dir, e.Name()))
		events += n
		for _, err := range errs {
			problems = append(problems, LoadProblem{e.Name(), err})
		}
	}
	return events, problems, nil
}

func (m *Mailbox) loadFile(name string) (events int, errs []error) {
	text, err := readPlain(name)
	if err != nil {
		return 0, []error{err}
	}
	v, err := parseValue(text)
	if err != nil {
		return 0, []error{err}
	}
	for i, item := range itemsIn(v) {
		n, err := m.loadItem(item)
		events += n
		if err != nil {
			errs = append(errs, fmt.Errorf("item %d: %w", i, err))
		}
	}
	return events, errs
}

// maxLoad bounds a file, in octets.
const maxLoad = 256 << 20

// readPlain reads a file that has an end: no pipe, no device.
func readPlain(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a plain file")
	case info.Size() > maxLoad:
		return nil, fmt.Errorf("larger than %d MiB", maxLoad>>20)
	}
	return os.ReadFile(name)
}

// itemsIn returns the items of an array or a page, or the one object.
func itemsIn(v any) list {
	switch v := v.(type) {
	case list:
		return v
	case object:
		if items, ok := v.get("value"); ok {
			if l, ok := items.(list); ok {
				return l
			}
		}
	}
	return list{v}
}

// loadItem takes one object.
func (m *Mailbox) loadItem(v any) (events int, err error) {
	o, ok := v.(object)
	switch {
	case !ok:
		return 0, fmt.Errorf("not an object")
	case looksLikeEvent(o):
		m.mu.Lock()
		defer m.mu.Unlock()
		m.defaultCalendar().addRaw(o)
		return 1, nil
	case o.text("name") != "":
		m.loadCalendar(o)
		return 0, nil
	}
	return 0, fmt.Errorf("neither an event nor a calendar")
}

// eventMarks are members that only an event has.
var eventMarks = []string{"start", "end", "subject", "recurrence", "seriesMasterId", "iCalUId", "uid", "occurrenceId", "body", "isAllDay"}

func looksLikeEvent(o object) bool {
	return slices.ContainsFunc(o, func(m member) bool {
		return slices.ContainsFunc(eventMarks, func(mark string) bool { return strings.EqualFold(m.name, mark) })
	})
}

// loadCalendar makes a calendar of a recorded one, or brings the one with its
// id up to date.
func (m *Mailbox) loadCalendar(o object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.findCalendar(o.text("id"))
	isDefault, _ := o.get("isDefaultCalendar")
	if d := m.defaultCalendar(); isDefault == true && c != d {
		if c != nil {
			m.calendars = slices.DeleteFunc(m.calendars, func(other *Calendar) bool { return other == c })
		}
		c = d
	}
	if c == nil {
		c = m.newCalendar(CalendarInfo{})
		m.calendars = append(m.calendars, c)
	}
	c.name = o.text("id")
	c.info.Name = o.text("name")
	c.info.Color = orDefault(o.text("color"), c.info.Color)
	c.info.HexColor = o.text("hexColor")
	if canEdit, ok := o.get("canEdit"); ok {
		c.info.ReadOnly = canEdit == false
	}
	if owner := o.child("owner"); owner != nil && !c.isDefault {
		c.info.Owner = Person{owner.text("name"), owner.text("address")}
	}
}
