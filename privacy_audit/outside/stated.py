# SPDX-License-Identifier: Apache-2.0
"""What the running box says of itself, measured once more.

So is what its connection says beside topic and payload.

It says a level, a config, a model, a boot, its health, and it signs. The hash of the config is made
here from the settings by another program than the box's, and must change with every key. The level
is what the audit itself measures. A signature has one right form for given bytes (RFC 8032), so it
is made anew with the box's key: another valid one could carry bits of its own.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import Config
from edge_agent.models.card import read_card
from privacy_audit import timing
from privacy_audit.confinement import processes
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.outside import mqtt_bytes
from privacy_audit.outside.config_hash import changeable, hash_is_blind, hash_of
from privacy_audit.outside.tap import Spoken
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.stored_entries import read_envelopes

PART = "what it says of itself"
_BOX = "the running box, by what it has signed"
REPORTS_MIN, WITHIN_WINDOWS, WITHIN_S = 2, 4, 20.0
_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_WARM_C, _HOT_C, _FINE, _LOW = 60.0, 80.0, 0.20, 0.05
_SOME_WAIT = 2
"""The class of the outbox from 8 to 63 reports."""
_NEAR_C, _NEAR = 8.0, 0.02
"""So near an edge the class may have changed between the box's look and ours."""
Payload = dict[str, Any]


def look(box: AuditedBox) -> list[Finding]:
    """Wait for a few reports, and compare what they and the meta say with measurements."""
    store = box.config.store.directory
    within_s = WITHIN_WINDOWS * box.config.window.length_s + WITHIN_S if box.started else 0.0
    try:
        until(lambda: len(_of_this_run(store)[1]) >= REPORTS_MIN, within_s=within_s, every_s=0.5)
        meta, reports = _of_this_run(store)
    except OSError as error:
        return [
            _finding(
                "what it has signed",
                Verdict.UNPROVEN,
                f"its ledger is not ours to read: {error}; run the audit as root",
            )
        ]
    if meta is None or not reports:
        return [
            _finding(
                "what it has signed",
                Verdict.UNPROVEN,
                f"this run has signed no meta message or no report yet; {timing.TOO_BUSY}",
            )
        ]
    said = [meta, *reports]
    return [
        _level(box, said),
        _config(box, said),
        _meta(box, said),
        _health(box, reports),
        *_signatures(box),
        _mqtt(box),
    ]


def _of_this_run(store: Path) -> tuple[Payload | None, list[Payload]]:
    """Return the last meta of the ledger and the reports behind it. Raises OSError."""
    rows = [
        (channel, json.loads(envelope.rpartition(b"\n")[0]))
        for channel, envelope in read_envelopes(store)
    ]
    metas = [place for place, (channel, _) in enumerate(rows) if channel == "meta"]
    if not metas:
        return None, []
    reports = [
        said for channel, said in rows[metas[-1] :] if channel == "report" and "kind" not in said
    ]
    return rows[metas[-1]][1], reports


# --- level --------------------------------------------------------------------------------------


def _level(box: AuditedBox, said: list[Payload]) -> Finding:
    """The level in meta and reports is the one that the audit measures itself."""
    measured = processes.look(box)
    name, own = "its level", processes.level(measured)
    told = sorted({str(payload.get("level")) for payload in said})
    detail = f"it says {' and '.join(told)} in {len(said)} messages; measured from outside: {own}"
    unproven = [one for one in measured if one.verdict is Verdict.UNPROVEN]
    if unproven and told != [own]:
        return _finding(
            name,
            Verdict.UNPROVEN,
            f"{detail}, but not all could be measured: {unproven[0].name}: {unproven[0].detail}",
        )
    return _finding(
        name,
        Verdict.PROVEN if told == [own] else Verdict.FELL,
        f"{detail}{'' if told == [own] else ': not the measured level'}",
    )


# --- config -------------------------------------------------------------------------------------


def _config(box: AuditedBox, said: list[Payload]) -> Finding:
    name, own = "the hash of its config", hash_of(box.config)
    told = {str(payload.get("config")) for payload in said}
    blind = [key for key in changeable(box.config) if hash_is_blind(box.config, key)]
    keys = len(list(changeable(box.config)))
    detail = f"made anew from the settings: {own[:16]}..; {keys} keys changed one at a time"
    if told != {own}:
        return _finding(
            name,
            Verdict.FELL,
            f"{detail}; signed is another config hash: {', '.join(sorted(told))[:64]}",
        )
    if blind:
        return _finding(
            name,
            Verdict.FELL,
            f"{detail}; the config hash stays the same when {', '.join(blind[:3])} changes",
        )
    return _finding(
        name, Verdict.PROVEN, f"{detail}, each changes it; it stands in all {len(said)} messages"
    )


