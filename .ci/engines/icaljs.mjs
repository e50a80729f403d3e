// Expands iCalendar objects with ical.js, the engine of Thunderbird.
// Reads [{id, ics, from, to}] from stdin, writes {id: [start, …]}: instants in
// UTC, or dates of all-day instances, sorted, of those that start in [from, to).
import fs from "node:fs";
import ICAL from "ical.js";

const MAX = 200000;

function text(time) {
  if (time.isDate) return time.toString();
  return time.convertToZone(ICAL.Timezone.utcTimezone).toString();
}

function startsOf(group, to) {
  const master = group.find((e) => !e.hasProperty("recurrence-id"));
  const overrides = group.filter((e) => e.hasProperty("recurrence-id"));
  const starts = overrides.map((e) => new ICAL.Event(e).startDate);
  if (!master) return starts;
  const event = new ICAL.Event(master, { exceptions: overrides, strictExceptions: true });
  if (!event.isRecurring()) return [...starts, event.startDate];
  const iterator = event.iterator();
  for (let n = 0; n < MAX; n++) {
    const slot = iterator.next();
    if (!slot || text(slot) >= to) return starts;
    if (event.getOccurrenceDetails(slot).item === event) starts.push(slot.clone());
  }
  throw new Error("too many instances");
}

function expand({ ics, from, to }) {
  const calendar = new ICAL.Component(ICAL.parse(ics));
  ICAL.TimezoneService.reset();
  for (const z of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(z);
  const groups = Map.groupBy
    ? Map.groupBy(calendar.getAllSubcomponents("vevent"), (e) => e.getFirstPropertyValue("uid"))
    : calendar.getAllSubcomponents("vevent").reduce((m, e) => {
        const uid = e.getFirstPropertyValue("uid");
        return m.set(uid, [...(m.get(uid) ?? []), e]);
      }, new Map());
  return [...groups.values()]
    .flatMap((g) => startsOf(g, to))
    .map(text)
    .filter((s) => s >= from && s < to)
    .sort();
}

const out = {};
for (const job of JSON.parse(fs.readFileSync(0, "utf8"))) out[job.id] = expand(job);
console.log(JSON.stringify(out));
