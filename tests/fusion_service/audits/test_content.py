# SPDX-License-Identifier: Apache-2.0
"""What an audit prints is read as data, strictly; the audit's own code made it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fusion_service.audits.content import KEYS, NAMED_KEYS, NoStreetError, read_content
from tests.fusion_service.audits.made_audit import BEGAN_MS, NAMED, RESULT, printed
from wire_contract.errors import DecodeError


def test_it_is_read_as_the_audit_prints_it() -> None:
    audit = read_content(printed())
    assert (audit.site, audit.device, audit.began_ms) == ("beach", "pier-1", BEGAN_MS)
    assert (audit.attacks, audit.refused, audit.controls, audit.classes) == (40, 40, 40, 1)
    assert (audit.software, audit.model, audit.capacity_bits) == ("2.0.0", "3" * 64, 71.25)
    assert audit.unproven == ("at rest: memory: without root", "trail: bytes of the link: busy")
    assert (audit.running, audit.replaced) == (False, ("camera.source",))
    assert (audit.serial, audit.config) == (RESULT.serial, NAMED.config_sha256)


def test_the_keys_are_those_that_the_audit_prints() -> None:
    said = json.loads(printed())
    assert said.keys() == KEYS
    assert said["named_config"].keys() == NAMED_KEYS


def test_an_audit_that_is_none_to_sign_is_refused_by_name() -> None:
    with pytest.raises(NoStreetError, match="names no config"):
        read_content(printed(named=None))
    with pytest.raises(NoStreetError, match="only some of its parts"):
        read_content(printed(whole=False))


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda said: said.pop(key)


@pytest.mark.parametrize(
    "change",
    [
        _without("fell"),
        lambda said: said.update(more=1),
        lambda said: said.update(refused=41),  # the serial number is of another text
        lambda said: said.update(serial="20270114-0000-0000-0000"),
        lambda said: said.update(attacks=True),
        lambda said: said.update(unproven=["x" * 9_000]),
        lambda said: said.update(unproven=[7]),
        lambda said: said.update(findings=[0] * 3_000),
        lambda said: said.update(began_utc="yesterday"),
        lambda said: said.update(named_config=[]),
        lambda said: said["named_config"].update(site="../beach"),
        lambda said: said["named_config"].update(config_sha256="x"),
    ],
)
def test_what_is_odd_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    said = json.loads(printed())
    change(said)
    with pytest.raises(DecodeError):
        read_content(json.dumps(said).encode("ascii"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b'{"a":1,"a":1}',
        printed().replace(b"71.25", b"NaN"),
        printed().replace(b"71.25", b"1e999"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
    ],
)
def test_what_is_no_audit_is_refused(raw: bytes) -> None:
    with pytest.raises(DecodeError):
        read_content(raw)
