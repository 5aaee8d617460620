# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import pytest

from development.fakes.messages import REPORT
from tests.wire_contract.test_golden import golden
from wire_contract.codec import decode, encode, version_of
from wire_contract.errors import DecodeError
from wire_contract.messages.acknowledgement import (
    Acknowledgement,
    AcknowledgementV1,
    read_acknowledgement,
)
from wire_contract.messages.meta import Meta, PrivacyLoss, Source
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Level, Report
from wire_contract.messages.version_1 import read_stored
from wire_contract.messages.versions import answered_in, read_meta, read_report


def test_a_report_of_version_1_is_read_as_the_one_of_today_that_says_the_same() -> None:
    assert read_report(golden("report.v1")) == REPORT == read_report(golden("report.v2"))


def test_a_birth_of_version_1_is_read_with_null_where_it_said_nothing() -> None:
    meta = read_meta(golden("meta.v1"))
    assert (meta.software, meta.capacity.cap_millibits, meta.privacy_loss) == (
        "0.1.0",
        None,
        PrivacyLoss(),
    )
    assert [(line.id, line.source, line.bias_permille) for line in meta.lines] == [
        ("north", Source.CAMERA, None),
        ("south", Source.CAMERA, 31),
    ]
    assert read_meta(golden("meta.v2")) == decode(Meta, golden("meta.v2"))


def test_what_is_on_the_report_topic_is_a_report_or_that_a_part_was_purged() -> None:
    assert isinstance(read_report(golden("purged.v2")), Purged)
    with pytest.raises(DecodeError, match="Purged: missing"):
        read_report(golden("report.v2").replace(b'"length":60', b'"kind":"purged","length":60'))


def test_an_acknowledgement_is_read_in_either_version() -> None:
    assert isinstance(read_acknowledgement(golden("acknowledgement.v1")), AcknowledgementV1)
    assert isinstance(read_acknowledgement(golden("acknowledgement.v2")), Acknowledgement)


@pytest.mark.parametrize(
    ("payload", "version", "answer"),
    [
        (golden("report.v1"), 1, 1),
        (golden("meta.v1"), 1, 1),
        (golden("report.v2"), 2, 2),
        (golden("purged.v2"), 2, 2),
        (
            golden("report.v2").replace(b'"v":2', b'"v":3'),
            3,
            2,
        ),  # a box that is newer than this centre reads what it knows
        (b"nothing", None, 2),
    ],
)
def test_a_message_is_answered_in_its_own_version_or_the_newest(
    payload: bytes, version: int | None, answer: int
) -> None:
    assert (version_of(payload), answered_in(payload)) == (version, answer)


@pytest.mark.parametrize("name", ["report.v1", "report.v2"])
def test_each_version_is_read_by_its_own_rules_and_no_other(name: str) -> None:
    other = {"report.v1": b'"v":2', "report.v2": b'"v":1'}[name]
    with pytest.raises(DecodeError, match=r"unknown|missing"):
        read_report(golden(name).replace(b'"v":1' if name == "report.v1" else b'"v":2', other))


def test_version_1_does_not_say_a_level_that_it_did_not_know() -> None:
    said = golden("report.v1").replace(b'"standard"', b'"network-counter"')
    with pytest.raises(DecodeError, match="level: got 'network-counter'"):
        read_report(said)
    assert read_report(encode(replace(REPORT, level=Level.NETWORK_COUNTER)))


def test_a_window_that_a_box_stored_before_its_upgrade_is_read_under_the_new_names() -> None:
    stored = json.loads(golden("report.v1")) | {"v": 2}
    body = json.dumps(
        {"eye": stored.pop("eye")} | stored, separators=(",", ":"), sort_keys=False
    ).encode()
    assert body.startswith(b'{"eye":')
    assert read_stored(Report, body) == REPORT == read_stored(Report, golden("report.v2"))
