# SPDX-License-Identifier: Apache-2.0
"""How a box fares, for whoever stands beside it.

One line a subject, what to do where something is wrong, and one verdict.

Reads only, beside a running box too, and believes no process's word but what it left on disk.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography import x509

from edge_agent.clock import Clock, boot_id
from edge_agent.config.schema import Config, load
from edge_agent.errors import ConfigError, EdgeAgentError, StoreError
from edge_agent.evidence.ledger_reader import PURGED
from edge_agent.health import LinkClass, disk_class
from edge_agent.keys import check_private
from edge_agent.operations import camera_advice
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.launch import outbox_path
from edge_agent.processes.preflight import cap_warnings, obstacles, waiting_for_the_clock
from edge_agent.store import layout
from edge_agent.store.layout import LEDGER_FILE, NOTES_FILE
from edge_agent.uplink.certificates import RENEWED
from wire_contract.messages.report import Clock as WindowClock
from wire_contract.messages.report import Level
from wire_contract.programs.shipped import shipped

BUSY_TIMEOUT_S = 5.0
CERTIFICATE_DAYS_LOW = 9
"""A renewal comes with ten days left; with fewer something is in its way."""
ROOT_DAYS_LOW = 60
"""The centre is warned of its root a year before; nothing but enrolling the box again brings it
another."""
WAITING_HIGH = 64
"""Reports that a gate lets wait; beyond, windows wait unsigned."""
LATE_S = 120.0
"""How much longer than a window and its offset a running box may take from one report to the
next."""


class State(StrEnum):
    """How one subject stands."""

    FINE = "fine"
    LOOK = "look"
    """It runs; somebody should look before it does not."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Subject:
    """One line: what was looked at, how it stands, what was found, and what to do where that is not fine."""

    name: str
    state: State
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All lines, and the worst of their states."""

    subjects: tuple[Subject, ...]

    @property
    def verdict(self) -> State:
        """Return the worst state."""
        return max((subject.state for subject in self.subjects), key=list(State).index)

    @property
    def sentence(self) -> str:
        """Return the one line that an installer reads."""
        wrong = [subject.name for subject in self.subjects if subject.state is self.verdict]
        if self.verdict is State.FINE:
            return "fine: nothing to do"
        return f"{self.verdict}: {', '.join(wrong)}"


def examine(path: Path, settings: tuple[str, ...], clock: Clock) -> Diagnosis:
    """Look at the box of a config.

    What is wrong is what it is there to find: it raises nothing for it.
    """
    try:
        config = load(path, settings)
    except ConfigError as error:
        return Diagnosis(
            (
                Subject(
                    "config",
                    State.BROKEN,
                    str(error),
                    f"correct the file; {shipped('docs/CONFIGURATION.md')} lists every key",
                ),
            )
        )
    subjects = [_config(path, config)]
    for name, look in _LOOKS.items():
        try:
            subjects.append(look(config, clock))
        except EdgeAgentError as error:
            subjects.append(Subject(name, State.BROKEN, str(error), "see the sentence itself"))
        except sqlite3.OperationalError as error:
            subjects.append(_unreadable(name, config, error))
        except OSError as error:
            subjects.append(
                Subject(
                    name,
                    State.LOOK,
                    f"cannot be read: {error}",
                    "run as the box's user, or as root",
                )
            )
        except sqlite3.Error as error:
            subjects.append(
                Subject(
                    name,
                    State.BROKEN,
                    f"{error}",
                    "stop the box and look at the files in store.directory",
                )
            )
    return Diagnosis((*subjects, *_notes(config)))


def _unreadable(name: str, config: Config, error: sqlite3.Error) -> Subject:
    """Say why a file of the store cannot be read.

    Its folder is no place for a store, or it is not ours or not there yet.
    """
    try:
        layout.look(config.store.directory)
    except StoreError as fault:
        return Subject(name, State.BROKEN, f"cannot be read: {error}", f"store.directory: {fault}")
    return Subject(
        name, State.LOOK, f"cannot be read: {error}", "run as root, and after the box has run once"
    )


def _config(path: Path, config: Config) -> Subject:
    found = obstacles(path, config)
    if found:
        return Subject("config", State.BROKEN, "; ".join(found), f"edge-agent check {path}")
    if warnings := cap_warnings(config):
        return Subject("config", State.LOOK, "; ".join(warnings), f"edge-agent check {path}")
    return Subject(
        "config",
        State.FINE,
        f"{config.site}/{config.device}, its model and keys are there, {config.sha256()[:16]}",
    )


def _certificate(config: Config, _clock: Clock) -> Subject:
    """Judge the certificate that ends last: the enrolled one, or what came over the broker."""
    broker = config.broker
    if broker.certificate_file is None or broker.key_file is None:
        return Subject("certificate", State.FINE, "none: the broker is on this machine")
    check_private(broker.key_file)
    now = datetime.now(UTC)
    read = (
        _read(path)
        for path in (
            broker.certificate_file,
            *(outbox_path(config).parent / name for name in RENEWED),
        )
    )
    known = [certificate for certificate in read if certificate is not None]
    if not known:
        return Subject(
            "certificate",
            State.BROKEN,
            f"{broker.certificate_file}: is no certificate",
            "edge-agent enrol --again",
        )
    newest = max(known, key=lambda one: one.not_valid_after_utc)
    days = (newest.not_valid_after_utc - now).total_seconds() / 86_400
    until = f"{days:.1f} days left, until {newest.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if days <= 0:
        return Subject(
            "certificate",
            State.BROKEN,
            until,
            "a new token, and edge-agent enrol --again; or the clock is wrong",
        )
    if newest.not_valid_before_utc > now:
        return Subject(
            "certificate",
            State.BROKEN,
            f"begins only on {newest.not_valid_before_utc} UTC",
            "set the clock",
        )
    if days < CERTIFICATE_DAYS_LOW:
        return Subject(
            "certificate", State.LOOK, until, "the centre is to run fusion-service renew"
        )
    return _with_root(Subject("certificate", State.FINE, until), broker.ca_file, now)


def _with_root(own: Subject, path: Path | None, now: datetime) -> Subject:
    """Say of a good certificate how long the root is good that this box trusts.

    No renewal brings another one.
    """
    root = None if path is None else _read(path)
    if root is None:
        return Subject(
            "certificate",
            State.BROKEN,
            f"{path}: is no certificate of a root",
            "edge-agent enrol --again",
        )
    days = (root.not_valid_after_utc - now).total_seconds() / 86_400
    found = f"{own.found}; its root for {days:.0f} days"
    if days >= ROOT_DAYS_LOW:
        return replace(own, found=found)
    state = State.LOOK if days > 0 else State.BROKEN
    return Subject(
        "certificate",
        state,
        found,
        "the centre needs a new root, and this box edge-agent enrol --again under it",
    )


def _clock(config: Config, clock: Clock) -> Subject:
    now = f"{datetime.fromtimestamp(clock.utc_s(), UTC):%Y-%m-%d %H:%M:%S} UTC"
    if config.window.clock is WindowClock.REPLAY:
        return Subject("clock", State.FINE, f"{now}; windows follow the file's own time")
    if clock.synchronised():
        return Subject("clock", State.FINE, f"{now}, synchronised")
    until = waiting_for_the_clock(config, clock, began_s=_first_that_waits_s(config))
    found = f"{now}, not synchronised; {until}"
    return Subject(
        "clock", State.LOOK, found, "give it time, or a time server that its firewall lets through"
    )


def _first_that_waits_s(config: Config) -> float | None:
    """Return when the first window of this boot began that waits for a clock (monotonic), None where none is known."""
    query = (
        "SELECT MIN(start_monotonic_s) FROM pending WHERE quality = 'unsynchronised' AND boot = ?"
    )
    try:
        began_s = _row(config.store.directory / "pending.db", query, boot_id())[0]
    except sqlite3.Error:
        return None
    return None if began_s is None else float(began_s)


def _camera(config: Config, clock: Clock) -> Subject:
    """Say how the camera stands, as whoever starts the box's processes has written it down."""
    where, told = camera_place(config), camera_state.told(config.store.directory)
    if told is None:
        return Subject(
            "camera",
            State.FINE,
            f"{where}: nothing is known, the box does not run or has just begun",
        )
    since = (
        f", since {datetime.fromtimestamp(told.since_s, UTC):%Y-%m-%d %H:%M} UTC "
        f"({_ago(clock.utc_s() - told.since_s)})"
    )
    if told.fault is not None:
        found, do = camera_advice.FAULTS[told.fault]
        return Subject(
            "camera",
            State.BROKEN,
            f"{where}: {found}{since}; windows say `camera lost`, not zero",
            do,
        )
    state = CameraState(told.word)
    found, do = camera_advice.SAYS[state]
    return Subject(
        "camera",
        State.LOOK if state is CameraState.ENDED else State.FINE,
        f"{where}: {found}{since}",
        do,
    )


