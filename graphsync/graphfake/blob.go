package graphfake

import (
	"encoding/binary"
	"time"
	"unicode/utf16"
)

// blobWriter writes an AppointmentRecurrencePattern (MS-OXOCAL 2.2.1.44.5),
// the value of PidLidAppointmentRecur.
type blobWriter struct{ b []byte }

func (w *blobWriter) short(v int) { w.b = binary.LittleEndian.AppendUint16(w.b, uint16(v)) }
func (w *blobWriter) long(v int)  { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(v)) }

// blobEpoch is 1601-01-01, from which the blob counts minutes of local time.
var blobEpoch = dayOf(1601, time.January, 1)

func blobMinutes(wall int64) int { return int((wall - blobEpoch.wall()) / 60) }

// never ending series end at this minute, says MS-OXOCAL.
const blobNever = 0x5AE980DF

// blob writes the series with its cancelled and changed instances.
func (s *series) blob() []byte {
	w := &blobWriter{}
	w.short(0x3004)
	w.short(0x3004)
	w.pattern(s)
	w.instances(s)
	w.long(blobMinutes(s.start.wall()))
	if s.kind == noEnd {
		w.long(blobNever)
	} else {
		w.long(blobMinutes(s.final.wall()))
	}
	w.long(0x3006)
	w.long(0x3009)
	w.long(int(s.opens / 60))
	w.long(int(s.closes / 60))
	w.exceptions(s)
	w.long(0)
	return w.b
}

func (w *blobWriter) pattern(s *series) {
	p := s.pattern
	frequency := []int{0x200A, 0x200B, 0x200C, 0x200C, 0x200D, 0x200D}[p.kind]
	form := []int{0, 1, 2, 3, 2, 3}[p.kind]
	w.short(frequency)
	w.short(form)
	w.short(0) // Gregorian
	w.long(s.firstDateTime())
	w.long(p.blobPeriod())
	w.long(0)
	switch form {
	case 1:
		w.long(int(p.days))
	case 2:
		w.long(p.dom)
	case 3:
		w.long(int(p.days))
		w.long(p.index + 1)
	}
	w.long([]int{0x2023, 0x2021, 0x2022}[s.kind])
	w.long(max(s.count, 10)) // ignored unless the series is counted
	w.long(int(p.first))
}

// blobPeriod is the interval in minutes, weeks or months.
func (p pattern) blobPeriod() int {
	switch p.kind {
	case daily:
		return p.interval * 24 * 60
	case absoluteYearly, relativeYearly:
		return p.interval * 12
	}
	return p.interval
}

// firstDateTime is the phase of the interval, counted from 1601.
func (s *series) firstDateTime() int {
	p := s.pattern
	switch p.kind {
	case daily:
		return blobMinutes(s.start.wall()) % p.blobPeriod()
	case weekly:
		return blobMinutes(p.weekOf(s.start).wall()) % (p.interval * 7 * 24 * 60)
	}
	year, month, _ := s.start.date()
	months := ((year-1601)*12 + int(month) - 1) % p.blobPeriod()
	return blobMinutes(dayOf(1601, time.Month(1+months), 1).wall())
}

// instances lists the deleted dates, changed ones with them, and the dates to
// which changed ones were moved.
func (w *blobWriter) instances(s *series) {
	deleted := map[day]bool{}
	for d := range s.cancelled {
		deleted[d] = true
	}
	moved := sortedDays(s.exceptions)
	for _, d := range moved {
		deleted[d] = true
	}
	w.long(len(deleted))
	for _, d := range sortedDays(deleted) {
		w.long(blobMinutes(d.wall()))
	}
	w.long(len(moved))
	for _, d := range moved {
		w.long(blobMinutes(s.exceptions[d].span.localDay(s.zone).wall()))
	}
}

// subjectFlag says in an ExceptionInfo that the subject differs.
const subjectFlag = 1

// exceptions writes ExceptionInfo and ExtendedException of each changed
// instance: its times and its subject.
func (w *blobWriter) exceptions(s *series) {
	moved := sortedDays(s.exceptions)
	w.short(len(moved))
	for _, d := range moved {
		e := s.exceptions[d]
		w.times(s, d, e)
		subject := cut(e.subject(), 255)
		w.short(subjectFlag)
		w.short(len(subject) + 1)
		w.short(len(subject))
		w.b = append(w.b, subject...)
	}
	w.long(0)
	for _, d := range moved {
		e := s.exceptions[d]
		w.long(4) // a change highlight of four bytes
		w.long(0)
		w.long(0)
		w.times(s, d, e)
		wide := utf16.Encode([]rune(cut(e.subject(), 255)))
		w.short(len(wide))
		for _, u := range wide {
			w.short(int(u))
		}
		w.long(0)
	}
}

func (w *blobWriter) times(s *series, slot day, e *record) {
	start, end := e.span.start, e.span.end
	if !e.span.allDay {
		start, end = toWall(start, s.zone), toWall(end, s.zone)
	}
	w.long(blobMinutes(start))
	w.long(blobMinutes(end))
	w.long(blobMinutes(slot.wall() + s.opens))
}
