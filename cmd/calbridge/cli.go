package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"calbridge/bridge"
)

// cli is the command line: each command is a struct with its arguments and a
// Run method, in the file of its name.
type cli struct {
	Config   string `help:"Configuration file (TOML). Environment: CALBRIDGE_CONFIG. Default: none." placeholder:"FILE" group:"common"`
	Data     string `help:"Data folder. Environment: CALBRIDGE_DATA. Default: systemd's STATE_DIRECTORY, else calbridge in $$XDG_DATA_HOME, else ~/.local/share/calbridge." placeholder:"DIR" group:"common"`
	LogLevel string `help:"How much is logged: debug, info, warn or error. Environment: CALBRIDGE_LOG_LEVEL. Default: info; commands that come and go log nothing unless it is given." placeholder:"LEVEL" group:"common"`

	Demo      demoCmd      `cmd:"" help:"Show everything against a made-up mailbox, on this computer alone."`
	Serve     serveCmd     `cmd:"" help:"Run the bridge: follow the mailboxes and serve readers."`
	Login     loginCmd     `cmd:"" help:"Connect an Outlook account."`
	Logout    logoutCmd    `cmd:"" help:"Disconnect an Outlook account and forget its calendars."`
	Accounts  accountsCmd  `cmd:"" help:"List the connected accounts."`
	Calendars calendarsCmd `cmd:"" help:"List the calendars, show or hide one, add another person's."`
	User      userCmd      `cmd:"" help:"Add, list and remove users, set their page password."`
	Password  passwordCmd  `cmd:"" help:"Make, list and revoke app passwords: one for each device."`
	Feed      feedCmd      `cmd:"" help:"Make, list and revoke secret .ics addresses."`
	Sync      syncCmd      `cmd:"" help:"Fetch what changed, now."`
	Status    statusCmd    `cmd:"" help:"Say whether everything is in order, and what to do if not."`
	Audit     auditCmd     `cmd:"" help:"Compare what readers get with what Outlook shows, instance by instance."`
	Doctor    doctorCmd    `cmd:"" help:"See whether calendar programs find the bridge: in DNS, and at its address."`
	Export    exportCmd    `cmd:"" help:"Write a calendar as one .ics file."`
	Changes   changesCmd   `cmd:"" help:"Say what changed in a calendar since a token."`
	Health    healthCmd    `cmd:"" help:"Ask a running bridge whether it is alive (for containers)."`
	Version   versionCmd   `cmd:"" help:"Print the version."`

	SaveSignIn saveSignInCmd `cmd:"" hidden:""`
}

// command is what every command can do.
type command interface {
	Run(ctx context.Context, c *call) error
}

// leave is thrown by kong where it wants to exit, as after --help.
type leave struct{ code int }

const summary = `Your Outlook or Microsoft 365 calendar, on your own server, as a standard calendar.

    Try it:       calbridge demo
    For real:     calbridge login, then calbridge serve

    Exit codes:   0 done, 1 failed, 2 usage or configuration, 3 a person must act,
                  4 partly done, 5 another instance does not answer, 75 try later,
                  130 interrupted`

// parse reads a command line. help is written to out.
func parse(args []string, out, errOut io.Writer) (c *cli, cmd command, err error) {
	c = new(cli)
	defer func() {
		if p := recover(); p != nil {
			l, ok := p.(leave)
			if !ok {
				panic(p)
			}
			err = exitError{code: l.code}
		}
	}()
	parser, err := kong.New(c, kong.Name("calbridge"), kong.Description(summary), kong.Writers(out, errOut),
		kong.ExplicitGroups([]kong.Group{{Key: "common", Title: "Flags of every command"}}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100, NoExpandSubcommands: true}),
		kong.Exit(func(code int) { panic(leave{code}) }))
	if err != nil {
		return nil, nil, fmt.Errorf("the command line's own grammar: %w", err)
	}
	if len(args) == 0 {
		usage(parser, errOut)
		return nil, nil, exitError{code: exitUsage}
	}
	k, err := parser.Parse(args)
	if err != nil {
		return nil, nil, usageFault(err)
	}
	cmd, ok := k.Selected().Target.Addr().Interface().(command)
	if !ok {
		return nil, nil, fmt.Errorf("command %s cannot be run", k.Command())
	}
	return c, cmd, nil
}

func usage(parser *kong.Kong, out io.Writer) {
	defer func() { _ = recover() }() // kong leaves after printing
	parser.Stdout = out
	_, _ = parser.Parse([]string{"--help"})
}

// jargon is how kong says some things, and how people do.
var jargon = []struct {
	kong  *regexp.Regexp
	plain string
}{
	{regexp.MustCompile(`^(--\S+): expected \w+ value but got "EOL".*$`), "$1 wants a value"},
	{regexp.MustCompile(`^(--\S+): expected a valid \d+ bit int but got (".*")$`), "$1 wants a whole number, not $2"},
	{regexp.MustCompile(`^(--\S+): expected \w+ value but got (".*") \(.*flag\).*$`), "$1 wants a value, not the flag $2"},
	{regexp.MustCompile(`^expected "<(\S+)>.*"$`), "the $1 is missing"},
}

func plainly(text string) string {
	for _, j := range jargon {
		if j.kong.MatchString(text) {
			return j.kong.ReplaceAllString(text, j.plain)
		}
	}
	return text
}

func usageFault(err error) error {
	f := &bridge.Fault{Kind: bridge.Invalid, What: plainly(strings.TrimSuffix(err.Error(), ".")), Fix: "run  calbridge --help"}
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		f.Fix = "run  calbridge " + strings.Join(strings.Fields(p.Context.Selected().FullPath())[1:], " ") + " --help"
	}
	return exitError{code: exitUsage, err: f}
}
