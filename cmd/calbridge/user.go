package main

import (
	"context"

	"calbridge/bridge"
	"calbridge/bridge/vault"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a user."`
	List     userListCmd     `cmd:"" help:"List the users."`
	Remove   userRemoveCmd   `cmd:"" help:"Remove a user with all accounts, devices and feeds."`
	Password userPasswordCmd `cmd:"" help:"Set a user's page password."`
}

// Help implements kong.HelpProvider.
func (*userCmd) Help() string {
	return `A user owns accounts, app passwords and feeds, and sees nothing of what others own. login makes the first one.

Examples:
  calbridge user add ben
  calbridge user list

See also: calbridge login, calbridge password`
}

type userAddCmd struct {
	Name string `arg:"" help:"Name of the user: letters, digits, spaces and . _ @ + -"`
}

// Help implements kong.HelpProvider.
func (*userAddCmd) Help() string {
	return `The first user is the owner of this server.

Examples:
  calbridge user add anna
  calbridge login anna@example.com --user anna

See also: calbridge login, calbridge password new`
}

// Run implements command.
func (u *userAddCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		name, err := bridge.UserName(u.Name)
		if err != nil {
			return err
		}
		made, err := h.store.AddUser(ctx, name)
		if err != nil {
			return err
		}
		if made.Owner {
			c.say("Added %s, the owner of this server.", name)
		} else {
			c.say("Added %s.", name)
		}
		return nil
	})
}

type userListCmd struct {
	JSON bool `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*userListCmd) Help() string {
	return `Examples:
  calbridge user list
  calbridge user list --json

See also: calbridge user add, calbridge accounts`
}

// Run implements command.
func (u *userListCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		users, err := h.store.Users(ctx)
		if err != nil {
			return err
		}
		type line struct {
			Name    string  `json:"name"`
			Owner   bool    `json:"owner"`
			Created *string `json:"created"`
		}
		lines := []line{}
		for _, u := range users {
			lines = append(lines, line{u.Name, u.Owner, stamp(u.Created)})
		}
		if u.JSON {
			return c.printJSON(lines)
		}
		for _, l := range lines {
			if l.Owner {
				c.print("%s  (owner)", l.Name)
			} else {
				c.print("%s", l.Name)
			}
		}
		return nil
	})
}

type userRemoveCmd struct {
	Name string `arg:"" help:"Name of the user."`
	Yes  bool   `help:"Do not ask."`
}

// Help implements kong.HelpProvider.
func (*userRemoveCmd) Help() string {
	return `Nothing changes in Outlook. The owner cannot be removed.

Examples:
  calbridge user remove ben
  calbridge user remove ben --yes

See also: calbridge user list, calbridge logout`
}

// Run implements command.
func (u *userRemoveCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		user, err := h.oneUser(ctx, u.Name)
		if err != nil {
			return err
		}
		if !u.Yes {
			answer, err := c.ask("Remove "+user.Name+" with all accounts, devices and feeds? [y/N] ", false)
			if err != nil {
				return err
			}
			if !equalFold(answer, "y") && !equalFold(answer, "yes") {
				return invalid("nothing was done", "")
			}
		}
		if err := h.store.RemoveUser(ctx, user.Name); err != nil {
			return err
		}
		h.syncer.Reload()
		if err := h.forgetFiles(""); err != nil {
			return err
		}
		c.say("Removed %s.", user.Name)
		return nil
	})
}

type userPasswordCmd struct {
	Name string `arg:"" help:"Name of the user."`
}

// Help implements kong.HelpProvider.
func (*userPasswordCmd) Help() string {
	return `The page password opens the web pages and nothing else; devices use app passwords (calbridge password new). It is asked for, or read from standard input.

Examples:
  calbridge user password anna
  calbridge user password anna < secret.txt

See also: calbridge password new`
}

// minPassword is the least length of a page password, in octets.
const minPassword = 8

// Run implements command.
func (u *userPasswordCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		user, err := h.oneUser(ctx, u.Name)
		if err != nil {
			return err
		}
		password, err := c.ask("New page password for "+user.Name+": ", true)
		if err != nil {
			return err
		}
		if len(password) < minPassword {
			return invalid("the password is too short", "choose at least 8 characters")
		}
		if c.width > 0 {
			again, err := c.ask("Once more: ", true)
			if err != nil {
				return err
			}
			if again != password {
				return invalid("the two entries differ", "try again")
			}
		}
		if err := h.store.SetPassword(ctx, user.Name, vault.HashPage(password)); err != nil {
			return err
		}
		c.say("The page password of %s is set.", user.Name)
		return nil
	})
}
