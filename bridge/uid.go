package bridge

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"
)

// globalObjectID begins every Global Object Id that Exchange makes
// ([MS-OXOCAL] §2.2.1.27); the four bytes after it are an instance's date, zero
// on a master.
const globalObjectID = "040000008200E00074C5B7101A82E008"

// vCalUID marks, in the data of a Global Object Id, the UID of an invitation
// that came from another system ([MS-OXCICAL] §2.1.3.1.1.20.26).
var vCalUID = []byte("vCal-Uid\x01\x00\x00\x00")

// CleanUID returns the UID that all parts of a series share, from the iCalUId
// of its master or of any instance: the instance's date is taken out, and an
// invitation of another system gets that system's UID back. Where raw is empty
// the UID is made from the item's id.
func CleanUID(raw string, id SourceID) string {
	raw = printable(raw)
	switch {
	case raw == "":
		return madeUID(string(id))
	case len(raw) > maxUID:
		return madeUID(raw)
	case !isGlobalObjectID(raw):
		return raw
	}
	upper := strings.ToUpper(raw)
	if foreign, ok := foreignUID(upper); ok {
		return foreign
	}
	n := len(globalObjectID)
	return upper[:n] + "00000000" + upper[n+8:]
}

// maxUID bounds a UID in octets; RFC 7986 §5.3 asks for less than 255 of what
// one makes oneself.
const maxUID = 1000

func madeUID(from string) string {
	sum := sha256.Sum256([]byte(from))
	return hex.EncodeToString(sum[:16]) + "@bridge"
}

func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r <= 0x9f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// DatedUID reports whether raw is the UID of one instance of a series, not of
// its master: a Global Object Id that carries a date.
func DatedUID(raw string) bool {
	n := len(globalObjectID)
	return isGlobalObjectID(raw) && raw[n:n+8] != "00000000"
}

func isGlobalObjectID(raw string) bool {
	if len(raw) < len(globalObjectID)+8 || len(raw) > maxUID || len(raw)%2 != 0 || !strings.EqualFold(raw[:len(globalObjectID)], globalObjectID) {
		return false
	}
	_, err := hex.DecodeString(raw)
	return err == nil
}

func foreignUID(id string) (string, bool) {
	const head = 40 // class id, date, creation time, reserved, size
	data, err := hex.DecodeString(id)
	if err != nil || len(data) < head || !bytes.HasPrefix(data[head:], vCalUID) {
		return "", false
	}
	uid, _, _ := bytes.Cut(data[head+len(vCalUID):], []byte{0})
	text := printable(string(uid))
	return text, text != ""
}

// SplitUID returns the UID of an item whose claim another item of the calendar
// holds: RFC 4791 §4.1 allows a UID once per calendar.
func SplitUID(claim string, id SourceID) string {
	sum := sha256.Sum256([]byte(id))
	return claim + "-" + hex.EncodeToString(sum[:4])
}

// Rank orders the items that claim one UID; the least keeps it.
type Rank struct {
	Single    bool // after masters
	Cancelled bool
	Created   time.Time
	Source    SourceID
}

// RankOf returns the rank of s.
func RankOf(s *Series) Rank {
	return Rank{Single: !s.Recurs(), Cancelled: s.Master.Cancelled, Created: s.Master.Created, Source: s.Source}
}

// Before reports whether r keeps a UID against o.
func (r Rank) Before(o Rank) bool {
	switch {
	case r.Single != o.Single:
		return !r.Single
	case r.Cancelled != o.Cancelled:
		return !r.Cancelled
	case !r.Created.Equal(o.Created):
		return r.Created.Before(o.Created)
	}
	return r.Source < o.Source
}

// ObjectName returns the resource name of an item that has none yet.
func ObjectName(id SourceID) string {
	sum := sha256.Sum256([]byte(id))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}
