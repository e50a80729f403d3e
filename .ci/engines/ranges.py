#!/usr/bin/python3
"""Judges answers to time-ranges (RFC 4791 section 9.9) by dateutil's rules and
Python's time zones.

Reads {objects: {id: ics}, queries: [{zone, start, end, alarms, found: [id]}]} from
stdin, writes {hits, differences: [{query, id, want}]}. Objects are of the simple
forms that caldav's engines_test.go writes: one VEVENT, one VALARM.
"""
import datetime as dt
import json
import re
import sys
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

ZERO = dt.timedelta(0)
NEVER = "20270101T000000"  # after all that is asked for


def duration(text):
    sign = -1 if text.startswith("-") else 1
    parts = re.fullmatch(r"[+-]?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", text.replace("PT0S", "PT0M")).groups()
    weeks, days, hours, minutes = (int(n or 0) for n in parts)
    return sign * dt.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def lines(text):
    return {m[1]: (m[2], m[3]) for m in re.finditer(r"^([A-Z-]+)(;[^:\r\n]*)?:(.*?)\r$", text, re.M)}


def local(prop):
    """The digits of each time in a property, and the zone that they are of, if any."""
    params, values = prop[0] or "", prop[1].split(",")
    if "VALUE=DATE" in params and "DATE-TIME" not in params:
        return [dt.datetime.strptime(v, "%Y%m%d") for v in values], None
    zone = re.search("TZID=(.*)", params)
    zone = "UTC" if values[0].endswith("Z") else zone and zone[1]
    return [dt.datetime.strptime(v.rstrip("Z"), "%Y%m%dT%H%M%S") for v in values], zone


class Event:
    def __init__(self, ics):
        event, _, alarm = ics.partition("BEGIN:VALARM")
        self.alarm, p = lines(alarm), lines(event)
        (start,), self.zone = local(p["DTSTART"])
        if "DTEND" in p:
            self.length = local(p["DTEND"])[0][0] - start
        elif "DURATION" in p:
            self.length = duration(p["DURATION"][1])
        else:
            self.length = dt.timedelta(days=1) if "VALUE=DATE" in (p["DTSTART"][0] or "") else ZERO
        starts, periods = [start], []
        if "RRULE" in p:
            rule = p["RRULE"][1]
            starts = list(rrulestr(rule if "COUNT" in rule else rule + ";UNTIL=" + NEVER, dtstart=start))
        if "VALUE=PERIOD" in (p.get("RDATE", ("",))[0] or ""):
            first, _, last = p["RDATE"][1].partition("/")
            periods = [(local((p["RDATE"][0], first))[0][0], duration(last))]
        elif "RDATE" in p:
            starts += local(p["RDATE"])[0]
        if "EXDATE" in p:
            gone = local(p["EXDATE"])[0]
            starts = [s for s in starts if s not in gone]
        self.instances = [(s, self.length) for s in starts] + periods

    def at(self, digits, zone):
        return digits.replace(tzinfo=ZoneInfo(self.zone or zone)).astimezone(dt.timezone.utc)

    def meets(self, start, end, zone):
        for s, length in self.instances:
            first, last = self.at(s, zone), self.at(s + length, zone)
            if start <= first < end if length == ZERO else start < last and end > first:
                return True
        return False

    def rings(self, start, end, zone):
        params, trigger = self.alarm["TRIGGER"]
        if "DATE-TIME" in (params or ""):
            first = [local((params, trigger))[0][0].replace(tzinfo=dt.timezone.utc)]
        else:
            related = "RELATED=END" in (params or "")
            first = [self.at(s + (length if related else ZERO), zone) + duration(trigger) for s, length in self.instances]
        again = [ZERO]
        if "REPEAT" in self.alarm:
            again += [duration(self.alarm["DURATION"][1]) * (i + 1) for i in range(int(self.alarm["REPEAT"][1]))]
        return any(start <= t + more < end for t in first for more in again)


job = json.load(sys.stdin)
events = {name: Event(ics) for name, ics in job["objects"].items()}
hits, differences = 0, []
for i, q in enumerate(job["queries"]):
    start, end = (dt.datetime.fromisoformat(q[k].replace("Z", "+00:00")) for k in ("start", "end"))
    found = set(q["found"] or [])
    for name, event in events.items():
        want = (event.rings if q["alarms"] else event.meets)(start, end, q["zone"])
        hits += want
        if want != (name in found):
            differences.append({"query": i, "id": name, "want": want})
json.dump({"hits": hits, "differences": differences}, sys.stdout)
