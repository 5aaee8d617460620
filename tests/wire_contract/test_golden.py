# SPDX-License-Identifier: Apache-2.0
"""What was published stays readable: the golden files change only with a changelog line."""

import json
from pathlib import Path

import pytest

from tests.fakes.messages import REPORT
from wire_contract.acknowledgement import Acknowledgement
from wire_contract.codec import decode, encode
from wire_contract.fields import Message
from wire_contract.meta import Meta
from wire_contract.report import Report
from wire_contract.state import State

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SCHEMAS = ROOT / "docs" / "schema"
PUBLISHED = {"report": Report, "meta": Meta, "acknowledgement": Acknowledgement, "state": State}


def test_the_report_has_the_bytes_it_always_had() -> None:
    assert encode(REPORT) == (GOLDEN / "report.v1.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", PUBLISHED)
def test_golden_bytes_are_still_read(name: str) -> None:
    payload = (GOLDEN / f"{name}.v1.json").read_bytes().rstrip(b"\n")
    assert encode(decode(PUBLISHED[name], payload)) == payload


@pytest.mark.parametrize(("name", "message"), PUBLISHED.items())
def test_the_published_schema_is_the_one_in_the_code(name: str, message: type[Message]) -> None:
    published = json.loads((SCHEMAS / f"{name}.v1.json").read_text("utf-8"))
    assert published == {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"{name} v1", **message.json_schema()}
