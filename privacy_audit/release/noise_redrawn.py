# SPDX-License-Identifier: Apache-2.0
"""Draw the noise again from its key.

What was released must be what key and name of each number give.
"""

import base64
import secrets
from collections.abc import Sequence
from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.keys import NOISE_KEY
from privacy_audit.finding import Finding, Verdict
from privacy_audit.oracles import caps, noise
from privacy_audit.oracles.records import LINE, ZONE, Source, Values
from privacy_audit.release.live_gate import GATE, Live
from privacy_audit.release.membership_findings import PART, finding_of, unproven_in_time
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.companion import other_filters
from privacy_audit.target.stored_entries import StoredEntry, read_entries

NUMBERS_MIN, NUMBERS_WITHIN_S = 20, 40.0
"""How many numbers of the running box are looked at, and how long they are waited for."""
WINDOWS_WAITED = 2
"""Of long windows: two have told enough where a box has a line or a zone."""
OTHER_KEYS = 200
BOX = "the running gate"


def redraw_noise(box: AuditedBox, live: Live) -> list[Finding]:
    """Draw the noise of two gates again.

    The input of the one is known; that of the running one must come out possible.
    """
    rule = str(box.config.disclosure.rule)
    if rule not in {noise.LAPLACE, noise.ROUNDING}:
        what = f"the rule {rule} draws no noise; there is no key to look at"
        return [finding_of("noise and its key", BOX, Verdict.UNPROVEN, what)]
    found = other_filters(PART, live.likeness)
    found.append(known_input(box.config, live))
    if rule == noise.LAPLACE:
        found.append(running_box(box))
    return found


def known_input(config: Config, live: Live) -> Finding:
    """Compare what a gate beside the box released with what key, name and input give."""
    rule, parameter = str(config.disclosure.rule), config.disclosure.parameters()[0]
    reports = [
        entry
        for entry in live.entries
        if entry.channel == "report" and entry.payload["start"] in live.said
    ]
    told = [
        (number, value, live.said[entry.payload["start"]])
        for entry in reports
        for number, value in numbers_of(config, entry)
    ]
    other = secrets.token_bytes(32)

    def fits(key: bytes) -> int:
        return sum(
            noise.released(_exact(said, number), rule, parameter, key, number) == value
            for number, value, said in told
        )

    own, others = fits(live.key), fits(other)
    detail = (
        f"{own} of {len(told)} numbers are what key, name and input give; another key gives "
        f"{others}"
    )
    if not told:
        return unproven_in_time("noise of known counts", GATE, "nothing was released in time")
    if own < len(told) or (rule == noise.LAPLACE and others == len(told)):
        return finding_of("noise of known counts", GATE, Verdict.FELL, detail)
    return finding_of(
        "noise of known counts", GATE, live.likeness.verdict, f"{detail}; {live.likeness.value}"
    )


def running_box(box: AuditedBox) -> Finding:
    """Take the noise off what the running box released.

    Under its own key every count comes out possible.
    """
    config, store = box.config, box.config.store.directory
    name, parameter = "noise of the running box", config.disclosure.parameters()[0]
    within_s = (
        max(NUMBERS_WITHIN_S, WINDOWS_WAITED * config.window.length_s) if box.started else 0.0
    )
    try:
        key = base64.b64decode((config.keys.directory / NOISE_KEY).read_text("ascii"))
        until(lambda: len(_released(config, store)) >= NUMBERS_MIN, within_s=within_s, every_s=1.0)
        told = _released(config, store)
    except OSError as error:
        return finding_of(
            name,
            BOX,
            Verdict.UNPROVEN,
            f"its key or its ledger cannot be read: {error}; run the audit as root",
        )
    possible = _possible(config, told, key, parameter)
    others = [
        _possible(config, told, secrets.token_bytes(32), parameter) for _ in range(OTHER_KEYS)
    ]
    as_good = sum(one == len(told) for one in others)
    detail = (
        f"without the noise that its key gives, {possible} of {len(told)} released numbers are "
        "possible counts"
    )
    detail += f"; {as_good} of {OTHER_KEYS} other keys would do as well"
    if possible < len(told):
        return finding_of(name, BOX, Verdict.FELL, detail)
    if as_good > OTHER_KEYS // 20:
        return unproven_in_time(name, BOX, f"{detail}: too few numbers to tell")
    return finding_of(name, BOX, Verdict.PROVEN, detail)


def _released(config: Config, store: Path) -> list[tuple[noise.Number, int]]:
    """Return what the box has released under this config, newest last."""
    reports = [
        entry
        for entry in read_entries(store)
        if entry.channel == "report" and entry.payload["config"] == config.sha256()
    ]
    return [pair for entry in reports[-NUMBERS_MIN * 5 :] for pair in numbers_of(config, entry)]


def _possible(
    config: Config, told: Sequence[tuple[noise.Number, int]], key: bytes, parameter: int
) -> int:
    maximum = {
        ("LINE", index): count_max for index, count_max in enumerate(caps.line_count_maxima(config))
    }
    maximum |= {
        ("ZONE", index): count_max for index, count_max in enumerate(caps.zone_count_maxima(config))
    }
    return sum(
        0 <= value - noise.noise(parameter, key, number) <= maximum[number.kind, number.index]
        for number, value in told
    )


def numbers_of(config: Config, entry: StoredEntry) -> list[tuple[noise.Number, int]]:
    """Return every released number of a report under the name by which its noise is drawn.

    A report without such a name has none.
    """
    report, drawn_ms = entry.payload, entry.drawn_ms
    if drawn_ms is None:
        return []
    places = {("LINE", line.id): index for index, line in enumerate(config.lines)}
    places |= {("ZONE", zone.id): index for index, zone in enumerate(config.zones)}
    rows = [("LINE", one, name) for one in report["lines"] for name in ("in", "out")]
    rows += [
        ("ZONE", one, name)
        for one in report["zones"]
        for name in ("mean", "peak" if "peak" in one else "most")
    ]
    return [
        (
            noise.Number(
                report["stream"],
                report["boot"],
                kind,
                places[kind, one["id"]],
                drawn_as(name),
                drawn_ms,
                one["id"],
                entry.drawn_run,
            ),
            one[name],
        )
        for kind, one, name in rows
        if one[name] is not None
    ]


def drawn_as(name: str) -> str:
    """Return under which name a number's noise is drawn: that of version 1 of the wire."""
    return "most" if name == "peak" else name


def _exact(said: dict[Source, Values], number: noise.Number) -> int:
    source = (LINE if number.kind == "LINE" else ZONE, number.index)
    return said[source][1 if number.name in {"out", "most"} else 0]
