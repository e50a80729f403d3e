package main

import (
	"context"
	"text/tabwriter"

	"calbridge/bridge"
	"calbridge/bridge/vault"
)

type passwordCmd struct {
	New    passwordNewCmd    `cmd:"" help:"Make an app password. It is shown once."`
	List   passwordListCmd   `cmd:"" help:"List app passwords: labels and last use, never the passwords."`
	Revoke passwordRevokeCmd `cmd:"" help:"Revoke an app password. It stops working at once."`
}

// Help implements kong.HelpProvider.
func (*passwordCmd) Help() string {
	return `CalDAV clients sign in with the user's name and an app password.

Examples:
  calbridge password new --label "Anna's phone"
  calbridge password list

See also: calbridge feed, calbridge user`
}

type passwordNewCmd struct {
	User     string `help:"Whose password it is; not needed where there is one user." placeholder:"NAME"`
	Label    string `help:"What it is for. Default: ${default}." placeholder:"TEXT" default:"device"`
	ReadOnly bool   `help:"It may read only, also when writing becomes possible."`
	JSON     bool   `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*passwordNewCmd) Help() string {
	return `CalDAV clients sign in with the user's name and an app password. Make one for each device, so that one that is lost can be shut out alone.

Examples:
  calbridge password new --label "Anna's phone"
  calbridge password new --user anna --json

See also: calbridge password list, calbridge password revoke`
}

type newPassword struct {
	ID       string `json:"id"`
	User     string `json:"user"`
	Label    string `json:"label"`
	Password string `json:"password"`
	ReadOnly bool   `json:"read_only"`
}

// Run implements command.
func (p *passwordNewCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		user, err := h.oneUser(ctx, p.User)
		if err != nil {
			return err
		}
		made, err := h.newPassword(ctx, bridge.Device{User: user.Name, Label: p.Label, ReadOnly: p.ReadOnly})
		if err != nil {
			return err
		}
		if p.JSON {
			return c.printJSON(made)
		}
		c.say("Server    %s/dav/", h.cfg.PublicURL)
		c.say("User      %s", made.User)
		c.say("Password  (shown once)")
		c.print("%s", made.Password)
		return nil
	})
}

func (h *house) newPassword(ctx context.Context, d bridge.Device) (newPassword, error) {
	password := vault.NewPassword()
	d, err := h.store.AddDevice(ctx, passwordDigest(h.vault, password), d)
	return newPassword{d.ID, d.User, d.Label, password, d.ReadOnly}, err
}

type passwordListCmd struct {
	User string `help:"Of this user only." placeholder:"NAME"`
	JSON bool   `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*passwordListCmd) Help() string {
	return `Examples:
  calbridge password list
  calbridge password list --user anna --json

See also: calbridge password new, calbridge password revoke`
}

// Run implements command.
func (p *passwordListCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		devices, err := h.store.Devices(ctx, p.User)
		if err != nil {
			return err
		}
		type line struct {
			ID       string  `json:"id"`
			User     string  `json:"user"`
			Label    string  `json:"label"`
			ReadOnly bool    `json:"read_only"`
			Created  *string `json:"created"`
			LastUsed *string `json:"last_used"`
		}
		lines := []line{}
		for _, d := range devices {
			lines = append(lines, line{d.ID, d.User, d.Label, d.ReadOnly, stamp(d.Created), stamp(d.LastUsed)})
		}
		if p.JSON {
			return c.printJSON(lines)
		}
		w := tabwriter.NewWriter(c.out, 0, 0, 3, ' ', 0)
		row(w, "ID", "USER", "LABEL", "LAST USED")
		for _, d := range devices {
			row(w, d.ID, d.User, d.Label, c.ago(d.LastUsed))
		}
		return w.Flush()
	})
}

type passwordRevokeCmd struct {
	ID   string `arg:"" help:"Id of the app password."`
	User string `help:"Whose password it is." placeholder:"NAME"`
}

// Help implements kong.HelpProvider.
func (*passwordRevokeCmd) Help() string {
	return `The device is asked for a password at its next request, and keeps what it has read.

Examples:
  calbridge password revoke tewfl1wpda
  calbridge password revoke tewfl1wpda --user anna

See also: calbridge password list`
}

// Run implements command.
func (p *passwordRevokeCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		if err := h.store.RevokeDevice(ctx, p.User, p.ID); err != nil {
			return err
		}
		c.say("The app password %s is revoked.", p.ID)
		return nil
	})
}
