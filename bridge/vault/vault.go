package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"sync"

	"calbridge/bridge"
)

const keySize = 32

// Vault seals, opens and digests. It is safe for concurrent use.
type Vault struct {
	aead   cipher.AEAD
	digest []byte
	check  []byte
	macs   sync.Pool // of hash.Hash, so that a digest need not begin with the key
}

// Open reads the key file at path, and makes it with mode 0600 where there is
// none. The fault tells what is wrong with a file that is no key.
func Open(path string) (*Vault, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = create(path)
	}
	if err != nil {
		return nil, &bridge.Fault{Kind: bridge.Invalid, What: "the key file " + path + " cannot be read", Err: err,
			Fix: "check its place (key_file) and its owner; it must be readable by calbridge alone"}
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(text[:min(len(text), 2*keySize+2)])))
	if err != nil || len(key) != keySize {
		return nil, &bridge.Fault{Kind: bridge.Invalid, What: path + " is not a key of calbridge",
			Why: "a key is one line of 64 hexadecimal digits", Fix: "restore the key from a backup, or move the file away and sign in again"}
	}
	return fromKey(key)
}

// create writes a new key. It fails where another process was faster.
func create(path string) ([]byte, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	text := append(hex.AppendEncode(nil, key), '\n')
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	return text, err
}

func fromKey(key []byte) (*Vault, error) {
	v := &Vault{}
	var seal []byte
	for purpose, to := range map[string]*[]byte{"seal": &seal, "digest": &v.digest, "check": &v.check} {
		derived, err := hkdf.Key(sha256.New, key, nil, "calbridge "+purpose, keySize)
		if err != nil {
			return nil, fmt.Errorf("vault: derive: %w", err)
		}
		*to = derived
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	v.aead, err = cipher.NewGCM(block)
	return v, err
}

// Seal encrypts a secret under a name.
func (v *Vault) Seal(name string, secret []byte) []byte {
	nonce := make([]byte, v.aead.NonceSize(), v.aead.NonceSize()+len(secret)+v.aead.Overhead())
	rand.Read(nonce)
	return v.aead.Seal(nonce, nonce, secret, []byte(name))
}

// Open decrypts what Seal made under the same name.
func (v *Vault) Open(name string, sealed []byte) ([]byte, error) {
	n := v.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("vault: not a sealed secret")
	}
	secret, err := v.aead.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil {
		return nil, errors.New("vault: sealed with another key, or for another name")
	}
	return secret, nil
}

// Digest returns what a store knows a random secret by (HMAC-SHA-256). Purpose
// keeps secrets of different use apart.
func (v *Vault) Digest(purpose, secret string) []byte {
	mac, ok := v.macs.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, v.digest)
	}
	defer v.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(purpose + "\x00" + secret))
	return mac.Sum(nil)
}

// Check returns a value that is the same for the same key, and tells nothing
// of it: kept in the store, it shows that the key fits.
func (v *Vault) Check() []byte { return bytes.Clone(v.check) }
