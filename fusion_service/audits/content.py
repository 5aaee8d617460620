# SPDX-License-Identifier: Apache-2.0
"""What an audit's file says, read strictly as data. Pure.

Every key must be there and none besides, numbers are finite, no key stands twice, and every text
and list has a bound. The serial number is worked out again: it is made of all else that the audit
printed, so a file of which a letter was changed before it was signed is none.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wire_contract.errors import DecodeError

TEXT_MAX = 8_000
ITEMS_MAX = 2_000
"""Findings of an audit; a whole one has a few hundred."""
KEYS = frozenset(
    {
        "serial",
        "device",
        "root",
        "level",
        "classes",
        "attacks",
        "refused",
        "controls",
        "unproven",
        "unexpected",
        "fell",
        "ledger",
        "capacity_bits_per_window",
        "started_by_the_audit",
        "parts",
        "whole",
        "began_utc",
        "programs_at_work",
        "seconds",
        "seconds_by_part",
        "versions",
        "named_config",
        "findings",
    }
)
NAMED_KEYS = frozenset(
    {
        "path",
        "file_sha256",
        "config_sha256",
        "site",
        "device",
        "test_site",
        "network_camera",
        "window_s",
        "replaced",
    }
)
_MODEL = "model "
_AS_ITS_CARD = "model as its card says"
_SHA256 = re.compile("[0-9a-f]{64}")
_NAME = re.compile("[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found of the box `site`/`device`, and of which software, config and model.

    began_ms: UTC. level: as measured from outside. running: the box of the street was running and
    was looked at; else the audit started one from its config, with `replaced` settings changed.
    network_camera: its pictures cross a cable. unproven: part, what and why, of each; unexpected
    are those of them that should have been proven. capacity_bits: the most of a window.
    """

    serial: str
    site: str
    device: str
    began_ms: int
    level: str | None
    as_root: bool
    running: bool
    network_camera: bool
    replaced: tuple[str, ...]
    attacks: int
    refused: int
    controls: int
    classes: int
    fell: tuple[str, ...]
    unproven: tuple[str, ...]
    unexpected: tuple[str, ...]
    ledger: str | None
    capacity_bits: float | None
    software: str
    config: str
    model: str
    code: str


class NoStreetError(DecodeError):
    """The audit was of no box of a street, or not of all its parts: not a paper to sign."""


