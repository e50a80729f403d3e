package boltdb

import (
	"cmp"
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// settleDuplicates decides, at the end of a full round, who keeps a UID that
// several new items claim (mapping R1.8): only now are all of them known. An
// item that is being served under it keeps it whatever its rank.
func (s *Store) settleDuplicates(ctx context.Context, r bridge.Round) error {
	var from []byte
	for more := true; more; {
		err := s.update(ctx, func(tx *bolt.Tx) error {
			w, err := s.writer(tx, r)
			if err != nil {
				return err
			}
			from, err = w.settleSome(from)
			more = from != nil
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settleSome looks at up to step claims from key on and returns the key to go
// on from, nil at the end.
func (w *writer) settleSome(from []byte) (next []byte, err error) {
	var groups [][]bridge.SourceID
	c := w.gen.Bucket(inClaims).Cursor()
	last, group := "", []bridge.SourceID(nil)
	seen := 0
	for k, _ := c.Seek(from); k != nil; k, _ = c.Next() {
		claim, source := splitClaim(k)
		if claim != last {
			if seen >= step {
				next = clone(k)
				break
			}
			last, group = claim, nil
		}
		seen++
		if group = append(group, source); len(group) == 2 {
			groups = append(groups, group)
		} else if len(group) > 2 {
			groups[len(groups)-1] = group
		}
	}
	for _, g := range groups {
		if err := w.settleGroup(g); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (w *writer) settleGroup(sources []bridge.SourceID) error {
	var best *bridge.Series
	var claim string
	for _, source := range sources {
		id, _, err := w.identity(source)
		if err != nil {
			return err
		}
		if id.Gen != w.round.Gen && w.holder(id.UID) == source {
			s, err := w.series(w.gen, id.Name)
			if err != nil || s.Claim == id.UID {
				return err // served under the claim already
			}
			continue
		}
		s, err := w.series(w.gen, id.Name)
		if err != nil {
			return err
		}
		claim = s.Claim
		if best == nil || bridge.RankOf(s).Before(bridge.RankOf(best)) {
			best = s
		}
	}
	if best == nil || w.holder(claim) == best.Source {
		return nil
	}
	return w.trade(claim, best)
}

// trade gives the claim to winner and its holder the split form.
func (w *writer) trade(claim string, winner *bridge.Series) error {
	holder := w.holder(claim)
	lost, _, err := w.identity(holder)
	if err != nil {
		return err
	}
	loser, err := w.series(w.gen, lost.Name)
	if err != nil {
		return err
	}
	won, _, err := w.identity(winner.Source)
	if err != nil {
		return err
	}
	lost.UID, won.UID = bridge.SplitUID(claim, holder), claim
	for _, x := range []struct {
		id identity
		s  *bridge.Series
	}{{lost, loser}, {won, winner}} {
		err = cmp.Or(err, w.hold(x.id.UID, x.s.Source),
			put(w.cal.Bucket(inNames), string(x.s.Source), x.id), w.place(x.s, x.id))
	}
	return err
}
