package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
)

// floor is the least that a Go server can do: it answers with ready octets.
// Whatever is put to a path it gives back to any other method.
func floor() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("{\"listen\":%q}\n", l.Addr().String())
	var ready sync.Map
	err = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			body, _ := io.ReadAll(r.Body)
			status, _ := strconv.Atoi(r.URL.Query().Get("status"))
			ready.Store(r.URL.Path, answer{status, body})
			return
		}
		v, _ := ready.Load(r.URL.Path)
		a := v.(answer)
		if a.status != http.StatusNotModified {
			w.Header().Set("Content-Type", "application/xml; charset=utf-8")
			w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}))
	fmt.Fprintln(os.Stderr, err)
}

type answer struct {
	status int
	body   []byte
}
