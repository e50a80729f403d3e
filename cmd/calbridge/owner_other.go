//go:build !unix

package main

import (
	"net"
	"os"
)

// sameOwner reports whether two files are there; who owns them is not known
// here.
func sameOwner(a, b string) bool {
	_, err := os.Lstat(a)
	_, err2 := os.Stat(b)
	return err == nil && err2 == nil
}

// listenAlone opens a socket; who may connect to it, its folder decides here.
func listenAlone(path string) (net.Listener, error) { return net.Listen("unix", path) }
