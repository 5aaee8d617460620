# SPDX-License-Identifier: Apache-2.0
"""Read JSON into a shape, and numbers out of whatever stands where one should."""

import math
from collections import Counter
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from fusion_service.context.port import REMARKS_MAX
from fusion_service.context.trouble import FeedError

NUMBER_TEXT_MAX = 32
CHANGED = "see whether the source has changed its format; where it has, tell us"


class Shape(BaseModel):
    """What of an answer is read; the rest of it may be anything."""

    model_config = ConfigDict(frozen=True, extra="ignore")


SHAPE = TypeVar("SHAPE", bound=Shape)


def read_shape(body: bytes, shape: type[SHAPE]) -> SHAPE:
    """Return an answer in a shape. Raises FeedError."""
    refuse_page(body, "JSON")
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise FeedError(f"{where}: {first['msg']}", CHANGED) from error


def refuse_page(body: bytes, wanted: str) -> None:
    """Raise FeedError for nothing, and for a page of a log-in or an outage, which comes as 200."""
    if not body.strip():
        raise FeedError(f"an empty answer, and not {wanted}", CHANGED)
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise FeedError(
            f"a page for people, and not {wanted}",
            "open the address in a browser: a log-in, an outage or another address",
        )


def number(found: object) -> float | None:
    """Return a finite number, also one written as a text; None for anything else."""
    if isinstance(found, str) and len(found) <= NUMBER_TEXT_MAX:
        try:
            found = float(found)
        except ValueError:
            return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        amount = float(found)
    except OverflowError:
        return None
    return amount if math.isfinite(amount) else None


class Remarks:
    """What in an answer was of no use: each sentence once, and how often."""

    def __init__(self) -> None:
        self._said: Counter[str] = Counter()

    def note(self, sentence: str) -> None:
        """Count a sentence; a few different ones are kept."""
        if sentence in self._said or len(self._said) < REMARKS_MAX:
            self._said[sentence[:200]] += 1

    def told(self) -> tuple[str, ...]:
        """Return them, those that were noted often with their number."""
        return tuple(
            sentence if times == 1 else f"{sentence} ({times} times)"
            for sentence, times in self._said.items()
        )
