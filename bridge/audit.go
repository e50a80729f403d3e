package bridge

import "time"

// Audited is what it came to when a stretch of a calendar was compared,
// instance by instance, with its source's own expansion.
type Audited struct {
	From     time.Time `json:"from"` // of the stretch, inclusive
	To       time.Time `json:"to"`   // exclusive
	At       time.Time `json:"at"`   // when it was compared
	Checked  int       `json:"checked"`
	Differed int       `json:"differed"` // instances that still differ
	Mended   int       `json:"mended"`   // instances that reading their events again put right
}

// Audit sums up what is known of a calendar from comparing it. At is zero where
// it was never compared.
type Audit struct {
	Checked, Differed, Mended int
	At                        time.Time // of the latest comparison
}

// SumAudits sums up stretches that do not overlap.
func SumAudits(list []Audited) (sum Audit) {
	for _, a := range list {
		sum.Checked += a.Checked
		sum.Differed += a.Differed
		sum.Mended += a.Mended
		if a.At.After(sum.At) {
			sum.At = a.At
		}
	}
	return sum
}
