# SPDX-License-Identifier: Apache-2.0
"""What was published stays readable: the golden files change only with a changelog line."""

import json
from pathlib import Path

import pytest

from development.fakes.messages import REPORT
from wire_contract.codec import decode, encode
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Report
from wire_contract.messages.state import State
from wire_contract.messages.version_1 import MetaV1, ReportV1
from wire_contract.vocabulary import Message

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SCHEMAS = ROOT / "docs" / "schema"
PUBLISHED = {
    "report.v1": ReportV1,
    "meta.v1": MetaV1,
    "acknowledgement.v1": AcknowledgementV1,
    "state.v1": State,
    "report.v2": Report,
    "meta.v2": Meta,
    "acknowledgement.v2": Acknowledgement,
    "purged.v2": Purged,
}


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")


def test_the_report_has_the_bytes_it_always_had() -> None:
    assert encode(REPORT) == golden("report.v2")


def test_there_is_a_golden_file_and_a_schema_of_every_message() -> None:
    for folder in (GOLDEN, SCHEMAS):
        assert sorted(path.stem for path in folder.glob("*.json")) == sorted(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_golden_bytes_are_still_read(name: str) -> None:
    assert encode(decode(PUBLISHED[name], golden(name))) == golden(name)


@pytest.mark.parametrize(("name", "message"), PUBLISHED.items())
def test_the_published_schema_is_the_one_in_the_code(name: str, message: type[Message]) -> None:
    published = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    title = name.replace(".", " ")
    assert published == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **message.json_schema(),
    }
