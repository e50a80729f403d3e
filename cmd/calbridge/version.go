package main

import (
	"context"
	"runtime"
)

// version is set by -ldflags.
var version = "0.1-dev"

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*versionCmd) Help() string {
	return `Names the time zone data that is used, too.

Examples:
  calbridge version
  calbridge version --json

See also: calbridge health`
}

func (v *versionCmd) alone() {}

// Run implements command.
func (v *versionCmd) Run(_ context.Context, c *call) error {
	t := tzdata()
	if v.JSON {
		return c.printJSON(map[string]string{"version": version, "go": runtime.Version(), "tzdata_host": t.Host, "tzdata_embedded": t.Embedded})
	}
	c.print("calbridge %s (%s %s/%s)", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	c.print("time zone data: %s", t)
	return nil
}
