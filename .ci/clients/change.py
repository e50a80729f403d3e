#!/usr/bin/python3
"""Changes one single event in the demo's made-up mailbox, as a person would on
its page, and waits until the change is mirrored.

  change.py OUTLOOK_URL CALDAV_URL USER PASSWORD
"""
import base64
import html
import re
import sys
import time
import urllib.parse
import urllib.request

outlook, caldav, user, password = sys.argv[1:5]


def sync_tokens():
    """The tokens of all calendars, by path."""
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    body = b'<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>'
    r = urllib.request.Request(caldav.rstrip("/") + f"/calendars/{user}/", data=body, method="PROPFIND",
                               headers={"Authorization": "Basic " + credentials, "Depth": "1", "Content-Type": "text/xml"})
    return re.findall(r"<D:sync-token>([^<]+)", urllib.request.urlopen(r).read().decode())


page = urllib.request.urlopen(outlook).read().decode()
forms = re.findall(r'<form method="post" action="/outlook/rename">(.*?)</form>', page)
fields = next(f for f in ({k: html.unescape(v) for k, v in re.findall(r'name="(\w+)" value="([^"]*)"', form)} for form in forms)
              if not f["master"])
fields["subject"] = f"Changed {time.time_ns()}"
before = sync_tokens()
urllib.request.urlopen(outlook.rstrip("/") + "/outlook/rename", data=urllib.parse.urlencode(fields).encode())
for _ in range(100):
    if sync_tokens() != before:
        sys.exit(0)
    time.sleep(0.1)
sys.exit("the change did not arrive within 10 s")
