package graphfake

import "time"

// work adds the series that carry the week.
func (s *sower) work() {
	year, _, _ := s.monday.date()
	standup := s.meet("Team stand-up", -70, "09:15", 15)
	standup.Location, standup.Categories = "Room Amber", []string{"Team"}
	standup.Body = "Three minutes each: yesterday, today, what is in the way."
	standup.Repeat = &Repeat{Type: "weekly", FirstDay: time.Monday,
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}}
	id := s.add(s.own, standup)
	moved := s.moved(s.monday+2, "11:00", 30)
	moved.set("subject", "Team stand-up, with the new colleagues")
	s.change(id, s.monday+2, moved)
	s.cancel(id, s.monday+4)
	s.cancel(id, s.monday-4)

	oneToOne := s.meet("1:1 with Ben", -34, "14:00", 45)
	oneToOne.Attendees = []Person{seedBen}
	oneToOne.Repeat = &Repeat{Type: "weekly", FirstDay: time.Monday}
	id = s.add(s.own, oneToOne)
	s.change(id, s.monday+1, s.moved(s.monday+3, "10:00", 45))

	closing := Event{Subject: "Close the books", Start: s.on(lastWorkday(year-1, time.December), "16:00"), Categories: []string{"Focus"},
		Repeat: &Repeat{Type: "relativeMonthly", Index: "last", Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}}}
	s.add(s.own, closing)

	invoices := Event{Subject: "Send the invoices", Start: s.on(dayOf(year, time.January, 31), "10:30"),
		Repeat: &Repeat{Type: "absoluteMonthly", DayOfMonth: 31}}
	invoices.End = invoices.Start.Add(30 * time.Minute)
	s.add(s.own, invoices)

	seattle := s.meet("Call with Seattle", -84, "17:00", 60)
	seattle.TimeZone = "Pacific Standard Time"
	seattle.Repeat = &Repeat{Type: "weekly", Interval: 2}
	seattle.Body = "Held at a fixed time in Seattle: here it moves when only one side has changed its clocks."
	s.add(s.own, seattle)

	review := s.meet("Quarterly review", 3, "15:00", 90)
	review.Location, review.Repeat = "Main hall", &Repeat{Type: "absoluteMonthly", Interval: 3, DayOfMonth: domOf(s.monday + 3), Count: 8}
	s.add(s.own, review)
}

func domOf(d day) int {
	_, _, dom := d.date()
	return dom
}

// lastWorkday returns the last day from Monday to Friday of a month.
func lastWorkday(year int, month time.Month) day {
	d := dayOf(year, month, monthLength(year, month))
	for d.weekday() == time.Saturday || d.weekday() == time.Sunday {
		d--
	}
	return d
}

const agendaHTML = `<html><head><style>td{padding:4px 12px}</style></head><body>
<p>Dear all,</p>
<p>this is the plan for <b>Project Aurora</b>. Please read the <a href="https://aurora.contoso.example/brief?version=7&amp;lang=en">brief</a> first.</p>
<table><tr><td>10 min</td><td>Where we stand</td></tr><tr><td>25 min</td><td>Prototype, with questions</td></tr><tr><td>15 min</td><td>Risks &amp; costs</td></tr></table>
<ul><li>Bring the figures of last week</li><li>Say in time if you join from home</li></ul>
<p>Thank you &ndash; Anna</p><p>&nbsp;</p></body></html>`

