// tsdav, the client of many calendar programs on the web, against a bridge:
// discovery by the host alone, every event, the instances of a month as the
// server expands them beside those that ical.js makes of the same events, one
// change, and what a read-only server refuses.
//
// Environment: BASE_URL, USER_NAME, PASSWORD, EXPECT_EVENTS, CHANGE_CMD.
import assert from "node:assert/strict";
import { execFileSync, execSync } from "node:child_process";
import { createRequire } from "node:module";

const engines = new URL("../engines/", import.meta.url);
const { createDAVClient } = createRequire(engines)("tsdav");
const { BASE_URL, USER_NAME, PASSWORD, EXPECT_EVENTS, CHANGE_CMD } = process.env;

const connect = (serverUrl, password = PASSWORD) =>
  createDAVClient({ serverUrl, credentials: { username: USER_NAME, password }, authMethod: "Basic", defaultAccountType: "caldav" });
const ok = (what) => console.log(`ok    ${what}`);

// startsOf gives the starts of each object's instances, by address.
function startsOf(objects, range) {
  const jobs = objects.map((o) => ({ id: o.url, ics: o.data, from: range.start, to: range.end }));
  const out = JSON.parse(execFileSync("node", ["icaljs.mjs"], { cwd: engines, input: JSON.stringify(jobs), maxBuffer: 1 << 28 }));
  return Object.fromEntries(Object.entries(out).filter(([, starts]) => starts.length));
}
const titles = (data) => [...data.replace(/\r?\n[ \t]/g, "").matchAll(/^SUMMARY[^:]*:(.*?)\r?$/gm)].map((m) => m[1]);

const client = await connect(new URL("/", BASE_URL).href);
const calendars = await client.fetchCalendars();
assert.ok(calendars.length > 0 && calendars.every((c) => c.displayName && c.ctag && c.syncToken && `${c.components}` === "VEVENT"));
ok(`${calendars.length} calendars found by the host alone`);
await assert.rejects(connect(BASE_URL, "wrong"), /credentials/i);
ok("a wrong password is refused");

const now = new Date();
const range = { start: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)).toISOString(), end: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString() };
let total = 0;
let instances = 0;
const copies = [];
for (const calendar of calendars) {
  const objects = await client.fetchCalendarObjects({ calendar });
  assert.ok(objects.every((o) => o.etag && o.data.includes("BEGIN:VEVENT")));
  total += objects.length;
  copies.push({ ...calendar, objects });
  const expanded = await client.fetchCalendarObjects({ calendar, expand: true, timeRange: range });
  const starts = startsOf(expanded, range);
  assert.deepEqual(starts, startsOf(objects, range), calendar.displayName);
  instances += Object.values(starts).flat().length;
  const whole = new Map(objects.map((o) => [o.url, titles(o.data)]));
  for (const o of expanded) assert.ok(titles(o.data).every((t) => whole.get(o.url).includes(t)), o.url);
}
assert.equal(total, Number(EXPECT_EVENTS));
assert.ok(instances > 10);
ok(`${total} events, ${instances} instances this month, the same as ical.js has`);

const sync = (copy) => client.smartCollectionSync({ collection: { ...copy, objectMultiGet: client.calendarMultiGet }, method: "webdav", detailedResult: true });
const changes = async () => (await Promise.all(copies.map(sync))).flatMap(({ objects: o }) => [...o.created, ...o.updated, ...o.deleted]);
assert.deepEqual(await changes(), []);
execSync(CHANGE_CMD, { stdio: "inherit" });
const changed = await changes();
assert.equal(changed.length, 1);
assert.match(titles(changed[0].data)[0], /^Changed /);
ok("nothing, then one change, by sync-token");

const refused = [
  await client.createCalendarObject({ calendar: calendars[0], filename: "new.ics", iCalString: changed[0].data }),
  await client.updateCalendarObject({ calendarObject: changed[0] }),
  await client.deleteCalendarObject({ calendarObject: changed[0] }),
];
assert.deepEqual(refused.map((r) => r.status), [403, 403, 403]);
ok("writes are refused");
