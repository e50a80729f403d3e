package graphfake

// find resolves an event or instance id that came in a request for ids of one
// kind. The mailbox is locked by the caller.
func (m *Mailbox) find(id string, immutable bool) (instance, error) {
	if rec := m.byName[id]; rec != nil {
		return whole(rec), nil
	}
	r, ok := m.decode(id)
	if !ok {
		return instance{}, m.foreign(id, immutable)
	}
	if r.immutable != immutable && m.srv.habits().MixedIDs != MixAccepted {
		return instance{}, m.mixed()
	}
	if r.kind != refEvent && r.kind != refInstance {
		return instance{}, malformedID()
	}
	rec := m.byNumber[r.number]
	if rec == nil || !matches(r, rec) {
		return instance{}, itemNotFound()
	}
	if r.kind == refInstance {
		return rec.at(r.slot)
	}
	return whole(rec), nil
}

// matches tells whether a number is the right one for its kind of id: a
// classic id is good only in the folder that it was written for.
func matches(r ref, rec *record) bool {
	if r.immutable {
		return rec.key == r.number
	}
	return rec.serial == r.number && rec.cal.serial == r.folder
}

// foreign is the answer to an id that this mailbox did not write: one that
// has the right shape is not there, anything else is malformed.
func (m *Mailbox) foreign(id string, immutable bool) error {
	classic, fixed := looksClassic(id), looksImmutable(id)
	switch {
	case immutable && fixed, !immutable && classic:
		return itemNotFound()
	case classic || fixed:
		return m.mixed()
	}
	return malformedID()
}

func (m *Mailbox) mixed() error {
	if m.srv.habits().MixedIDs == MixMalformed {
		return malformedID()
	}
	return itemNotFound()
}

// at returns the instance of a master in a slot: the exception that stands
// there, else the occurrence. A cancelled one is not found.
func (r *record) at(slot day) (instance, error) {
	if r.series == nil {
		return instance{}, itemNotFound()
	}
	if e := r.series.exceptions[slot]; e != nil {
		return whole(e), nil
	}
	if r.series.cancelled[slot] || !r.series.isSlot(slot) {
		return instance{}, itemNotFound()
	}
	return instance{rec: r, occurrence: true, slot: slot, span: r.series.at(slot)}, nil
}
