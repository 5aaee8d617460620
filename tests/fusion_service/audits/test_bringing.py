# SPDX-License-Identifier: Apache-2.0
"""A signed audit is let in or refused by name, and is told beside the box of today."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fusion_service.audits.bringing import auditors_of, bring_in, shown
from fusion_service.audits.judging import AuditRefusedError, Changed, Fault
from tests.fusion_service.audits.kept_box import NOW_MS, KeptBox
from tests.fusion_service.audits.made_audit import NAMED, auditor_keys, printed, signed
from tests.fusion_service.box import CONFIG

MODEL = {"edge-agent": "2.0.0", "code": "2" * 64, "model tiny-person": CONFIG}


@pytest.fixture(name="kept", scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> KeptBox:
    made = KeptBox(tmp_path_factory.mktemp("kept") / "fusion.sqlite")
    made.speak()
    return made


@pytest.fixture(name="box")
def _box(tmp_path: Path) -> KeptBox:
    return KeptBox(tmp_path / "fusion.sqlite")


def refused(kept: KeptBox, raw: bytes, *, now_ms: int = NOW_MS) -> Fault:
    with pytest.raises(AuditRefusedError) as error:
        kept.bring(raw, now_ms=now_ms)
    assert kept.audits.newest("beach", "pier-1") is None
    return error.value.fault


def test_what_is_not_the_auditors_is_refused(kept: KeptBox) -> None:
    raw = signed()
    assert refused(kept, printed()) is Fault.UNREADABLE  # not signed
    assert refused(kept, raw[:-1]) is Fault.UNREADABLE
    assert refused(kept, raw + b"\n") is Fault.UNREADABLE
    assert refused(kept, b"x" * 2_000_000) is Fault.UNREADABLE
    assert refused(kept, raw.replace(b'"root": true', b'"root": null')) is Fault.SIGNER
    assert refused(kept, signed(key=Ed25519PrivateKey.generate())) is Fault.SIGNER
    assert refused(kept, signed(key=kept.box.key)) is Fault.SIGNER  # the box cannot sign its own
    message = kept.box.seal(kept.box.report(9))
    assert refused(kept, message) in {Fault.UNREADABLE, Fault.SIGNER}


def test_without_an_auditor_nothing_is_let_in(kept: KeptBox) -> None:
    with pytest.raises(AuditRefusedError) as error:
        bring_in(signed(), {}, kept.reader, kept.audits, by="x", now_ms=NOW_MS)
    assert error.value.fault is Fault.NO_AUDITOR


def test_what_is_of_no_box_here_or_of_another_day_is_refused(kept: KeptBox) -> None:
    other = printed(named=None)
    assert refused(kept, signed(other)) is Fault.NOT_TO_SIGN
    stranger = printed(named=replace(NAMED, device="pier-9"))
    assert refused(kept, signed(stranger)) is Fault.STRANGER
    ahead = printed(began_utc="2027-02-01 12:00:00")
    assert refused(kept, signed(ahead)) is Fault.AHEAD
    with pytest.raises(AuditRefusedError) as error:
        bring_in(
            signed(),
            auditors_of(auditor_keys()),
            kept.reader,
            kept.audits,
            by="x",
            now_ms=NOW_MS,
            of=("beach", "pier-2"),
        )
    assert error.value.fault is Fault.OTHER_BOX


def test_only_a_newer_one_takes_its_place(box: KeptBox) -> None:
    first = signed()
    assert box.bring(first).auditor == "fg-den-haag"
    for again in (first, signed(printed(began_utc="2027-01-13 12:00:00"))):
        with pytest.raises(AuditRefusedError) as error:
            box.bring(again)
        assert error.value.fault is Fault.OLDER
    newer = signed(printed(began_utc="2027-01-15 07:00:00"))
    box.bring(newer)
    row = box.audits.newest("beach", "pier-1")
    assert row is not None
    assert (row.content, row.brought_by, row.imported_ms) == (newer, "person-1", NOW_MS)


def test_what_changed_since_is_named(box: KeptBox) -> None:
    found = box.bring(signed(printed(versions=MODEL)))
    assert found.changed == (), "nothing is known of a box that has not spoken"
    box.speak()
    row, live = box.audits.newest("beach", "pier-1"), box.reader.device("beach", "pier-1")
    assert row is not None
    assert live is not None
    assert shown(row, live).changed == ()
    old = {**MODEL, "edge-agent": "1.9.0", "model tiny-person": "4" * 64}
    config = replace(NAMED, config_sha256="5" * 64)
    later = printed(began_utc="2027-01-15 07:00:00", versions=old, named=config)
    assert box.bring(signed(later)).changed == (Changed.SOFTWARE, Changed.CONFIG, Changed.MODEL)


def test_a_box_that_was_replaced_is_another(box: KeptBox) -> None:
    box.speak()
    box.bring(signed(printed(versions=MODEL)))
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with box.writer() as store, store.transaction() as transaction:
        transaction.devices.replace("beach", "pier-1", key, NOW_MS)
    row, live = box.audits.newest("beach", "pier-1"), box.reader.device("beach", "pier-1")
    assert row is not None
    assert live is not None
    assert Changed.BOX in shown(row, live).changed