# --- meta ---------------------------------------------------------------------------------------


def _meta(box: AuditedBox, said: list[Payload]) -> Finding:
    """What runs and where: model, boot, place, window length, lines and zones, clock and rule."""
    name = "what runs and what it counts"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    wrong = [*_wrong_in_meta(box.config, said), *_wrong_in_all(box.config, said)]
    # A box that runs under another kernel's number is another box; a window may have waited from
    # the boot before.
    wrong += ["the boot of its meta message"] if said[0]["boot"] != boot else []
    if wrong:
        return _finding(name, Verdict.FELL, f"not what is on this machine: {', '.join(wrong)}")
    return _finding(
        name,
        Verdict.PROVEN,
        f"model, boot, place, window, rule, lines and zones of {len(said)} messages are this "
        "machine's",
    )


def _wrong_in_meta(config: Config, said: list[Payload]) -> list[str]:
    meta, card = said[0], read_card(cards_directory() / config.detector.model)
    weights = hashlib.sha256((weights_directory() / card.onnx_name).read_bytes()).hexdigest()
    lines, zones = ([one["id"] for one in meta[kind]] for kind in ("lines", "zones"))
    compared = (
        ("the hash of the model's file", meta["model_sha256"], weights),
        ("the model's name", meta["model"], str(config.detector.model)),
        ("the lines", lines, [line.id for line in config.lines]),
        ("the zones", zones, [zone.id for zone in config.zones]),
        ("the stream", len({str(payload["stream"]) for payload in said}), 1),
    )
    return [key for key, seen, right in compared if seen != right]


def _wrong_in_all(config: Config, said: list[Payload]) -> list[str]:
    """Return what every message says of the place and does not say rightly."""
    every = {
        "site": config.site,
        "device": config.device,
        "length": config.window.length_s,
        "clock": str(config.window.clock),
        "rule": {
            "name": str(config.disclosure.rule),
            "parameters": list(config.disclosure.parameters()),
        },
    }
    return [
        f"{key} of a message"
        for key, right in every.items()
        if any(one[key] != right for one in said)
    ]


def _health(box: AuditedBox, reports: list[Payload]) -> Finding:
    """The classes of temperature and disk are those that we measure.

    The others follow from what waits and from the link.
    """
    name, healths = "its health", [report["health"] for report in reports]
    possible = {"temperature": possible_temperatures(), "disk": _disks(box.config.store.directory)}
    wrong = [
        f"{key} {health[key]}, measured {' or '.join(map(str, sorted(right)))}"
        for health in healths for key, right in possible.items() if health[key] not in right
    ]  # fmt: skip
    strange = sorted(
        {key for health in healths for key in health} - {"temperature", "disk", "outbox", "link"}
    )
    wrong += [f"a further class: {key}" for key in strange]
    if box.started:
        # The centre beside it acknowledges at once, so nothing piles up; the link is up once it has
        # been.
        wrong += [
            f"outbox {health['outbox']} where next to nothing waits"
            for health in healths
            if health["outbox"] > _SOME_WAIT
        ]
        links = [health["link"] for health in healths]
        after = links[links.index(1) :] if 1 in links else []
        if set(after) - {1} and len(_connections(box)) == 1:
            wrong.append("a link that is gone, where the connection never ended")
    detail = (
        f"{len(reports)} reports, temperature and disk measured anew, outbox and link as they were"
    )
    return _finding(
        name,
        Verdict.FELL if wrong else Verdict.PROVEN,
        f"health says {wrong[0]} ({len(wrong)} such)" if wrong else detail,
    )


def _connections(box: AuditedBox) -> tuple[Spoken, ...]:
    return box.tap.spoken() if box.tap is not None else ()


def possible_temperatures() -> set[int]:
    """Return the classes that this machine's temperature may have now."""
    try:
        celsius = int(_THERMAL.read_text("ascii")) / 1000.0
    except (OSError, ValueError):
        return {0}
    return {
        1 if each < _WARM_C else 2 if each < _HOT_C else 3
        for each in (celsius - _NEAR_C, celsius, celsius + _NEAR_C)
    }


def _disks(folder: Path) -> set[int]:
    disk = os.statvfs(folder)
    free = disk.f_bavail / max(disk.f_blocks, 1)
    return {
        1 if each > _FINE else 2 if each > _LOW else 3
        for each in (free - _NEAR, free, free + _NEAR)
    }


