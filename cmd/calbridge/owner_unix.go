//go:build unix

package main

import (
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
