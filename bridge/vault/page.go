package vault

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Costs of argon2id, within what OWASP advises (2024): 19 MiB, two passes.
const (
	pageMemory  = 19 << 10 // KiB
	pagePasses  = 2
	pageThreads = 1
)

// HashPage hashes a page password, which a person chose, with argon2id in PHC
// form.
func HashPage(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	sum := argon2.IDKey([]byte(password), salt, pagePasses, pageMemory, pageThreads, keySize)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", pageMemory, pagePasses, pageThreads,
		enc.EncodeToString(salt), enc.EncodeToString(sum))
}

// MatchPage reports whether password is the one that hash was made of.
func MatchPage(hash, password string) bool {
	var memory, passes uint32
	var threads uint8
	var rest string
	if _, err := fmt.Sscanf(hash, "$argon2id$v=19$m=%d,t=%d,p=%d$%s", &memory, &passes, &threads, &rest); err != nil {
		return false
	}
	enc := base64.RawStdEncoding
	n := enc.EncodedLen(16)
	if len(rest) <= n+1 || rest[n] != '$' || memory > 1<<20 || passes > 16 || threads == 0 {
		return false
	}
	salt, err1 := enc.DecodeString(rest[:n])
	want, err2 := enc.DecodeString(rest[n+1:])
	if err1 != nil || err2 != nil {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
