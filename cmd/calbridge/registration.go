package main

import (
	"regexp"
	"strings"

	"calbridge/bridge"
)

// registrationSteps lead through Microsoft's registration of an app, once per
// household (graph.md §1.7).
const registrationSteps = `To read your calendar, Microsoft wants calbridge to be registered as an app of yours.
It is free, takes five minutes, and has to be done once:

  1. Open  https://entra.microsoft.com  and sign in. (An account that has no directory
     yet gets one by signing up for a free Azure account.)
  2. Applications → App registrations → New registration.
  3. Name: calbridge. Supported account types: "Accounts in any organizational
     directory and personal Microsoft accounts". For other choices see --tenant.
  4. Redirect URI: platform "Public client/native (mobile & desktop)", value
     http://localhost  — then Register.
  5. Authentication → "Allow public client flows": Yes → Save.
  6. API permissions → Add a permission → Microsoft Graph → Delegated permissions:
     offline_access, User.Read, Calendars.Read, MailboxSettings.Read.
     At work, an administrator may have to press "Grant admin consent".
  7. Overview: copy the "Application (client) ID".
`

var clientIDs = regexp.MustCompile(`^[0-9A-Fa-f-]{8,64}$`)

// guide prints the steps and asks for the client id. Without a terminal it says
// how to give it.
func guide(c *call) (string, error) {
	c.say("%s", registrationSteps)
	if c.width == 0 {
		return "", exitError{code: exitPerson, err: &bridge.Fault{Kind: bridge.Consent, What: "no app registration is known yet",
			Why: "this calbridge has none built in", Fix: "follow the steps above, then run  calbridge login --client-id ID"}}
	}
	for {
		id, err := c.ask("Application (client) ID: ", false)
		if err != nil {
			return "", err
		}
		if id = strings.TrimSpace(id); clientIDs.MatchString(id) {
			return id, nil
		}
		c.say("That is not an id such as 11111111-2222-3333-4444-555555555555.")
	}
}