def camera_place(config: Config) -> str:
    """Return where the camera is, without the path of a stream, which may hold a word that opens it."""
    camera = config.camera
    return (
        f"{camera.source} camera at {camera.host} port {camera.port}"
        if camera.source.is_network
        else str(camera.path)
    )


def _disk(config: Config, _clock: Clock) -> Subject:
    folder = config.store.directory
    if not folder.exists():
        return Subject(
            "disk", State.LOOK, f"{folder}: is not there", "it is made at the first start"
        )
    grade, disk = disk_class(folder), os.statvfs(folder)
    free = f"{100.0 * disk.f_bavail / max(disk.f_blocks, 1):.0f} % free at {folder}"
    state = (State.FINE, State.LOOK, State.BROKEN)[grade - 1]
    return Subject(
        "disk",
        state,
        free,
        "" if state is State.FINE else "free space: windows are kept in memory, then dropped",
    )


def _outbox(config: Config, _clock: Clock) -> Subject:
    """Count what waits: signed in the outbox, and unsigned before it."""
    signed = _row(outbox_path(config), "SELECT COUNT(*) FROM outbox WHERE channel <> 'checkpoint'")[
        0
    ]
    unsigned = _row(config.store.directory / "pending.db", "SELECT COUNT(*) FROM pending")[0]
    found = f"{signed} reports and {unsigned} windows wait"
    if signed >= WAITING_HIGH:
        return Subject(
            "outbox",
            State.LOOK,
            found,
            "the centre does not acknowledge: see link; nothing is lost while the disk holds",
        )
    return Subject("outbox", State.FINE, found)


