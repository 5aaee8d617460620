# SPDX-License-Identifier: Apache-2.0
"""All that the document says in one language, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """What a figure is called, how it was worked out, and what its number is over."""

    label: str
    how: str
    over: str


# More attributes than ten, because a document has so many sentences.
@dataclass(frozen=True, slots=True)
class SeasonWords:
    """Sentences by their place; `{}` is filled in. names: of levels, severities, kinds of alarm."""

    language: str
    title: str
    exercise: str
    intro: str
    too_few: str
    none: str
    nothing: str
    columns: tuple[str, str, str]
    stands_on: str
    basis: tuple[str, ...]
    lacks_head: str
    parts: Mapping[str, str]
    lacks: Mapping[str, str]
    figures: Mapping[str, Told]
    names: Mapping[str, str]
    days_head: str
    days_columns: tuple[str, ...]
    boxes_head: str
    boxes_columns: tuple[str, ...]
    hours: str
    minutes: str
    seconds: str
    people: str
    decimal_point: str
