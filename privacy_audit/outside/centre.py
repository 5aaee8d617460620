# SPDX-License-Identifier: Apache-2.0
"""Does the centre believe only what the box has signed? Tell it lies, and see what it keeps.

It is a real centre, and the lies are told under the box's name.

A centre and a broker of their own, with the box enrolled by its public key, hear over the box's own
topics: the box's true messages; and before them messages that were altered, signed by another key,
not signed, signed for another purpose, or another box's. What counts is what its API then shows:
nothing but the true ones, and of each untrue one that it came to nothing.
"""

import base64
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy_audit import timing
from privacy_audit.broker.peer import BrokerPeer
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditCentre, AuditedBox, until
from privacy_audit.target.broker import (
    AuditBroker,
    Identities,
    access,
    tls,
)
from privacy_audit.target.programs import run_centre
from privacy_audit.target.stored_entries import read_envelopes

PART = "the centre"
_SUBJECT = "a fusion-service with this box enrolled, and a broker with the shipped files"
OTHER = "another-box"
REPORT_WITHIN_S, SETTLED_WITHIN_S = 40.0, 20.0
FAR = 1_000_000
"""A place in the stream that the box is far from."""


@dataclass(frozen=True, slots=True)
class Lie:
    """One untrue message: what is untrue about it, on which topic it comes, and its bytes."""

    what: str
    topic: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class CentreRecord:
    """What a centre shows of a device, and how many messages it has thrown away."""

    device: dict[str, Any]
    refused: int


def look(box: AuditedBox) -> list[Finding]:
    """Tell the centre every lie, then the truth. Raises ProcessError where it does not come up."""
    try:
        until(
            lambda: _has_report(box), within_s=REPORT_WITHIN_S if box.started else 0.0, every_s=0.5
        )
        true = read_envelopes(box.config.store.directory)
    except OSError as error:
        return [
            _finding(
                Verdict.UNPROVEN,
                f"the box's own messages are not ours to read: {error}; run the audit as root",
            )
        ]
    if not _has_report(box):
        return [_finding(Verdict.UNPROVEN, f"the box has signed no report yet; {timing.TOO_BUSY}")]
    folder = box.folder / "centre"
    folder.mkdir(mode=0o700)
    site, device = box.config.site, box.config.device
    identities = Identities(folder / "identities")
    with (
        AuditBroker(identities.server(), observer=False) as broker,
        run_centre(box.config, broker.port, identities.client("fusion"), folder) as centre,
    ):
        own, other = (
            tls(access(broker.port, identities.device(site, name))) for name in (device, OTHER)
        )
        lies = told(site, device, true, Ed25519PrivateKey.generate())
        with BrokerPeer(broker.port, own) as speaker, BrokerPeer(broker.port, other) as stranger:
            for lie in lies:
                (stranger if f"/{OTHER}/" in lie.topic else speaker).say(lie.topic, lie.envelope)
            believed = _believed(centre, site, device, wanted=len(lies))
            for channel, envelope in true:
                speaker.say(f"pc/v1/{site}/{device}/{channel}", envelope)
            reports = sum(channel == "report" for channel, _ in true)
            after = _after_the_truth(centre, site, device, reports=reports)
    return [_judged(lies, believed, after, reports=reports)]


def told(
    site: str, device: str, true: list[tuple[str, bytes]], key: Ed25519PrivateKey
) -> list[Lie]:
    """Return the lies, made of a true report and a true meta message.

    key: anyone's but the box's.
    """
    own = f"pc/v1/{site}/{device}/"
    lies = []
    last = {channel: envelope for channel, envelope in true if channel in {"report", "meta"}}
    for channel, envelope in last.items():
        forms = _forms(channel, envelope, key)
        lies += [Lie(f"{channel}: {what}", own + channel, raw) for what, raw in forms.items()]
        elsewhere = f"pc/v1/{site}/{OTHER}/{channel}"
        lies.append(Lie(f"{channel}: the box's own, on another box's topic", elsewhere, envelope))
        other = own + ("meta" if channel == "report" else "report")
        lies.append(Lie(f"{channel}: another's word for it", other, envelope))
    note = _note(site, device, true, key)
    lies.append(Lie("checkpoint: signed by another key", own + "checkpoint", note))
    return lies


