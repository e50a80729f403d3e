//go:build unix

package main

import (
	"net"
	"os"
	"syscall"
)

// sameOwner reports whether two files are there and belong to one user.
func sameOwner(a, b string) bool {
	first, err := os.Lstat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	if err != nil {
		return false
	}
	one, ok := first.Sys().(*syscall.Stat_t)
	two, ok2 := second.Sys().(*syscall.Stat_t)
	return ok && ok2 && one.Uid == two.Uid
}

// listenAlone opens a socket that nobody but its owner can connect to, from its
// first moment on: who connected before a chmod would stay. The umask is the
// process's; nothing else makes files while one begins to answer.
func listenAlone(path string) (net.Listener, error) {
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}
