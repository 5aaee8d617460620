# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass, replace
from typing import Annotated

import jsonschema
import pytest
from hypothesis import given

from development.fakes.messages import REPORT, reports
from wire_contract.errors import FieldError
from wire_contract.messages.acknowledgement import AcknowledgementV1
from wire_contract.messages.report import ImageQuality, LineCount, Report, Rule, RuleName
from wire_contract.vocabulary import Integer, Message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"site": "Beach"}, ["Report.site", "'Beach'", "[a-z0-9-]"]),  # A name in capitals.
        ({"sequence": 0}, ["Report.sequence", "0", "from 1"]),  # Sequences begin at 1.
        ({"length_s": 1.5}, ["Report.length", "1.5", "whole number"]),  # Not a whole number.
        ({"length_s": True}, ["Report.length", "True"]),  # A truth value is no number.
        ({"level": "secret"}, ["Report.level", "'secret'", "unconfined"]),  # Not a level.
        (
            {"lines": [LineCount("a", 1, 1)]},
            ["Report.lines", "tuple"],
        ),  # A list can be changed after the check.
        (
            {"lines": (ImageQuality(0, 0, 0, 0),)},
            ["Report.lines", "LineCount"],
        ),  # Another message in the array.
        (
            {"image_quality": None},
            ["Report.image_quality", "None", "ImageQuality"],
        ),  # A message left out.
        (
            {"lines": (LineCount("a", 1, 1),) * 17},
            ["Report.lines", "at most 16"],
        ),  # More than the array may hold.
    ],
)
def test_an_invalid_message_cannot_be_made_and_the_error_says_why(
    change: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(FieldError) as caught:
        replace(REPORT, **change)
    for word in words:
        assert word in str(caught.value)


def test_an_array_of_numbers_checks_each() -> None:
    with pytest.raises(FieldError, match=r"Rule\.parameters"):
        Rule(RuleName.BUCKETS, (0, -1))


SCHEMA = jsonschema.Draft202012Validator(Report.json_schema())
"""Made once: to check the schema itself, each time, took forty times as long as the report."""


def test_the_published_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(Report.json_schema())


@given(reports)
def test_every_report_fits_the_published_schema(report: Report) -> None:
    SCHEMA.validate(report.to_json())


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    value = REPORT.to_json() | {"crop": "AAAA"}
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(value)


def test_an_acknowledgement_of_nothing_is_valid() -> None:
    assert AcknowledgementV1(v=1, stream=REPORT.stream, upto=0, rejected=0).upto == 0


def test_a_message_with_a_check_that_the_reader_would_pass_by_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Odd(Message):
        number: Annotated[int, Integer(0, 9)]

        def __post_init__(self) -> None:
            if self.number % 2 == 0:
                raise FieldError("even")

    with pytest.raises(TypeError, match="Odd: has a check of its own"):
        Odd.from_json({"number": 4})