// meetings adds what other people have a part in.
func (s *sower) meetings() {
	aurora := s.meet("Project Aurora: weekly sync", 1, "10:00", 60)
	aurora.Body, aurora.Categories, aurora.Location = agendaHTML, []string{"Customers"}, "Microsoft Teams Meeting"
	aurora.Extra = `{"isOnlineMeeting":true,"importance":"high","reminderMinutesBeforeStart":5,"attendees":[
	 {"type":"required","status":{"response":"accepted","time":"2026-01-02T08:11:25.1471533Z"},"emailAddress":{"name":"Ben Okafor","address":"ben@contoso.example"}},
	 {"type":"required","status":{"response":"tentativelyAccepted","time":"2026-01-02T09:40:02.8120001Z"},"emailAddress":{"name":"Clara Nowak","address":"clara@contoso.example"}},
	 {"type":"optional","status":{"response":"declined","time":"2026-01-03T07:02:44.0000000Z"},"emailAddress":{"name":"David Lund","address":"david@fabrikam.example.org"}},
	 {"type":"resource","status":{"response":"accepted","time":"2026-01-02T08:00:01.0000000Z"},"emailAddress":{"name":"Room Birch","address":"birch@contoso.example"}}]}`
	s.add(s.own, aurora)

	workshop := s.meet("Pricing workshop", 2, "13:00", 150)
	workshop.Location, workshop.Categories = "Fabrikam, Harbour Street 12", []string{"Customers", "Travel"}
	workshop.Attendees = []Person{seedClara, seedDavid}
	workshop.Extra = `{"isOrganizer":false,"showAs":"tentative","organizer":{"emailAddress":{"name":"David Lund","address":"david@fabrikam.example.org"}},
	 "responseStatus":{"response":"tentativelyAccepted","time":"2026-01-04T15:20:11.0000000Z"}}`
	s.add(s.own, workshop)

	called := s.meet("Canceled: Supplier visit", 3, "11:30", 60)
	called.Extra = `{"isOrganizer":false,"isCancelled":true,"showAs":"free","isReminderOn":false,
	 "organizer":{"emailAddress":{"name":"Clara Nowak","address":"clara@contoso.example"}},
	 "responseStatus":{"response":"accepted","time":"2026-01-04T10:00:00.0000000Z"}}`
	s.add(s.own, called)

	budget := s.meet("Budget for next year?", 4, "14:00", 60)
	budget.Extra = `{"showAs":"tentative","importance":"low","reminderMinutesBeforeStart":60}`
	s.add(s.own, budget)

	focus := s.meet("Write the proposal", 0, "13:00", 120)
	focus.Categories, focus.Extra = []string{"Focus"}, `{"isReminderOn":false}`
	s.add(s.own, focus)

	launch := s.meet("🎉 Launch party 🚀", 4, "17:30", 210)
	launch.Location, launch.Categories = "Roof terrace", []string{"Team"}
	launch.Body = "We made it! Music by the Loading Bars, food from the Lebanese place around the corner.\n\n" +
		"Bring somebody along if you like; children are welcome until eight. If it rains we stay in the canteen, " +
		"which the people from the second floor have decorated. Speeches are limited to two minutes, by order of the whole team.\n\n" +
		"Umlauts for the record: Grüße an alle, café, naïve, Łódź, 東京, שלום."
	s.add(s.own, launch)

	odd := s.meet("Visit from the old office", 3, "16:45", 45)
	odd.Extra = `{"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom"}`
	s.add(s.own, odd)
}

// travel adds days away and a flight whose ends are in two zones.
func (s *sower) travel() {
	home := s.days("Working from home", s.monday, 1)
	home.Extra = `{"showAs":"workingElsewhere","isReminderOn":false}`
	s.add(s.own, home)

	fair := s.days("Trade fair in Cologne", s.monday+2, 3)
	fair.Location, fair.Categories, fair.Extra = "Koelnmesse, Hall 7", []string{"Travel"}, `{"showAs":"busy"}`
	s.add(s.own, fair)

	flight := Event{Subject: "Flight BER to JFK", Start: s.at(8, "10:25"), End: s.at(8, "19:40"), EndZone: "Eastern Standard Time",
		Location: "Berlin Brandenburg Airport", Categories: []string{"Travel"}, Extra: `{"showAs":"oof","reminderMinutesBeforeStart":180}`}
	s.add(s.own, flight)

	holiday := s.days("Holiday", s.monday+21, 12)
	holiday.Extra = `{"showAs":"oof","reminderMinutesBeforeStart":1080}`
	s.add(s.own, holiday)
}

