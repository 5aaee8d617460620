# SPDX-License-Identifier: Apache-2.0
"""Examine what a box has signed, what waits, and what the centre has acknowledged."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from edge_agent.clock import Clock
from edge_agent.config.schema import Config
from edge_agent.evidence.ledger_reader import PURGED
from edge_agent.health import LinkClass
from edge_agent.operations.doctor.diagnosis import (
    State,
    Subject,
    age_in_words,
    first_row,
    open_read_only,
)
from edge_agent.processes.launch import outbox_path
from edge_agent.store.layout import LEDGER_FILE, NOTES_FILE
from wire_contract.messages.report import Clock as WindowClock
from wire_contract.messages.report import Level

WAITING_HIGH = 64
"""Reports that a gate lets wait; beyond, windows wait unsigned."""
LATE_S = 120.0
"""How much longer than a window and its offset a running box may take from one report to the
next."""


def examine_reports(config: Config, clock: Clock) -> Subject:
    """Judge when the last report was signed, and which level it says."""
    query = (
        "SELECT envelope, signed_utc_ms FROM entry WHERE channel = 'report' AND instr(envelope, ?) "
        "= 0 ORDER BY sequence DESC LIMIT 1"
    )
    row = first_row(config.store.directory / LEDGER_FILE, query, PURGED)
    if not row:
        return Subject(
            "reports",
            State.LOOK,
            "none signed yet",
            "wait for a window and see what the box's log says",
        )
    payload, age_s = json.loads(bytes(row[0]).rpartition(b"\n")[0]), clock.utc_s() - row[1] / 1000.0
    level = str(payload.get("level"))
    found = f"last signed {age_in_words(age_s)} ago, level {level}"
    late = age_s > 2 * config.window.length_s + config.release_offset_s() + LATE_S
    if config.window.clock is WindowClock.LIVE and late:
        return Subject(
            "reports",
            State.LOOK,
            found,
            "is the box running? systemctl status people-count.target; see its log",
        )
    if not config.test_site and level not in (Level.FULL, Level.STANDARD, Level.NETWORK_CAMERA):
        return Subject(
            "reports",
            State.BROKEN,
            found,
            "the centre refuses this level: run it as root, see the box's log",
        )
    return Subject("reports", State.FINE, found)


def examine_outbox(config: Config, _clock: Clock) -> Subject:
    """Count what waits: signed in the outbox, and unsigned before it."""
    signed = first_row(
        outbox_path(config), "SELECT COUNT(*) FROM outbox WHERE channel <> 'checkpoint'"
    )[0]
    unsigned = first_row(config.store.directory / "pending.db", "SELECT COUNT(*) FROM pending")[0]
    found = f"{signed} reports and {unsigned} windows wait"
    if signed >= WAITING_HIGH:
        return Subject(
            "outbox",
            State.LOOK,
            found,
            "the centre does not acknowledge: see link; nothing is lost while the disk holds",
        )
    return Subject("outbox", State.FINE, found)


def examine_acknowledged(config: Config, clock: Clock) -> Subject:
    """Say up to which report the centre has acknowledged, and what it could not use."""
    ledger = config.store.directory / LEDGER_FILE
    query = "SELECT upto, rejected FROM acknowledged WHERE stream = ?"
    stream = first_row(ledger, "SELECT id FROM stream")
    said = first_row(outbox_path(config), query, *stream)
    if not said:
        return Subject(
            "acknowledged",
            State.LOOK,
            "nothing yet",
            "has the box run, and is it enrolled at the centre?",
        )
    upto, rejected = said
    signed = first_row(ledger, "SELECT signed_utc_ms FROM entry WHERE sequence = ?", upto)
    age = "" if not signed else f", signed {age_in_words(clock.utc_s() - signed[0] / 1000.0)} ago"
    found = f"up to {upto}{age}; {rejected} rejected"
    if lost := _lost_there(config, *stream):
        lost_do = (
            "nothing: what is still here is sent again by itself; the centre says what it has lost"
        )
        return Subject("acknowledged", State.LOOK, f"{found}; {lost}", lost_do)
    if rejected:
        return Subject(
            "acknowledged",
            State.LOOK,
            found,
            "the centre could not use some: fusion-service store dead-letters says why",
        )
    return Subject("acknowledged", State.FINE, found)


def _lost_there(config: Config, stream: str) -> str:
    """Say what of a stream the centre no longer holds; nothing where it holds all.

    Nothing either where the outbox is of an earlier release.
    """
    outbox = outbox_path(config)
    if not first_row(outbox, "SELECT 1 FROM sqlite_schema WHERE name = 'heard'"):
        return ""
    row = first_row(outbox, "SELECT upto FROM heard WHERE stream = ? AND upto IS NOT NULL", stream)
    return f"the centre has lost what came after {row[0]}, and is sent it again" if row else ""


def examine_broker(config: Config, _clock: Clock) -> Subject:
    """Say which broker the box goes to, and by whose word."""
    named = f"{config.broker.host}:{config.broker.port}"
    try:
        row = first_row(
            outbox_path(config).parent / NOTES_FILE,
            "SELECT serial, host, port, configured, since_s FROM broker",
        )
    except sqlite3.OperationalError:
        row = ()  # a box that never had an uplink of this release
    if not row or row[3] != named or f"{row[1]}:{row[2]}" == named:
        return Subject("broker", State.FINE, f"{named}, as the config file says")
    since = f"{datetime.fromtimestamp(row[4], UTC):%Y-%m-%d %H:%M} UTC"
    return Subject(
        "broker",
        State.FINE,
        f"{row[1]}:{row[2]} since {since}, by signed config {row[0]}; the config file names "
        f"{named}",
    )


def examine_link(config: Config, _clock: Clock) -> Subject:
    """Say whether the connection to the broker stands."""
    row = first_row(outbox_path(config), "SELECT class FROM link")
    link = LinkClass(row[0]) if row and row[0] in tuple(LinkClass) else LinkClass.UNKNOWN
    if link in (LinkClass.CONNECTED, LinkClass.RECONNECTED):
        return Subject("link", State.FINE, link.name.lower())
    return Subject(
        "link",
        State.LOOK,
        link.name.lower(),
        f"is {config.broker.host}:{config.broker.port} reachable from here?",
    )


def uplink_notes(config: Config) -> Iterator[Subject]:
    """Yield what the uplink has noted: each is something that it cannot put right by itself."""
    path = outbox_path(config).parent / NOTES_FILE
    try:
        with closing(open_read_only(path)) as file:
            notes = file.execute(
                "SELECT subject, since_s, text FROM note ORDER BY subject"
            ).fetchall()
    except sqlite3.Error:
        return
    for subject, since_s, text in notes:
        yield Subject(
            f"uplink: {subject}",
            State.LOOK,
            f"since {datetime.fromtimestamp(since_s, UTC):%Y-%m-%d %H:%M} UTC: {text}",
        )
