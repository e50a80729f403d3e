// Package vault keeps secrets at rest: it seals tokens, and turns passwords
// and feed secrets into digests that a store can look up.
//
// One key of 32 random octets lies in a file of its own, outside the store, so
// that a copy of the store alone gives nothing away. Keys for each purpose are
// derived from it (HKDF, RFC 5869). Sealing is AES-256-GCM, bound to a name:
// what was sealed for one account does not open as another's.
package vault
