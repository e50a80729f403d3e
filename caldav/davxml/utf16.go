package davxml

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// fromUTF16 returns in UTF-8 what begins with the mark of UTF-16, which
// everything that reads XML has to understand (RFC 4918 §19, XML 1.0 §4.3.3).
func fromUTF16(b []byte) (text []byte, ok bool) {
	var order binary.ByteOrder
	switch {
	case len(b)%2 != 0:
		return nil, false
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		order = binary.BigEndian
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		order = binary.LittleEndian
	default:
		return nil, false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	for _, r := range utf16.Decode(units) {
		text = utf8.AppendRune(text, r)
	}
	return text, true
}
