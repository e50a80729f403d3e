#!/usr/bin/python3
"""Expands iCalendar objects with libical, the engine of Evolution and GNOME Calendar.

Reads [{id, ics, from, to}] from stdin, writes {id: [start, ...]}: instants in
UTC, or dates of all-day instances, sorted, of those that start in [from, to).
"""
import datetime as dt
import json
import sys

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib as I  # noqa: E402

UTC = I.Timezone.get_utc_timezone()


def components(parent, kind):
    c = parent.get_first_component(kind)
    while c:
        yield c
        c = parent.get_next_component(kind)


def zone_of(calendar, prop):
    p = prop.get_first_parameter(I.ParameterKind.TZID_PARAMETER)
    return calendar.get_timezone(p.get_tzid()) if p else None


def text(t, zone):
    if t.is_date():
        return f"{t.get_year():04}-{t.get_month():02}-{t.get_day():02}"
    t = t.clone()
    if zone and not t.is_utc():
        t.set_timezone(zone)
        t = t.convert_to_zone(UTC)
    return f"{t.get_year():04}-{t.get_month():02}-{t.get_day():02}T{t.get_hour():02}:{t.get_minute():02}:{t.get_second():02}Z"


def first(event, kind):
    return event.get_first_property(kind)


def slots(calendar, event, to):
    """The starts of a master: its rule and RDATEs without EXDATEs."""
    p = first(event, I.PropertyKind.DTSTART_PROPERTY)
    start, zone = p.get_dtstart(), zone_of(calendar, p)
    gone, found = set(), set()
    x = first(event, I.PropertyKind.EXDATE_PROPERTY)
    while x:
        gone.add(text(x.get_exdate(), zone_of(calendar, x)))
        x = event.get_next_property(I.PropertyKind.EXDATE_PROPERTY)
    x = first(event, I.PropertyKind.RDATE_PROPERTY)
    while x:
        found.add(text(x.get_rdate().get_time(), zone_of(calendar, x)))
        x = event.get_next_property(I.PropertyKind.RDATE_PROPERTY)
    r = first(event, I.PropertyKind.RRULE_PROPERTY)
    if r is None:
        found.add(text(start, zone))
    else:
        rule = r.get_rrule()
        until = rule.get_until()
        if zone and not until.is_null_time() and until.is_utc():
            until = until.convert_to_zone(zone)
            rule.set_until(until)
        try:
            i = I.RecurIterator.new(rule, start)
        except TypeError:
            raise ValueError(f"libical refuses {r.as_ical_string()} from {start.as_ical_string()}") from None
        t = i.next()
        while t and not t.is_null_time():
            s = text(t, zone)
            if s >= to:
                break
            found.add(s)
            t = i.next()
    return found - gone


def expand(job):
    calendar = I.Component.new_from_string(job["ics"])
    groups = {}
    for e in components(calendar, I.ComponentKind.VEVENT_COMPONENT):
        groups.setdefault(e.get_uid(), []).append(e)
    out = []
    for group in groups.values():
        replaced = set()
        for e in group:
            p = first(e, I.PropertyKind.RECURRENCEID_PROPERTY)
            if p:
                replaced.add(text(p.get_recurrenceid(), zone_of(calendar, p)))
                s = first(e, I.PropertyKind.DTSTART_PROPERTY)
                out.append(text(s.get_dtstart(), zone_of(calendar, s)))
        for e in group:
            if not first(e, I.PropertyKind.RECURRENCEID_PROPERTY):
                out += slots(calendar, e, job["to"]) - replaced
    return sorted(s for s in out if job["from"] <= s < job["to"])


print(json.dumps({job["id"]: expand(job) for job in json.load(sys.stdin)}))
