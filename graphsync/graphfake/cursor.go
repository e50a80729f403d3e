package graphfake

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
)

// cursors are the delta cursors of a mailbox. Of each only the highest
// generation is kept: all else travels in the links.
type cursors struct {
	mu      sync.Mutex
	latest  uint64            // number of the newest cursor
	highest map[uint64]uint64 // generation by cursor
}

// begin makes a cursor, whose first link will be of generation 1.
func (c *cursors) begin() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.highest == nil {
		c.highest = map[uint64]uint64{}
	}
	c.latest++
	c.highest[c.latest] = 0
	return c.latest
}

// advance follows a link of a generation. It returns the generation of the
// next link, or the highest one if the link is too old: keep generations are
// honoured. Following one link twice leads to the same generation, so a
// client that retries does not kill its own link.
func (c *cursors) advance(id, generation uint64, keep int) (next, highest uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	highest, known := c.highest[id]
	if !known || keep > 0 && generation+uint64(keep) <= highest {
		return 0, highest, false
	}
	next = generation + 1
	c.highest[id] = max(highest, next)
	return next, highest, true
}

// expire forgets all cursors.
func (c *cursors) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.highest)
}

// cursorToken is what a delta link holds: the round that it belongs to and how
// far that went. Headers are not in it.
type cursorToken struct {
	cursor     uint64
	generation uint64
	calendar   uint64 // its key
	from       uint64 // journal position at which the round began, 0 in the first
	at         uint64 // position behind the last item
	upto       uint64 // position at which the round ends
	inRound    bool   // a $skiptoken; else a $deltatoken
	bounded    bool   // startDateTime was given
	start      int64  // the bound
	view       bool   // of calendarView/delta; start and end are its window
	end        int64
	split      uint64 // journal position of a series of which a part was told
	sub        uint64 // how many of its items were
	sel        string // $select, "" without
}

// Every token begins alike and ends with a nonce and a check sum.
var tokenHead = []byte{0x47, 0x4b, 0xac}

const tokenTail = 4 + 8

// seal writes a token. No two are the same text.
func (b *badge) seal(t cursorToken) string {
	out := append([]byte(nil), tokenHead...)
	for _, n := range []uint64{t.cursor, t.generation, t.calendar, t.from, t.at, t.upto, bit(t.inRound), bit(t.bounded), uint64(t.start),
		bit(t.view), uint64(t.end), t.split, t.sub} {
		out = binary.AppendUvarint(out, n)
	}
	out = binary.AppendUvarint(out, uint64(len(t.sel)))
	out = append(out, t.sel...)
	var nonce [4]byte
	rand.Read(nonce[:]) // never fails, says its documentation
	out = append(out, nonce[:]...)
	return base64.RawURLEncoding.EncodeToString(append(out, b.sum(out)...))
}

// open reads a token that seal wrote.
func (b *badge) open(text string) (cursorToken, bool) {
	var t cursorToken
	in, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(in) < len(tokenHead)+tokenTail {
		return t, false
	}
	signed := in[:len(in)-8]
	if !hmac.Equal(b.sum(signed), in[len(in)-8:]) {
		return t, false
	}
	in = signed[len(tokenHead) : len(signed)-4]
	var n [14]uint64
	for i := range n {
		v, size := binary.Uvarint(in)
		if size <= 0 {
			return t, false
		}
		n[i], in = v, in[size:]
	}
	return cursorToken{
		cursor: n[0], generation: n[1], calendar: n[2], from: n[3], at: n[4], upto: n[5],
		inRound: n[6] == 1, bounded: n[7] == 1, start: int64(n[8]),
		view: n[9] == 1, end: int64(n[10]), split: n[11], sub: n[12], sel: string(in),
	}, true
}

func (b *badge) sum(text []byte) []byte {
	mac := hmac.New(sha256.New, b.store[:])
	mac.Write(text)
	return mac.Sum(nil)[:8]
}

func bit(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}