def _forms(channel: str, envelope: bytes, key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Return every untrue form of one true message, by what is wrong with it."""
    payload, _, signature = envelope.rpartition(b"\n")
    raw = base64.b64decode(signature)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    own = _placed(payload, FAR + 3, public_key=public)
    return {
        "another sequence under a true signature": _with(_placed(payload, FAR), raw),
        "one digit changed": _with(_digit_changed(payload), raw),
        "a bit of the signature turned": _with(payload, bytes([raw[0] ^ 1, *raw[1:]])),
        "the last bit of the signature turned": _with(payload, bytes([*raw[:-1], raw[-1] ^ 0x10])),
        "signed by another key": _sealed(channel, _placed(payload, FAR + 1), key),
        "signed by another key, for the true place": _sealed(channel, payload, key),
        "signed for another purpose": _sealed("checkpoint", _placed(payload, FAR + 2), key),
        "signed by the key that it brings": _sealed(channel, own, key),
        "a signature of zeros": _with(_placed(payload, FAR + 4), bytes(64)),
        "the neutral signature": _with(_placed(payload, FAR + 5), b"\x01" + bytes(63)),
        "an empty signature": _with(_placed(payload, FAR + 6), b""),
        "no signature": _placed(payload, FAR + 7),
        "half a signature": _with(_placed(payload, FAR + 8), raw[:32]),
    }


def _with(payload: bytes, signature: bytes) -> bytes:
    return payload + b"\n" + base64.b64encode(signature)


def _judged(
    lies: list[Lie], believed: CentreRecord, after: CentreRecord, *, reports: int
) -> Finding:
    took = _took(believed.device)
    detail = (
        f"{len(lies)} untrue messages under the box's name (altered, another key's, unsigned, "
        "another purpose)"
    )
    if took:
        return _finding(
            Verdict.FELL,
            f"{detail}: the centre believed what the box has not signed: it shows "
            f"{', '.join(took)}",
            len(lies),
            0,
        )
    if after.device.get("reports") != reports:
        return _finding(
            Verdict.UNPROVEN,
            f"{detail}; but of {reports} true reports it committed {after.device.get('reports')}; "
            f"{timing.TOO_BUSY}",
            len(lies),
        )
    if believed.refused < 1:
        return _finding(
            Verdict.UNPROVEN,
            f"{detail}; it does not say that it has heard them; {timing.TOO_BUSY}",
            len(lies),
        )
    more = (
        f": none committed, {believed.refused} told as thrown away; {reports} true reports after "
        "them were committed"
    )
    return _finding(Verdict.TWIN, detail + more, len(lies), len(lies), reports)


def _took(device: dict[str, Any]) -> list[str]:
    """Return what a centre shows of a device that has told it nothing true."""
    seen = {
        "reports": device.get("reports"),
        "a meta message": device.get("meta"),
        "a level": device.get("level"),
        "a window": device.get("last_window"),
        "a place in a stream": (device.get("stream") or {}).get("upto"),
        "a ledger": (device.get("ledger") or {}).get("size"),
        "missing entries": device.get("missing"),
    }
    return [
        f"{what} {value if isinstance(value, int) else ''}".strip()
        for what, value in seen.items()
        if value
    ]


def _believed(centre: AuditCentre, site: str, device: str, *, wanted: int) -> CentreRecord:
    """Wait until the centre has judged all that it was told, and return what it then shows."""
    until(
        lambda: _kept(centre, site, device).refused >= wanted,
        within_s=SETTLED_WITHIN_S / 4,
        every_s=0.2,
    )
    return _kept(centre, site, device)


def _after_the_truth(centre: AuditCentre, site: str, device: str, *, reports: int) -> CentreRecord:
    """Wait until the centre shows so many reports, and return what it then shows."""
    until(
        lambda: _kept(centre, site, device).device.get("reports") == reports,
        within_s=SETTLED_WITHIN_S,
        every_s=0.2,
    )
    return _kept(centre, site, device)


def _kept(centre: AuditCentre, site: str, device: str) -> CentreRecord:
    with suppress(OSError, ValueError, KeyError):
        devices = centre.ask("/v1/devices")["items"]
        letters = centre.ask("/v1/dead-letters?limit=200")["items"]
        one = next(
            (dict(item) for item in devices if (item["site"], item["device"]) == (site, device)), {}
        )
        return CentreRecord(one, sum(int(letter["times"]) for letter in letters))
    return CentreRecord({}, 0)


def _has_report(box: AuditedBox) -> bool:
    return any(channel == "report" for channel, _ in read_envelopes(box.config.store.directory))


def _sealed(channel: str, payload: bytes, key: Ed25519PrivateKey) -> bytes:
    return _with(payload, key.sign(f"people-count/{channel}/v1\n".encode() + payload))


def _placed(payload: bytes, sequence: int, **more: str) -> bytes:
    """Return a payload of another place in its stream."""
    return json.dumps(
        {**json.loads(payload), "sequence": sequence, **more}, sort_keys=True, separators=(",", ":")
    ).encode()


def _digit_changed(payload: bytes) -> bytes:
    """Return the payload, with one second added to its length."""
    message = json.loads(payload)
    return json.dumps(
        {**message, "length": message["length"] + 1}, sort_keys=True, separators=(",", ":")
    ).encode()


def _note(site: str, device: str, true: list[tuple[str, bytes]], key: Ed25519PrivateKey) -> bytes:
    """Return a checkpoint of the right form, signed by another key. Source: C2SP signed-note."""
    stream = json.loads(true[0][1].rpartition(b"\n")[0])["stream"]
    name = f"people-count/{site}/{device}/{stream}"
    text = f"{name}\n{FAR}\n{base64.b64encode(bytes(32)).decode()}\n"
    signature = base64.b64encode(bytes(4) + key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {name} {signature}\n".encode()


def _finding(
    verdict: Verdict, detail: str, tried: int = 0, refused: int = 0, controls: int = 0
) -> Finding:
    return Finding(
        PART,
        "untrue messages",
        Mechanism.SIGNATURES,
        _SUBJECT,
        verdict,
        detail,
        tried,
        refused,
        controls,
        timed=timing.ran_out(verdict, detail),
    )
