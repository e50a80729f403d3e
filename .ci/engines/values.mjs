// Reads iCalendar objects with ical.js, the engine of Thunderbird, and tells
// their values. Reads [{id, ics}] from stdin, writes {id: [event, …]}, an event
// being {NAME: [value, …]} with text as a person reads it; "ATTENDEE CN" is the
// names of the attendees.
import fs from "node:fs";
import ICAL from "ical.js";

function valuesOf(event) {
  const out = {};
  const add = (name, value) => (out[name] ??= []).push(value);
  for (const p of event.getAllProperties()) {
    const name = p.name.toUpperCase();
    for (const v of p.getValues()) add(name, Array.isArray(v) ? v.join(";") : String(v));
    const cn = p.getParameter("cn");
    if (cn !== undefined) add(`${name} CN`, String(cn));
  }
  return out;
}

const out = {};
for (const { id, ics } of JSON.parse(fs.readFileSync(0, "utf8"))) {
  out[id] = new ICAL.Component(ICAL.parse(ics)).getAllSubcomponents("vevent").map(valuesOf);
}
console.log(JSON.stringify(out));
