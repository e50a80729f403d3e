package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
)

// background is a process of calbridge that a test started, and what it has
// printed so far.
type background struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	more *sync.Cond
	text []byte
	over bool
	err  error
}

// listening finds where a bridge says that it listens.
var listening = regexp.MustCompile(`"listen":"([^"]+)"`)

// start runs the program at path with the given arguments and environment.
func start(path string, args, env []string, dir string) (*background, error) {
	b := &background{cmd: exec.Command(path, args...)}
	b.more = sync.NewCond(&b.mu)
	b.cmd.Env, b.cmd.Dir = env, dir
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b.cmd.Stdout, b.cmd.Stderr = w, w
	err = b.cmd.Start()
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	go b.read(r)
	return b, nil
}

func (b *background) read(r io.ReadCloser) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		b.mu.Lock()
		b.text = append(b.text, buf[:n]...)
		b.mu.Unlock()
		b.more.Broadcast()
		if err != nil {
			break
		}
	}
	_ = r.Close()
	err := b.cmd.Wait()
	b.mu.Lock()
	b.over, b.err = true, err
	b.mu.Unlock()
	b.more.Broadcast()
}

// find waits until the output matches, and returns the last group of the match;
// ok is false where the process ended without it.
func (b *background) find(re *regexp.Regexp) (found string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if m := re.FindSubmatch(b.text); m != nil {
			return string(m[len(m)-1]), true
		}
		if b.over {
			return "", false
		}
		b.more.Wait()
	}
}

// wait returns how the process ended, and all that it printed.
func (b *background) wait() (output string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.over {
		b.more.Wait()
	}
	return string(b.text), b.err
}

func (b *background) signal(s syscall.Signal) { _ = b.cmd.Process.Signal(s) }
