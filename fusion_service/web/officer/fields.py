# SPDX-License-Identifier: Apache-2.0
"""Every field that a box may send, read from the contract itself, so that none can be left out."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any

from fusion_service.web.views.base import View
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Report


class Carrier(StrEnum):
    """Which message a field stands in."""

    REPORT = "report"
    META = "meta"


class Form(StrEnum):
    """What a field may be. There is no form for a free text, a picture or a number with a point."""

    NUMBER = "whole number"
    NAME = "name or hash"
    CHOICE = "one of these words"


class FieldView(View):
    """A field by its path, such as `lines.in`, and all that it may be.

    low, high: of a whole number. words: of a choice. withheld: it may say nothing. of_list: at most
    so many of them in one message, null where it is one.
    """

    carrier: Carrier
    path: str
    form: Form
    low: int | None = None
    high: int | None = None
    words: tuple[str, ...] = ()
    withheld: bool = False
    of_list: int | None = None


@cache
def fields() -> tuple[FieldView, ...]:
    """Return every field of a report and of what a box says when it starts."""
    messages = ((Carrier.REPORT, Report), (Carrier.META, Meta))
    return tuple(
        field
        for carrier, message in messages
        for field in _fields_of(carrier, message.json_schema())
    )


def _fields_of(
    carrier: Carrier, schema: dict[str, Any], path: str = "", of_list: int | None = None
) -> Iterator[FieldView]:
    withheld = "anyOf" in schema
    one: dict[str, Any] = schema["anyOf"][0] if withheld else schema
    if one.get("type") == "object":
        for key, inner in one["properties"].items():
            yield from _fields_of(carrier, inner, f"{path}.{key}".lstrip("."), of_list)
    elif one.get("type") == "array":
        yield from _fields_of(carrier, one["items"], path, one["maxItems"])
    else:
        yield FieldView(
            carrier=carrier,
            path=path,
            form=_form_of(one),
            low=one.get("minimum"),
            high=one.get("maximum"),
            words=tuple(one.get("enum", ())),
            withheld=withheld,
            of_list=of_list,
        )


def _form_of(schema: dict[str, Any]) -> Form:
    if "enum" in schema:
        return Form.CHOICE
    return Form.NUMBER if schema["type"] == "integer" else Form.NAME
