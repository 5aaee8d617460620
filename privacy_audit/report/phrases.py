# SPDX-License-Identifier: Apache-2.0
"""The report's Dutch: each English sentence and the Dutch one that says the same. Pure.

A phrase is a pair in `privacy_audit/report/dutch`. In it {n}, {n2} and so on stand for figures,
{error} and {quote} for words that are told as they are (a file, what a program said), and any other
{name} for words that are translated in their turn. What is made of several phrases is parted at its
sentences and its punctuation. A name or a figure is the same in both languages.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from privacy_audit.report.dutch import BOOK

_FIELD = re.compile(r"\{(\w+)\}")
_FIGURE = re.compile(r"n\d*")
_AS_IT_IS = re.compile(r"(?:error|quote)\d*")
_DUTCH_FIGURES = str.maketrans(",.", ".,")
"""What parts thousands and what parts tenths."""
_SENTENCES = re.compile(r"(?<=[.?!]) (?=[A-Z0-9\"])")
_SEPARATORS = ("; ", ": ", ", ", " and ")
_JOINED = {" and ": " en "}
_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
"""Two words of a language in a row: what has them is a sentence or a part of one, what has not is a
name or a figure."""


@dataclass(frozen=True, slots=True)
class Dutch:
    """A text in Dutch, and what of the English one has none and stands in it as it was."""

    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Phrase:
    pattern: re.Pattern[str]
    dutch: str
    weight: int
    """Letters outside the fields: a phrase that says more is tried before one that says less."""

    @classmethod
    def of(cls, english: str, dutch: str) -> Self:
        parts = _FIELD.split(flat(english))
        # Every other part is a field's name.
        pattern = "".join(
            _field(part) if place % 2 else re.escape(part) for place, part in enumerate(parts)
        )
        return cls(re.compile(pattern, re.DOTALL), flat(dutch), sum(map(len, parts[::2])))


def flat(text: str) -> str:
    """Return a text with every run of white space made one space."""
    return " ".join(text.split())


def in_dutch(text: str) -> str:
    """Return the Dutch of a text; what has none stands in English."""
    return dutch_of(flat(text)).text


def missing(texts: Iterable[str]) -> list[str]:
    """Return what of these texts has no Dutch, each once."""
    return list(dict.fromkeys(part for text in texts for part in dutch_of(flat(text)).missing))


@lru_cache(maxsize=4096)
def dutch_of(text: str) -> Dutch:
    """Translate a text: as one phrase, else sentence by sentence, else part by part."""
    best: Dutch | None = None
    for phrase in _phrases():
        if match := phrase.pattern.fullmatch(text):
            found = _fill(phrase, match.groupdict())
            if not found.missing:
                return found
            best = best if best and len(best.missing) <= len(found.missing) else found
    return _by_parts(text) or best or Dutch(text, (text,) if _WORDS.search(text) else ())


def _by_parts(text: str) -> Dutch | None:
    """Translate what stands between full stops, or on both sides of some punctuation.

    It is None where that fails.
    """
    sentences = _SENTENCES.split(text)
    if len(sentences) > 1:
        return _in_two(sentences, " ") or _joined([dutch_of(one) for one in sentences], " ")
    for bare in (text.removesuffix("."), text[:1].lower() + text[1:].removesuffix(".")):
        if bare != text and _WORDS.search(bare) and not (found := dutch_of(bare)).missing:
            end = "." if text.endswith(".") else ""
            return Dutch(
                f"{found.text[:1].upper()}{found.text[1:]}{end}"
                if text[:1].isupper()
                else f"{found.text}{end}"
            )
    for separator in _SEPARATORS:
        if halves := _in_two(text.split(separator), separator):
            return halves
    return None


def _in_two(parts: list[str], separator: str) -> Dutch | None:
    """Translate what stands before and after one of the separators.

    It is None where no place makes both whole.
    """
    for place in range(1, len(parts)):
        halves = (separator.join(parts[:place]), separator.join(parts[place:]))
        found = _joined([dutch_of(half) for half in halves], _JOINED.get(separator, separator))
        if not found.missing:
            return found
    return None


def _joined(parts: list[Dutch], separator: str) -> Dutch:
    return Dutch(
        separator.join(part.text for part in parts),
        tuple(each for part in parts for each in part.missing),
    )


def _fill(phrase: _Phrase, values: dict[str, str]) -> Dutch:
    missed: list[str] = []
    words = {}
    for name, value in values.items():
        told = dutch_of(value)
        if _FIGURE.fullmatch(name):
            told = Dutch(value.translate(_DUTCH_FIGURES))
        elif _AS_IT_IS.fullmatch(name):
            told = Dutch(value)
        words[name] = told.text
        missed += told.missing
    return Dutch(_FIELD.sub(lambda field: words[field.group(1)], phrase.dutch), tuple(missed))


@lru_cache(maxsize=1)
def _phrases() -> tuple[_Phrase, ...]:
    return tuple(sorted((_Phrase.of(*pair) for pair in BOOK), key=lambda phrase: -phrase.weight))


def _field(name: str) -> str:
    return rf"(?P<{name}>[-+]?\d[\d.,]*)" if _FIGURE.fullmatch(name) else rf"(?P<{name}>.+?)"
