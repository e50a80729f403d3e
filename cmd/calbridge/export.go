package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"calbridge/bridge/ics"
)

type exportCmd struct {
	Calendar string `arg:"" help:"Calendar (id or name)."`
	Output   string `short:"o" help:"File to write. Default: standard output." placeholder:"FILE" default:"-"`
}

// Help implements kong.HelpProvider.
func (*exportCmd) Help() string {
	return `Writes what readers get, as one iCalendar file.

Examples:
  calbridge export Calendar -o calendar.ics
  calbridge export Calendar | grep SUMMARY

See also: calbridge calendars, calbridge changes`
}

// prepare opens the file here, where the person is, whatever process then
// writes to it. It appears under its name only when it is whole, and who may
// read it is as it was, or as the umask has it.
func (e *exportCmd) prepare(c *call, args []string) ([]string, func(error) error, error) {
	if e.Output == "-" {
		return args, func(err error) error { return err }, nil
	}
	info, found := os.Stat(e.Output)
	if found == nil && !info.Mode().IsRegular() {
		return e.into(c, args)
	}
	f, err := os.OpenFile(filepath.Join(filepath.Dir(e.Output), "."+filepath.Base(e.Output)+"-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, nil, invalid("the file cannot be written: "+err.Error(), "name another one with -o")
	}
	c.out = f
	done := func(err error) error {
		if found == nil {
			err = errors.Join(err, f.Chmod(info.Mode().Perm()))
		}
		err = errors.Join(err, f.Close())
		if err != nil {
			return errors.Join(err, os.Remove(f.Name()))
		}
		return os.Rename(f.Name(), e.Output)
	}
	return append(args, "--output=-"), done, nil
}

// into writes straight to what is no plain file, such as a pipe.
func (e *exportCmd) into(c *call, args []string) ([]string, func(error) error, error) {
	f, err := os.OpenFile(e.Output, os.O_WRONLY, 0)
	if err != nil {
		return nil, nil, invalid("the file cannot be written: "+err.Error(), "name another one with -o")
	}
	c.out = f
	return append(args, "--output=-"), func(err error) error { return errors.Join(err, f.Close()) }, nil
}

// Run implements command.
func (e *exportCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		cal, err := h.mirrored(ctx, e.Calendar)
		if err != nil {
			return err
		}
		zones, err := h.store.Zones(ctx, cal.ID)
		if err != nil {
			return err
		}
		head := ics.Head{Name: cal.Name, Zone: cal.Env.MailboxZone, Color: cal.Color, Zones: zones, Horizon: cal.Env.Horizon}
		begin, err := head.Begin()
		if err != nil {
			return err
		}
		w := bufio.NewWriterSize(c.out, 64<<10)
		_, err = w.Write(begin)
		for obj, err2 := range h.store.All(ctx, cal.ID) {
			if err = errors.Join(err, err2); err != nil {
				return err
			}
			if !obj.Source.IsBanner() {
				_, err = w.Write(ics.Events(&obj))
			}
		}
		if err != nil {
			return err
		}
		if _, err := w.WriteString(ics.End); err != nil {
			return err
		}
		return w.Flush()
	})
}
