package bridge

import (
	"fmt"
	"strconv"
	"strings"
)

// Seq numbers the changes of one calendar's history, from 1 on.
type Seq uint64

// Point is a moment in a calendar's journal. History changes when sequence
// numbers may have been used for something else, as after a restore.
type Point struct {
	History string
	Seq     Seq
}

// String returns the form that [ParsePoint] reads.
func (p Point) String() string { return fmt.Sprintf("%s-%d", p.History, p.Seq) }

// ParsePoint reads what String wrote.
func ParsePoint(s string) (Point, error) {
	history, digits, ok := strings.Cut(s, "-")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || history == "" {
		return Point{}, fmt.Errorf("not a sync token: %q", Excerpt(s))
	}
	return Point{History: history, Seq: Seq(seq)}, nil
}

// Changed is a name that changed: its row as it is now, and the number of its
// latest change.
type Changed struct {
	Row Row
	Seq Seq
}