// private adds the calendar at home.
func (s *sower) private() {
	year, _, _ := s.monday.date()
	doctor := s.meet("Dr. Weiss", 2, "08:00", 30)
	doctor.Extra = `{"sensitivity":"private","showAs":"oof"}`
	s.add(s.own, doctor)

	yoga := Event{Subject: "Yoga 🧘", Start: s.on(firstWeekday(dayOf(year, time.January, 2), time.Thursday), "18:30"),
		Location: "Studio Linden", Repeat: &Repeat{Type: "weekly", FirstDay: time.Monday}}
	s.add(s.home, yoga)

	choir := s.meet("Choir", 1-42, "19:45", 105)
	choir.Location = "St. Mary's, side entrance"
	choir.Repeat = &Repeat{Type: "weekly", FirstDay: time.Monday, Until: s.at(120, "12:00")}
	id := s.add(s.home, choir)
	s.cancel(id, s.monday+8)

	school := s.meet("Parents' evening", 0, "19:00", 90)
	school.Categories = []string{"Family"}
	s.add(s.home, school)

	paper := s.days("Paper bin", s.monday+1, 1)
	paper.Repeat, paper.Extra = &Repeat{Type: "weekly", Interval: 2, FirstDay: time.Monday}, `{"showAs":"free","reminderMinutesBeforeStart":300}`
	s.add(s.home, paper)

	market := s.meet("Farmers' market", 5, "09:30", 75)
	market.Repeat = &Repeat{Type: "relativeMonthly", Index: indexOf(s.monday + 5), Days: []time.Weekday{time.Saturday}}
	s.add(s.home, market)
	s.add(s.home, s.meet("Brunch at Clara's", 6, "11:00", 180))
}

// indexOf names which such weekday of its month a day is.
func indexOf(d day) string { return weekIndexes[min((domOf(d)-1)/7, lastWeek)] }

// others adds the calendars that Anna cannot write to.
func (s *sower) others() {
	year, _, _ := s.monday.date()
	visit := s.meet("Customer visit", 1, "13:00", 120)
	visit.Location = "Fabrikam, Harbour Street 12"
	s.add(s.ben, visit)
	design := s.meet("Design review", 0-28, "11:00", 60)
	design.Repeat = &Repeat{Type: "weekly", FirstDay: time.Monday, Days: []time.Weekday{time.Monday, time.Thursday}}
	s.add(s.ben, design)
	dentist := s.meet("Dentist", 2, "15:30", 45)
	dentist.Extra = `{"sensitivity":"private"}`
	s.add(s.ben, dentist)
	away := s.days("Ben is away", s.monday+4, 1)
	away.Extra = `{"showAs":"oof"}`
	s.add(s.ben, away)

	yearly := func(c *Calendar, subject string, first day) {
		e := s.days(subject, first, 1)
		e.Repeat, e.Extra = &Repeat{Type: "absoluteYearly"}, `{"showAs":"free","isReminderOn":false}`
		s.add(c, e)
	}
	_, month, dom := (s.monday + 3).date()
	yearly(s.birthdays, "Clara's birthday", dayOf(1988, month, dom))
	yearly(s.birthdays, "Ben's birthday", dayOf(1992, time.February, 29))
	yearly(s.birthdays, "Elena's birthday", dayOf(2001, time.July, 14))
	for _, h := range []struct {
		name  string
		month time.Month
		dom   int
	}{
		{"New Year's Day", time.January, 1}, {"Labour Day", time.May, 1}, {"Day of German Unity", time.October, 3},
		{"Christmas Day", time.December, 25}, {"Second Day of Christmas", time.December, 26},
	} {
		for y := year - 1; y <= year+2; y++ {
			e := s.days(h.name, dayOf(y, h.month, h.dom), 1)
			e.Extra = `{"showAs":"free","isReminderOn":false}`
			s.add(s.holidays, e)
		}
	}
}
