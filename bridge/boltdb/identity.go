package boltdb

import (
	"cmp"
	"fmt"

	"calbridge/bridge"
)

// identity is the name and the UID that an item got when it was first seen.
type identity struct {
	Name string `json:"n"`
	UID  string `json:"u"`
	Gen  uint32 `json:"g"` // the generation in which it was chosen
}

// identity returns what source got. One that was chosen for a generation that
// never came to be served does not count.
func (w *writer) identity(source bridge.SourceID) (identity, bool, error) {
	id, ok, err := get[identity](w.cal.Bucket(inNames), string(source))
	return id, ok && (id.Gen <= w.rec.Gen || id.Gen == w.round.Gen), err
}

// settle returns the identity of a series: the one it has, or a new one. It
// holds mapping rules R1.6 to R1.9: a UID once per calendar, never flipping.
func (w *writer) settle(s *bridge.Series) (identity, error) {
	id, known, err := w.identity(s.Source)
	if err != nil {
		return id, err
	}
	if known {
		id, known, err = w.reclaim(s.Source, id)
	}
	if err != nil || known {
		return id, err
	}
	return w.choose(s)
}

// reclaim lets source go on under the identity it has, unless another item got
// its UID while it was away.
func (w *writer) reclaim(source bridge.SourceID, id identity) (identity, bool, error) {
	holder := w.holder(id.UID)
	if holder == source {
		return id, true, nil
	}
	live, err := w.live(holder)
	if err == nil && live {
		entitled, err := w.entitled(source, id)
		if err != nil || !entitled {
			return id, false, err
		}
		if err := w.evict(holder, id); err != nil {
			return id, false, err
		}
	}
	return id, true, cmp.Or(err, w.hold(id.UID, source))
}

// choose gives a new item its claim as UID where nobody has it, and with it
// the name of an item that is gone: so a re-issued id changes no address.
func (w *writer) choose(s *bridge.Series) (identity, error) {
	id := identity{Name: bridge.ObjectName(s.Source), UID: s.Claim, Gen: w.round.Gen}
	holder := w.holder(id.UID)
	if holder != "" && holder != s.Source {
		live, err := w.live(holder)
		if err != nil {
			return id, err
		}
		if live {
			id.UID = bridge.SplitUID(s.Claim, s.Source)
		} else if err := w.inherit(holder, &id); err != nil {
			return id, err
		}
	}
	if err := w.freeName(s.Source, &id, ""); err != nil {
		return id, err
	}
	return id, cmp.Or(w.hold(id.UID, s.Source), put(w.cal.Bucket(inNames), string(s.Source), id))
}

// inherit passes on the name of an item that is gone. In a full round it may
// only not have come yet, so it keeps its entry until then.
func (w *writer) inherit(from bridge.SourceID, id *identity) error {
	old, known, err := w.identity(from)
	if err != nil || !known || old.UID != id.UID {
		return err
	}
	id.Name = old.Name
	if w.round.Full {
		return nil
	}
	return w.cal.Bucket(inNames).Delete(sourceKey(from))
}

// freeName makes sure that no other live item has the name, and that it is not
// the reserved one.
func (w *writer) freeName(source bridge.SourceID, id *identity, reserved string) error {
	for n := 1; ; n++ {
		r, err := w.row(w.gen, id.Name)
		if err != nil || (r == nil || r.Source == source) && id.Name != reserved {
			return err
		}
		id.Name = bridge.ObjectName(bridge.SourceID(fmt.Sprintf("%s#%d", source, n)))
	}
}

// evict takes the UID and name of id back from an item that inherited them
// earlier in this full round.
func (w *writer) evict(usurper bridge.SourceID, id identity) error {
	own, _, err := w.identity(usurper)
	if err != nil {
		return err
	}
	s, err := w.series(w.gen, own.Name)
	if err != nil {
		return err
	}
	if err := w.dropObject(own.Name); err != nil {
		return err
	}
	own.UID, own.Gen = bridge.SplitUID(s.Claim, usurper), w.round.Gen
	if own.Name == id.Name {
		own.Name = bridge.ObjectName(usurper)
	}
	if err := w.freeName(usurper, &own, id.Name); err != nil {
		return err
	}
	return cmp.Or(w.hold(own.UID, usurper), put(w.cal.Bucket(inNames), string(usurper), own), w.place(s, own))
}

// entitled reports whether source is being served under id: then nobody else
// may have it.
func (w *writer) entitled(source bridge.SourceID, id identity) (bool, error) {
	if !w.round.Full || w.rec.Gen == 0 {
		return false, nil
	}
	r, err := w.row(w.generation(w.rec.Gen), id.Name)
	return r != nil && r.Source == source, err
}

func (w *writer) holder(uid string) bridge.SourceID {
	return bridge.SourceID(w.cal.Bucket(inUIDs).Get([]byte(uid)))
}

func (w *writer) hold(uid string, source bridge.SourceID) error {
	return putChanged(w.cal.Bucket(inUIDs), []byte(uid), sourceKey(source))
}

// live reports whether source has an object in the round's generation.
func (w *writer) live(source bridge.SourceID) (bool, error) {
	if source == "" {
		return false, nil
	}
	id, known, err := w.identity(source)
	if err != nil || !known {
		return false, err
	}
	r, err := w.row(w.gen, id.Name)
	return r != nil && r.Source == source, err
}
