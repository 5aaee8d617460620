# SPDX-License-Identifier: Apache-2.0
"""A real centre fed by real reports over a real broker, and a real browser that looks at it."""

import json
import time
from dataclasses import dataclass, field

from development.testbed.browser import Browser, Tab
from development.testbed.guests import Guest
from development.testbed.program import until
from fusion_service.access.making import By, Wanted, add_person, reset_person
from fusion_service.store.sqlite.access.keeper import AccessFile
from tests.dashboard.relay import Relay
from tests.fusion_service.audits.made_audit import auditor_keys
from tests.fusion_service.box import Box, line, zone
from tests.fusion_service.centre import Centre
from tests.fusion_service.wire import Wire
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

WINDOW_S = 10
"""Three in a row let the site be estimated as often."""
PAST = 12
STORE_MIB = 64
SITE = "beach"
OFFICER = f"""[officer]
public_sites = ["{SITE}"]
auditors = {{ fg-den-haag = "{auditor_keys()["fg-den-haag"]}" }}
"""
"""Whose signature under an audit counts, and where anybody may read."""
MARKUP = '<img src=x onerror="window.hurt=1">'
SCRIPT = "<script>window.hurt=1</script>"
TURNED = "\u202egnp.evil\u202c"
LINK = "javascript:window.hurt=1"
SITE_NAME, ZONE_NAME = f"{MARKUP} {TURNED}", f"{SCRIPT} {LINK} {TURNED}"
ORGANISATION = f'">{MARKUP} {TURNED}'
DRAWN = f"""format = 1
id = "{SITE}"
name = {json.dumps(SITE_NAME)}
time_zone = "Europe/Amsterdam"
[[zones]]
id = "deck"
name = {json.dumps(ZONE_NAME)}
polygon = [[4.28, 52.11], [4.282, 52.11], [4.282, 52.111], [4.28, 52.111]]
capacity = 300
usable_m2 = 50
[zones.thresholds]
yellow = {{ people = 60 }}
orange = {{ people = 120 }}
red = {{ people = 240 }}
[[zones]]
id = "quay"
name = "Quay"
polygon = [[4.28, 52.112], [4.282, 52.112], [4.282, 52.113], [4.28, 52.113]]
capacity = 400
[[emergency_routes]]
id = "lane"
name = {json.dumps(LINK)}
path = [[4.2801, 52.1105], [4.2819, 52.1105]]
[[measures]]
level = "green"
text = {json.dumps(MARKUP)}
organisation = {json.dumps(SCRIPT)}
[[measures]]
level = "yellow"
text = "Send stewards."
organisation = "municipality"
[[measures]]
level = "orange"
text = "Close the way in."
organisation = "police"
[[measures]]
level = "red"
text = "Clear the deck."
organisation = "police"
[[devices]]
id = "pier-1"
[[devices.counters]]
zone = "square"
at_zone = "deck"
share = 1.0
[[devices]]
id = "pier-2"
[[devices.counters]]
line = "door"
at_zone = "quay"
"""
"""Every text that somebody may write is a hostile one; what JSON escapes TOML reads."""
OTHER = """format = 1
id = "harbour"
name = "The harbour"
time_zone = "Europe/Amsterdam"
[[zones]]
id = "quay-2"
name = "Second quay"
polygon = [[4.26, 52.1], [4.262, 52.1], [4.262, 52.101], [4.26, 52.101]]
capacity = 200
"""
"""A site where nobody counts, so that there are two to choose from."""


@dataclass
class Feed:
    """One box that sends what it is told to have counted, window after window."""

    wire: Wire
    box: Box
    sequence: int = 0
    end_s: int = field(default_factory=lambda: int(time.time()) // WINDOW_S * WINDOW_S - WINDOW_S)

    def begin(self, people: int) -> None:
        """Say what it is, and send the last two minutes."""
        self.sequence += 1
        meta = self.box.seal(self.box.meta(self.sequence, level=Level.STANDARD), Channel.META)
        self.wire.send(self.box.topic(Channel.META), meta, retain=True)
        self.end_s -= PAST * WINDOW_S
        for _ in range(PAST):
            self._send(people)

    def count(self, people: int) -> int:
        """Send every window that is over; return when the last one ended, unix seconds."""
        while time.time() < self.end_s + WINDOW_S:
            time.sleep(0.05)
        while time.time() >= self.end_s + WINDOW_S:
            self._send(people)
        return self.end_s

    def _send(self, people: int) -> None:
        self.sequence += 1
        report = self.box.report(
            self.sequence,
            start_s=self.end_s,
            length_s=WINDOW_S,
            level=Level.STANDARD,
            lines=(line(),),
            zones=(zone(mean=people, peak=people + 2),),
        )
        self.end_s += WINDOW_S
        self.wire.send(self.box.topic(), self.box.seal(report))


@dataclass
class Stage:
    """All of it."""

    centre: Centre
    relay: Relay
    browser: Browser
    feed: Feed

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.relay.port}"

    def guest(
        self, login: str, role: str, *scope: str, language: str = "nl", organisation: str = "police"
    ) -> Guest:
        """Let somebody in, as the command does, and without its start."""
        wanted = Wanted(login, role, organisation, scope or ("*",), language)
        with AccessFile(self.centre.store, size_mib_max=STORE_MIB) as keeper:
            shown = add_person(keeper, wanted, "", By("tests", time.time_ns() // 1_000_000))
        return Guest(login, shown.password, shown.recovery)

    def reset(self, guest: Guest) -> Guest:
        """Give somebody a new log-in: their session ends."""
        with AccessFile(self.centre.store, size_mib_max=STORE_MIB) as keeper:
            by = By("tests", time.time_ns() // 1_000_000)
            shown = reset_person(keeper, guest.login, "", by)
        return Guest(guest.login, shown.password, shown.recovery)

    def enter(self, tab: Tab, guest: Guest, path: str = "/", *, code: int = 0) -> None:
        """Go there, and log in as somebody would."""
        tab.goto(self.url + path)
        tab.wait("#field-login")
        log_in(tab, guest, code=code)

    def people(self) -> float:
        found = self.centre.get(f"/v1/sites/{SITE}/latest")["zones"]
        return float(next(one["people"] for one in found if one["zone"] == "deck"))

    def wait_until_known(self) -> None:
        path = f"/v1/sites/{SITE}/latest"
        until(lambda: len(self.centre.get(path)["zones"]) > 1, "the first numbers")


def log_in(tab: Tab, guest: Guest, *, code: int = 0) -> None:
    tab.fill("#field-login", guest.login)
    tab.fill("#field-password", guest.password)
    tab.fill("#field-code", guest.codes[code] if guest.codes else "")
    tab.press("Enter")