def _signatures(box: AuditedBox) -> list[Finding]:
    """Sign every entry anew: the signature that left is the one that the key gives."""
    name = "its signatures"
    try:
        key = Ed25519PrivateKey.from_private_bytes(
            base64.b64decode((box.config.keys.directory / "signing.key").read_text("ascii"))
        )
    except (OSError, ValueError) as error:
        return [
            _finding(
                name,
                Verdict.UNPROVEN,
                f"its key is not ours to read: {error}; run the audit as root",
            )
        ]
    envelopes = read_envelopes(box.config.store.directory)
    wrong = [
        place
        for place, (channel, envelope) in enumerate(envelopes, 1)
        if envelope != sealed(key, channel, envelope)
    ]
    detail = f"{len(envelopes)} entries written and signed anew with its key"
    if wrong:
        return [
            _finding(
                name,
                Verdict.FELL,
                f"{detail}: {len(wrong)} are other bytes, entry {wrong[0]} first: not in their "
                "one form",
            )
        ]
    return [_finding(name, Verdict.PROVEN, f"{detail}: the same bytes")]


def sealed(key: Ed25519PrivateKey, channel: str, envelope: bytes) -> bytes:
    """Return an envelope in its one form.

    It is the payload's canonical JSON, and the one signature that the key gives for it.
    """
    with suppress(ValueError):
        payload = json.dumps(
            json.loads(envelope.rpartition(b"\n")[0]), sort_keys=True, separators=(",", ":")
        ).encode()
        return (
            payload
            + b"\n"
            + base64.b64encode(key.sign(f"people-count/{channel}/v1\n".encode() + payload))
        )
    return b""


# --- the connection -----------------------------------------------------------------------------


def _mqtt(box: AuditedBox) -> Finding:
    name, subject = (
        "bytes beside topic and payload",
        "the running uplink, through the audit's own ear at its connection",
    )
    if box.tap is None:
        what = (
            "the box ran before the audit could stand between it and its broker: run the audit "
            "where the box does not run"
        )
        return Finding(PART, name, Mechanism.MQTT_BYTES, subject, Verdict.UNPROVEN, what)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    version = 5 if str(box.config.broker.protocol) == "5" else 4
    who = mqtt_bytes.UplinkIdentity(box.config.site, box.config.device, boot, version)
    spoken = box.tap.spoken()
    judged = [judge(one, who) for one in spoken]
    count = sum(seen for seen, _ in judged)
    wrong = [fault for _, faults in judged for fault in faults]
    detail = (
        f"{count} packets of {len(spoken)} connections, every byte beside topic and payload "
        "accounted for"
    )
    if wrong:
        what = f"{count} packets: {wrong[0]} ({len(wrong)} such)"
        return Finding(PART, name, Mechanism.MQTT_BYTES, subject, Verdict.FELL, what)
    if not count or any(one.overflowed for one in spoken):
        return Finding(
            PART,
            name,
            Mechanism.MQTT_BYTES,
            subject,
            Verdict.UNPROVEN,
            f"{detail}, but that is not all of them",
        )
    return Finding(PART, name, Mechanism.MQTT_BYTES, subject, Verdict.PROVEN, detail)


def judge(spoken: Spoken, who: mqtt_bytes.UplinkIdentity) -> tuple[int, list[str]]:
    """Return how many packets the box sent on a connection, and what of them is wrong."""
    law, count, wrong = mqtt_bytes.UplinkProtocol(who), 0, list[str]()
    try:
        asked = frozenset(
            mqtt_bytes.published(packet, who.version).number
            for packet in _packets(spoken.answered) if packet.kind == mqtt_bytes.PUBLISH
        )  # fmt: skip
        for packet in _packets(spoken.said):
            count += 1
            wrong += law.faults(packet, asked)
    except mqtt_bytes.UnreadableError as error:
        wrong.append(str(error))
    return count, wrong


def _packets(pieces: list[tuple[float, bytes]]) -> Iterator[mqtt_bytes.Packet]:
    held = b""
    for at_s, piece in pieces:
        held += piece
        end = 0
        for packet, end in mqtt_bytes.packets(held, at_s):  # noqa: B007 - where the last one ends
            yield packet
        held = held[end:]


def _finding(name: str, verdict: Verdict, detail: str) -> Finding:
    return Finding(
        PART, name, Mechanism.STATED, _BOX, verdict, detail, timed=timing.ran_out(verdict, detail)
    )
