#!/usr/bin/python3
"""Reads iCalendar objects with libical and tells their values.

Reads [{id, ics}] from stdin, writes {id: [event, ...]}, an event being
{NAME: [value, ...]} with text as a person reads it; "ATTENDEE CN" is the names
of the attendees.
"""
import json
import sys

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib as I  # noqa: E402

TEXT = {"SUMMARY", "DESCRIPTION", "LOCATION", "UID", "CATEGORIES", "COLOR"}


def properties(event):
    p = event.get_first_property(I.PropertyKind.ANY_PROPERTY)
    while p:
        yield p
        p = event.get_next_property(I.PropertyKind.ANY_PROPERTY)


def values(event):
    out = {}
    for p in properties(event):
        name = p.get_property_name()
        value = p.get_value()
        text = value.get_text() if name in TEXT else None
        if text is None:
            text = p.get_value_as_string()
            if name == "X-ALT-DESC":  # an X property: libical leaves its escapes alone
                text = unescape(text)
        out.setdefault(name, []).append(text)
        cn = p.get_first_parameter(I.ParameterKind.CN_PARAMETER)
        if cn:
            out.setdefault(name + " CN", []).append(cn.get_cn())
    return out


def unescape(s):
    out, it = [], iter(s)
    for c in it:
        if c == "\\":
            c = next(it, "")
            c = "\n" if c in "nN" else c
        out.append(c)
    return "".join(out)


def events(text):
    calendar = I.Component.new_from_string(text)
    if calendar is None:
        raise ValueError("libical cannot read it")
    e = calendar.get_first_component(I.ComponentKind.VEVENT_COMPONENT)
    while e:
        if e.count_errors():
            raise ValueError(f"libical finds {e.count_errors()} errors")
        yield values(e)
        e = calendar.get_next_component(I.ComponentKind.VEVENT_COMPONENT)


print(json.dumps({job["id"]: list(events(job["ics"])) for job in json.load(sys.stdin)}))
