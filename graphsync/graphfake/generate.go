package graphfake

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Generate adds n plausible events to the calendar, a fifth of them series,
// spread from two years before the server's clock to one year after it. The
// same n, seed and clock make the same events.
func (c *Calendar) Generate(n int, seed uint64) {
	m := c.mb
	m.mu.Lock()
	defer m.mu.Unlock()
	g := &generator{cal: c, dice: rand.New(rand.NewPCG(seed, uint64(n))), pool: newPool(seed), today: dayAt(m.now() / 1e6)}
	records := make([]record, n)
	for i := range records {
		g.fill(&records[i], i%5 == 4)
	}
}

// generator makes events. Values that many events share are made once.
type generator struct {
	cal   *Calendar
	dice  *rand.Rand
	pool  *pool
	today day
}

// pool holds the values that generated events are put together from.
type pool struct {
	subjects, bodies, locations, places, categories, attendees, busy []any
}

var (
	generatedTopics = []string{"Budget", "Roadmap", "Onboarding", "Website", "Customer", "Warehouse", "Design", "Hiring", "Safety", "Release", "Training", "Partner", "Quality", "Support", "Marketing", "Energy"}
	generatedKinds  = []string{"review", "planning", "catch-up", "workshop", "demo", "interview", "call", "lunch", "retrospective", "briefing", "walk-through", "check-in"}
	generatedRooms  = []string{"Room Amber", "Room Birch", "Room Cedar", "Room Dahlia", "Canteen", "Main hall", "Workshop 2", "Harbour office", "Online", "Reception"}
	generatedPeople = []string{"Ben Okafor", "Clara Nowak", "David Lund", "Elena Petrova", "Farid Haddad", "Grace Kim", "Hugo Marchetti", "Ines Duarte"}
	generatedLabels = []string{"Customers", "Focus", "Travel", "Family", "Team"}
)

func newPool(seed uint64) *pool {
	p := &pool{}
	for _, topic := range generatedTopics {
		for _, kind := range generatedKinds {
			p.subjects = append(p.subjects, topic+" "+kind)
		}
		p.bodies = append(p.bodies, any(storedBody(object{{"contentType", "text"},
			{"content", "Agenda\n1. Where the " + topic + " work stands\n2. What is in the way\n3. Who does what until next time"}})))
	}
	for _, room := range generatedRooms {
		loc := object{{"displayName", room}, {"locationType", "default"}, {"uniqueId", room}, {"uniqueIdType", "private"}}
		p.locations, p.places = append(p.locations, any(loc)), append(p.places, any(list{loc}))
	}
	for _, label := range generatedLabels {
		p.categories = append(p.categories, any(list{label}))
	}
	for i := range generatedPeople {
		var people []Person
		for j := range 1 + (i+int(seed%3))%3 {
			who := generatedPeople[(i+j)%len(generatedPeople)]
			people = append(people, Person{who, fmt.Sprintf("person%d@contoso.example", (i+j)%len(generatedPeople))})
		}
		p.attendees = append(p.attendees, any(invited(people)))
	}
	for _, state := range []string{"free", "tentative", "oof", "workingElsewhere"} {
		p.busy = append(p.busy, any(state))
	}
	return p
}

func pick(dice *rand.Rand, values []any) any { return values[dice.IntN(len(values))] }

// chance is true in one of n cases.
func (g *generator) chance(n int) bool { return g.dice.IntN(n) == 0 }

// fill makes one event and puts it into the calendar.
func (g *generator) fill(rec *record, repeats bool) {
	m := g.cal.mb
	g.members(rec)
	on := g.today - 730 + day(g.dice.IntN(3*365))
	g.time(rec, on)
	now := m.now()
	age := int64(g.dice.IntN(400*24*60)) * 60e6
	rec.cal, rec.timed, rec.created, rec.modified = g.cal, true, now-age, now-age/2
	rec.startLabel, rec.endLabel = m.info.TimeZone, m.info.TimeZone
	m.register(rec)
	if repeats {
		g.series(rec)
	}
	g.cal.insert(rec)
}

func (g *generator) members(rec *record) {
	bag := make(object, 0, 6)
	bag = append(bag, member{"subject", pick(g.dice, g.pool.subjects)})
	if g.chance(2) {
		bag = append(bag, member{"body", pick(g.dice, g.pool.bodies)})
	}
	if g.chance(2) {
		i := g.dice.IntN(len(g.pool.locations))
		bag = append(bag, member{"location", g.pool.locations[i]}, member{"locations", g.pool.places[i]})
	}
	if g.chance(3) {
		bag = append(bag, member{"attendees", pick(g.dice, g.pool.attendees)})
	}
	if g.chance(4) {
		bag = append(bag, member{"categories", pick(g.dice, g.pool.categories)})
	}
	if g.chance(5) {
		bag = append(bag, member{"showAs", pick(g.dice, g.pool.busy)})
	}
	rec.bag = bag
}

// time puts the event on a day: one in ten all day long, the others on a
// quarter hour of the working day.
func (g *generator) time(rec *record, on day) {
	if g.chance(10) {
		length := day(1 + g.dice.IntN(4)/3*3)
		rec.span = span{on.wall(), (on + length).wall(), true}
		return
	}
	start := toInstant(on.wall()+int64(7*4+g.dice.IntN(11*4))*900, g.cal.mb.zone)
	rec.span = span{start: start, end: start + int64(1+g.dice.IntN(6))*900}
}

// series makes the event a series of any type; some have a cancelled and a
// changed instance.
func (g *generator) series(rec *record) {
	zone := g.cal.mb.zone
	first := rec.span.localDay(zone)
	_, month, dom := first.date()
	p := pattern{kind: patternKind(g.dice.IntN(6)), interval: 1 + g.dice.IntN(5)/4, dom: dom, month: month, first: time.Monday}
	p.days = 1 << first.weekday()
	p.index = min((dom-1)/7, lastWeek)
	if p.kind == weekly && g.chance(3) {
		p.days |= 1 << ((first.weekday() + 2) % 7)
	}
	r := recurrence{pattern: p, kind: rangeKind(g.dice.IntN(3)), start: first, label: rec.startLabel}
	switch r.kind {
	case counted:
		r.count = 2 + g.dice.IntN(50)
	case untilDay:
		r.end = first + 30 + day(g.dice.IntN(700))
	}
	rec.kind, rec.series = masterEvent, newSeries(r, rec.span.clock(zone))
	if g.chance(4) {
		g.disturb(rec)
	}
}

func (g *generator) disturb(master *record) {
	s := master.series
	gone, ok := s.next(s.start, +1)
	if !ok {
		return
	}
	s.cancel(gone)
	slot, ok := s.next(gone, +1)
	if !ok {
		return
	}
	moved := s.at(slot)
	if !moved.allDay {
		moved.start, moved.end = moved.start+1800, moved.end+1800
	}
	s.except(slot, &record{
		cal: g.cal, kind: exceptionEvent, master: master, slot: slot, timed: true, span: moved, version: master.version,
		created: master.created, modified: master.modified, startLabel: master.startLabel, endLabel: master.endLabel,
	})
}
