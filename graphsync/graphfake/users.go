package graphfake

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// userMembers are the names that a $select of users may have.
var userMembers = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName",
	"businessPhones", "jobTitle", "mobilePhone", "officeLocation", "preferredLanguage", "mailboxSettings", "proxyAddresses"}

// getUser answers GET /me.
func (c *call) getUser() error {
	if err := c.need("User.Read", "User.ReadWrite", "User.Read.All"); err != nil {
		return err
	}
	given, surname, _ := strings.Cut(c.mb.info.Name, " ")
	o := object{
		c.context("users/$entity"),
		{"businessPhones", list{}},
		{"displayName", c.mb.info.Name},
		{"givenName", given},
		{"jobTitle", nil},
		{"mail", c.mb.info.Address},
		{"mobilePhone", nil},
		{"officeLocation", nil},
		{"preferredLanguage", "en-GB"},
		{"surname", surname},
		{"userPrincipalName", c.mb.info.Address},
		{"id", c.mb.guid},
	}
	if strings.Contains(c.query["$select"], "proxyAddresses") { // only then
		proxies := list{"SMTP:" + c.mb.info.Address}
		for _, alias := range c.mb.info.Aliases {
			proxies = append(proxies, "smtp:"+alias)
		}
		o.set("proxyAddresses", append(proxies, "SIP:"+c.mb.info.Address))
	}
	o, err := narrow(o, c.query["$select"], "user", userMembers)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, o)
}

// getSettings answers GET /me/mailboxSettings.
func (c *call) getSettings() error {
	if err := c.need("MailboxSettings.Read", "MailboxSettings.ReadWrite"); err != nil {
		return err
	}
	o := object{
		c.context(c.userPath() + "/mailboxSettings"),
		{"archiveFolder", nil},
		{"timeZone", c.mb.info.TimeZone},
		{"delegateMeetingMessageDeliveryOptions", "sendToDelegateOnly"},
		{"dateFormat", "dd.MM.yyyy"},
		{"timeFormat", "HH:mm"},
		{"userPurpose", "user"},
		{"automaticRepliesSetting", object{{"status", "disabled"}, {"externalAudience", "all"}}},
		{"language", object{{"locale", "en-GB"}, {"displayName", "English (United Kingdom)"}}},
		{"workingHours", object{
			{"daysOfWeek", list{"monday", "tuesday", "wednesday", "thursday", "friday"}},
			{"startTime", "08:00:00.0000000"},
			{"endTime", "17:00:00.0000000"},
			{"timeZone", object{{"name", c.mb.info.TimeZone}}},
		}},
	}
	var known []string
	for _, m := range o {
		known = append(known, m.name)
	}
	o, err := narrow(o, c.query["$select"], "mailboxSettings", known)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, o)
}

// getTimeZone answers GET /me/mailboxSettings/timeZone.
func (c *call) getTimeZone() error {
	if err := c.need("MailboxSettings.Read", "MailboxSettings.ReadWrite"); err != nil {
		return err
	}
	return c.reply(http.StatusOK, object{c.context(c.userPath() + "/mailboxSettings/timeZone"), {"value", c.mb.info.TimeZone}})
}

// listCategories answers GET /me/outlook/masterCategories.
func (c *call) listCategories() error {
	if err := c.need("MailboxSettings.Read", "MailboxSettings.ReadWrite"); err != nil {
		return err
	}
	value := list{}
	for i, name := range c.mb.info.Categories {
		value = append(value, object{
			{"id", formatGUID([]byte("category" + string(rune('a'+i%26)) + c.mb.guid[:7]))},
			{"displayName", name},
			{"color", "preset" + strconv.Itoa(i%25)},
		})
	}
	return c.reply(http.StatusOK, object{c.context(c.userPath() + "/outlook/masterCategories"), {"value", value}})
}

// listTimeZones answers the function supportedTimeZones, with and without its
// parameter.
func (c *call) listTimeZones() error {
	name := strings.ToLower(c.r.PathValue("function"))
	known, err := windowsZones()
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(name, "supportedtimezones(") && strings.Contains(name, "'iana'"):
		return c.replyZones(slices.Compact(slices.Sorted(maps.Values(known))))
	case name == "supportedtimezones", name == "supportedtimezones()", strings.HasPrefix(name, "supportedtimezones(") && strings.Contains(name, "'windows'"):
		return c.replyZones(windowsNames())
	}
	return badRequest("BadRequest", "Resource not found for the segment '%s'.", c.r.PathValue("function"))
}

func (c *call) replyZones(names []string) error {
	value := list{}
	for _, name := range names {
		value = append(value, object{{"alias", name}, {"displayName", name}})
	}
	return c.reply(http.StatusOK, object{c.context("Collection(microsoft.graph.timeZoneInformation)"), {"value", value}})
}

// translateIDs answers POST /me/translateExchangeIds between the two kinds of
// REST ids.
func (c *call) translateIDs() error {
	body, err := c.body()
	if err != nil {
		return err
	}
	from, to := body.text("sourceIdType"), body.text("targetIdType")
	v, _ := body.get("inputIds")
	ids, ok := v.(list)
	if !ok || !isRestID(from) || !isRestID(to) || len(ids) > 1000 {
		return invalidQuery("The request is invalid.")
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	value := list{}
	for _, v := range ids {
		source, _ := v.(string)
		answer := object{{"sourceId", source}}
		if it, err := c.mb.find(source, from == immutableIDType); err == nil {
			answer.set("targetId", c.mb.instanceIDs(it).of(to == immutableIDType))
		} else {
			answer.set("errorDetails", object{{"code", "ErrorInvalidIdMalformed"}, {"message", "Id is malformed."}})
		}
		value = append(value, answer)
	}
	return c.reply(http.StatusOK, object{c.context("Collection(microsoft.graph.convertIdResult)"), {"value", value}})
}

const immutableIDType = "restImmutableEntryId"

func isRestID(name string) bool { return name == "restId" || name == immutableIDType }
