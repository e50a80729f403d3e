#!/usr/bin/python3
"""Reads iCalendar objects with python-icalendar, which Home Assistant and many
scripts use, and tells their values.

Reads [{id, ics}] from stdin, writes {id: [event, ...]}, an event being
{NAME: [value, ...]} with text as a person reads it; "ATTENDEE CN" is the names
of the attendees.
"""
import json
import sys

from icalendar import Calendar


def values(event):
    out = {}
    for name, found in event.property_items(recursive=False):
        if name in ("BEGIN", "END"):
            continue
        if name == "CATEGORIES":
            out.setdefault(name, []).extend(str(c) for c in found.cats)
            continue
        if hasattr(found, "to_ical") and name in ("GEO",):
            found = found.to_ical()
        out.setdefault(name, []).append(found if isinstance(found, str) else str(found))
        if "CN" in getattr(found, "params", {}):
            out.setdefault(name + " CN", []).append(found.params["CN"])
    return out


print(json.dumps({job["id"]: [values(e) for e in Calendar.from_ical(job["ics"]).walk("VEVENT")] for job in json.load(sys.stdin)}))