def _acknowledged(config: Config, clock: Clock) -> Subject:
    ledger = config.store.directory / LEDGER_FILE
    query = "SELECT upto, rejected FROM acknowledged WHERE stream = ?"
    stream = _row(ledger, "SELECT id FROM stream")
    said = _row(outbox_path(config), query, *stream)
    if not said:
        return Subject(
            "acknowledged",
            State.LOOK,
            "nothing yet",
            "has the box run, and is it enrolled at the centre?",
        )
    upto, rejected = said
    signed = _row(ledger, "SELECT signed_utc_ms FROM entry WHERE sequence = ?", upto)
    age = "" if not signed else f", signed {_ago(clock.utc_s() - signed[0] / 1000.0)} ago"
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
    """Say what of it the centre holds no longer; nothing where it holds all.

    Nor where a box of an earlier release keeps the outbox.
    """
    outbox = outbox_path(config)
    if not _row(outbox, "SELECT 1 FROM sqlite_schema WHERE name = 'heard'"):
        return ""
    row = _row(outbox, "SELECT upto FROM heard WHERE stream = ? AND upto IS NOT NULL", stream)
    return f"the centre has lost what came after {row[0]}, and is sent it again" if row else ""


def _signed(config: Config, clock: Clock) -> Subject:
    """Judge when the last report was signed, and which level it says."""
    query = (
        "SELECT envelope, signed_utc_ms FROM entry WHERE channel = 'report' AND instr(envelope, ?) "
        "= 0 ORDER BY sequence DESC LIMIT 1"
    )
    row = _row(config.store.directory / LEDGER_FILE, query, PURGED)
    if not row:
        return Subject(
            "reports",
            State.LOOK,
            "none signed yet",
            "wait for a window and see what the box's log says",
        )
    payload, age_s = json.loads(bytes(row[0]).rpartition(b"\n")[0]), clock.utc_s() - row[1] / 1000.0
    level = str(payload.get("level"))
    found = f"last signed {_ago(age_s)} ago, level {level}"
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


def _link(config: Config, _clock: Clock) -> Subject:
    row = _row(outbox_path(config), "SELECT class FROM link")
    link = LinkClass(row[0]) if row and row[0] in tuple(LinkClass) else LinkClass.UNKNOWN
    if link in (LinkClass.CONNECTED, LinkClass.RECONNECTED):
        return Subject("link", State.FINE, link.name.lower())
    return Subject(
        "link",
        State.LOOK,
        link.name.lower(),
        f"is {config.broker.host}:{config.broker.port} reachable from here?",
    )


def _broker(config: Config, _clock: Clock) -> Subject:
    """Say which broker the box goes to, and by whose word."""
    named = f"{config.broker.host}:{config.broker.port}"
    try:
        row = _row(
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


def _notes(config: Config) -> Iterator[Subject]:
    """Yield what the uplink has noted: each is something that it cannot put right by itself."""
    path = outbox_path(config).parent / NOTES_FILE
    try:
        with closing(_opened(path)) as file:
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


_LOOKS: dict[str, Callable[[Config, Clock], Subject]] = {
    "certificate": _certificate,
    "clock": _clock,
    "camera": _camera,
    "disk": _disk,
    "reports": _signed,
    "outbox": _outbox,
    "acknowledged": _acknowledged,
    "broker": _broker,
    "link": _link,
}


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; run as a user who may read it") from error
    except ValueError:
        return None


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)


def _row(path: Path, query: str, *values: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a row is what its query says
    """Return the first row of a query, empty where there is none."""
    with closing(_opened(path)) as file:
        return tuple(file.execute(query, values).fetchone() or ())


def _ago(seconds: float) -> str:
    """Write an age; a clock that was set back may make it negative."""
    minutes = round(seconds / 60.0)
    return (
        f"{minutes} min"
        if abs(minutes) < 120  # noqa: PLR2004 - two hours, three days
        else f"{minutes // 60} h"
        if minutes < 72 * 60
        else f"{minutes // 1440} days"
    )
