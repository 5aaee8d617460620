# SPDX-License-Identifier: Apache-2.0
"""The signed file of a box's paper: what is written is read, and nothing else is."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire_contract.codec import signed_bytes
from wire_contract.errors import DecodeError, FieldError
from wire_contract.messages.report import Level, Rule, RuleName
from wire_contract.programs.box_paper import (
    PAPER_BYTES_MAX,
    Paper,
    Pictures,
    read_paper,
    seal_paper,
)
from wire_contract.topics import Channel

PAPER = Paper(
    v=1,
    site="beach",
    device="pier-1",
    test_site=0,
    made_s=1_800_000_000,
    software="0.1.0",
    config="a" * 64,
    model="person-ssdlite",
    model_sha256="b" * 64,
    level_min=Level.STANDARD,
    level=Level.STANDARD,
    pictures=Pictures.ATTACHED,
    controller="Gemeente Voorbeeld",
    purpose="Zien hoe vol de boulevard is",
    legal_basis="AVG artikel 6, lid 1, onder e",
    dpia_reference="DPIA 2026-17",
    contact="privacy@voorbeeld.example",
    active_hours="08:00-23:00",
    end_date="2027-10-31",
    place="Boulevard, bij de pier",
    page_url="https://sensoren.voorbeeld.example/pier-1",
    latitude=521_170_000,
    longitude=42_790_000,
    length_s=60,
    rule=Rule(RuleName.DISCRETE_LAPLACE, (1000,)),
    lines=("door",),
    zones=("square",),
    masks=2,
    capacity_millibits=71_600,
    track_ms=3_000,
    reports_kept=20_000,
    payload_days=14,
    store_bytes=67_108_864,
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_what_is_sealed_is_read_with_what_its_signature_covers() -> None:
    sealed = read_paper(seal_paper(PAPER, KEY.sign))
    assert sealed.paper == PAPER
    KEY.public_key().verify(sealed.signature, sealed.signed)


def test_no_paper_passes_for_a_message() -> None:
    sealed = read_paper(seal_paper(PAPER, KEY.sign))
    payload = sealed.signed.partition(b"\n")[2]
    assert sealed.signed not in {signed_bytes(channel, payload) for channel in Channel}


def test_a_paper_with_its_texts_at_their_longest_fits() -> None:
    names = tuple(f"{'n' * 30}{number:02}" for number in range(16))
    texts = ("controller", "purpose", "legal_basis", "dpia_reference", "contact", "place")
    longest = replace(PAPER, lines=names, zones=names, **dict.fromkeys(texts, "ë" * 200))
    raw = seal_paper(longest, KEY.sign)
    assert len(raw) < PAPER_BYTES_MAX // 4
    assert read_paper(raw).paper == longest


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"\n",
        lambda raw: raw.replace(b'"v":1', b'"v":2'),
        lambda raw: raw.replace(b'"masks":2', b'"masks":2.0'),
        lambda raw: raw.replace(b'"masks":2', b'"masks": 2'),
        lambda raw: raw.replace(b'"masks":2', b'"masks":1,"masks":2'),
        lambda raw: raw.replace(b'"masks":2,', b""),
        lambda raw: raw.replace(b'"masks":2', b'"masks":2,"picture":"x"'),
        lambda raw: raw.replace(b"Gemeente", b"Gemeente\\u0007"),
        lambda raw: raw.replace(b"Gemeente", b"\xc3\xab"),
        lambda raw: raw.replace(b"Gemeente", b"\\ud800"),
        lambda raw: raw.partition(b"\n")[0],
        lambda raw: raw.partition(b"\n")[0] + b"\n" + base64.b64encode(b"short") + b"\n",
        lambda _: b"",
        lambda _: b"[" * 50_000 + b"\n" + base64.b64encode(bytes(64)) + b"\n",
        lambda _: b"x" * (PAPER_BYTES_MAX + 1),
    ],
)
def test_any_other_form_is_refused_by_name(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DecodeError):
        read_paper(change(seal_paper(PAPER, KEY.sign)))


def test_a_text_without_end_is_no_paper() -> None:
    with pytest.raises(FieldError, match=r"Paper\.purpose"):
        replace(PAPER, purpose="x" * 201)


def test_a_paper_is_canonical_json_that_anybody_can_read() -> None:
    payload = seal_paper(PAPER, KEY.sign).partition(b"\n")[0]
    value = json.loads(payload)
    assert value["controller"] == "Gemeente Voorbeeld"
    assert json.dumps(value, sort_keys=True, separators=(",", ":")).encode() == payload
