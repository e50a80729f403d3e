package vault

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// encoding spells 128 bits in 26 letters and digits that are hard to misread.
var encoding = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz023456789").WithPadding(base32.NoPadding)

// NewSecret returns 128 random bits as text without separators, fit for an
// address.
func NewSecret() string {
	var b [16]byte
	rand.Read(b[:])
	return encoding.EncodeToString(b[:])
}

// NewPassword returns 128 random bits in groups that a person can type.
func NewPassword() string {
	s := NewSecret()
	var groups []string
	for len(s) > 7 {
		groups = append(groups, s[:5])
		s = s[5:]
	}
	return strings.Join(append(groups, s), "-")
}

// Typed returns the one spelling of a password as a person may have typed it:
// without case, spaces and dashes.
func Typed(password string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(password)))
}
