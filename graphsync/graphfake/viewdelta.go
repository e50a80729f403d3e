package graphfake

// viewItems makes what a round of calendarView/delta tells of a record: an
// event in the window whole, a series as its master followed by all of its
// instances there, whichever of them changed. Instances that are no longer
// there are not mentioned. What lies outside the window, or has left it, is told
// as removed, though it may well be there.
func (r *deltaRound) viewItems(rec *record) list {
	switch {
	case rec.gone:
		return r.viewGone(rec)
	case !rec.timed:
		return nil
	case rec.kind == masterEvent:
		return r.viewSeries(rec)
	case rec.master != nil:
		return r.viewException(rec)
	case rec.span.overlaps(r.token.start, r.token.end):
		return list{r.item(rec)}
	}
	return r.outside(rec)
}

func (r *deltaRound) viewSeries(rec *record) list {
	instances := rec.instances(nil, r.token.start, r.token.end)
	if len(instances) == 0 {
		return r.outside(rec)
	}
	byStart(instances)
	var items list
	if !r.habits.HideMasters {
		items = list{r.item(rec)}
	}
	for _, it := range instances {
		items = append(items, r.instanceItem(it))
	}
	return items
}

// viewException tells a changed instance whose series is not told anyway.
func (r *deltaRound) viewException(rec *record) list {
	if seq := rec.master.seq; seq > r.token.from && seq <= r.token.upto || !rec.span.overlaps(r.token.start, r.token.end) {
		return nil
	}
	return list{r.item(rec)}
}

// stubMembers are what is shown of an occurrence.
var stubMembers = map[string]bool{"seriesMasterId": true, "type": true, "start": true, "end": true}

func (r *deltaRound) instanceItem(it instance) object {
	v := *r.view
	if it.occurrence && !r.habits.FullOccurrences {
		v.sel = selection{names: stubMembers}
	}
	return append(object{{"@odata.type", "#microsoft.graph.event"}}, v.event(it)...)
}

// viewGone tells a removal. That of an instance is not told.
func (r *deltaRound) viewGone(rec *record) list {
	hidden := rec.revived && r.prefs.immutable || r.habits.QuietOutside && !rec.hull.overlaps(r.token.start, r.token.end)
	if r.token.from == 0 || rec.master != nil || hidden {
		return nil
	}
	if !r.habits.HideMasters || rec.series == nil {
		return list{r.item(rec)}
	}
	var items list
	for _, it := range rec.instances(nil, r.token.start, r.token.end) {
		items = append(items, r.removed(r.mb.instanceIDs(it).of(r.prefs.immutable)))
	}
	return items
}

// outside tells a changed event that is not in the window now.
func (r *deltaRound) outside(rec *record) list {
	if r.token.from == 0 || r.habits.QuietOutside && !rec.hull.overlaps(r.token.start, r.token.end) {
		return nil
	}
	return list{r.removed(r.mb.recordIDs(rec).of(r.prefs.immutable))}
}

// widen takes the time that the event takes now into its hull.
func (r *record) widen() {
	if !r.timed || r.gone {
		return
	}
	now := r.span
	if r.series != nil {
		now.end = max(now.end, r.series.at(r.series.final).end)
	}
	if r.hull != (span{}) {
		now.start, now.end = min(now.start, r.hull.start), max(now.end, r.hull.end)
	}
	r.hull = now
}