def read_content(payload: bytes) -> Audit:
    """Read what an audit printed. Raises DecodeError, NoStreetError where it is none to sign."""
    try:
        said = json.loads(
            payload.decode("ascii"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"audit: not JSON: {error}"[:120]) from error
    said = _object(said, "audit", KEYS)
    _bounded(said)
    began_ms = _moment(_text(said, "began_utc"))
    _check_to_sign(said)
    named = _object(said["named_config"], "named_config", NAMED_KEYS)
    versions = {key: str(value) for key, value in _mapping(said, "versions").items()}
    return Audit(
        serial=_text(said, "serial"),
        site=_matching(named, "site", _NAME),
        device=_matching(named, "device", _NAME),
        began_ms=began_ms,
        level=_text_or_none(said, "level"),
        as_root=_truth(said, "root"),
        running=not _truth(said, "started_by_the_audit"),
        network_camera=_truth(named, "network_camera"),
        replaced=tuple(_text(_mapping_of(one), "key") for one in _list(named, "replaced")),
        attacks=_count(said, "attacks"),
        refused=_count(said, "refused"),
        controls=_count(said, "controls"),
        classes=len(_mapping(said, "classes")),
        fell=_texts(said, "fell"),
        unproven=_texts(said, "unproven"),
        unexpected=_texts(said, "unexpected"),
        ledger=_text_or_none(said, "ledger"),
        capacity_bits=_number_or_none(said, "capacity_bits_per_window"),
        software=versions.get("edge-agent", ""),
        config=_matching(named, "config_sha256", _SHA256),
        model=_model_of(versions),
        code=versions.get("code", ""),
    )


def _check_to_sign(said: Mapping[str, Any]) -> None:
    if _text(said, "serial") != _serial_of(said):
        raise DecodeError("audit: its serial number is not that of what it says; it was changed")
    if said["named_config"] is None:
        raise NoStreetError("audit: it names no config: it looked at a box of its own, at none")
    if not _truth(said, "whole"):
        raise NoStreetError("audit: only some of its parts were run; only a whole audit counts")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _serial_of(said: Mapping[str, Any]) -> str:
    """Work out the serial number: the day, and twelve digits of a SHA-256 over all else."""
    rest = {key: value for key, value in said.items() if key != "serial"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    digits = hashlib.sha256(text.encode("ascii")).hexdigest()
    day = str(said["began_utc"])[:10].replace("-", "")
    return "-".join((day, digits[:4], digits[4:8], digits[8:12]))


def _bounded(value: object) -> None:
    """Raise DecodeError where a text or a list is longer than any audit's."""
    if isinstance(value, str) and len(value) > TEXT_MAX:
        raise DecodeError(f"audit: a text of {len(value)} letters, wanted at most {TEXT_MAX}")
    if isinstance(value, float) and not math.isfinite(value):
        raise DecodeError("audit: a number that is not finite")
    if isinstance(value, list | dict):
        if len(value) > ITEMS_MAX:
            raise DecodeError(f"audit: a list of {len(value)}, wanted at most {ITEMS_MAX}")
        for one in value.values() if isinstance(value, dict) else value:
            _bounded(one)


def _object(value: object, where: str, keys: frozenset[str]) -> dict[str, Any]:
    found = _mapping_of(value)
    if found.keys() != keys:
        odd = ", ".join(sorted(found.keys() ^ keys))
        raise DecodeError(f"{where}: keys missing or unknown: {odd}"[:200])
    return found


def _mapping_of(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DecodeError("audit: wanted an object")
    return value


def _mapping(said: Mapping[str, Any], key: str) -> dict[str, Any]:
    return _mapping_of(said[key])


def _list(said: Mapping[str, Any], key: str) -> list[Any]:
    value = said[key]
    if not isinstance(value, list):
        raise DecodeError(f"{key}: wanted a list")
    return value


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str):
        raise DecodeError(f"{key}: wanted a text")
    return value


def _text_or_none(said: Mapping[str, Any], key: str) -> str | None:
    return None if said[key] is None else _text(said, key)


def _matching(said: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str:
    value = _text(said, key)
    if form.fullmatch(value) is None:
        raise DecodeError(f"{key}: wanted {form.pattern}")
    return value


def _texts(said: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = _list(said, key)
    if not all(isinstance(one, str) for one in values):
        raise DecodeError(f"{key}: wanted texts")
    return tuple(values)


def _truth(said: Mapping[str, Any], key: str) -> bool:
    value = said[key]
    if not isinstance(value, bool):
        raise DecodeError(f"{key}: wanted true or false")
    return value


def _count(said: Mapping[str, Any], key: str) -> int:
    value = said[key]
    if type(value) is not int or not 0 <= value <= 2**53:
        raise DecodeError(f"{key}: wanted a whole number")
    return value


def _number_or_none(said: Mapping[str, Any], key: str) -> float | None:
    value = said[key]
    if value is None:
        return None
    if type(value) not in {int, float}:
        raise DecodeError(f"{key}: wanted a number")
    return float(value)


def _moment(text: str) -> int:
    """Read when an audit began (UTC), ms."""
    try:
        at = datetime.fromisoformat(text)
        return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) * 1000
    except (ValueError, OverflowError) as error:
        raise DecodeError("began_utc: wanted a moment") from error


def _model_of(versions: Mapping[str, str]) -> str:
    """Return the hash of the model's file; nothing where none was found."""
    named = (key for key in versions if key.startswith(_MODEL) and key != _AS_ITS_CARD)
    return next((versions[key] for key in named), "")
