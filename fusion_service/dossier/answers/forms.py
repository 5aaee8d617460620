# SPDX-License-Identifier: Apache-2.0
"""How an answer is to look, by its question; what has no form is a text. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fusion_service.dossier.algorithm_register import CATEGORIES, LENGTHS

Value = str | bool | int | float | list[str]
TEXT_MAX = 5_000
NONE = "geen"
"""The answer where there is no such thing; only of what is there `als die ...`."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer must be, and how that is told."""

    told: str
    holds: Callable[[Value], bool]


def form_of(what: str) -> Form:
    """Return the form of the answers to a question."""
    found = next((form for start, form in FORMS.items() if what.startswith(start)), TEXT)
    if ", als die" not in what:
        return found
    return Form(f'{found.told}; "{NONE}" als die er niet is', lambda v: v == NONE or found.holds(v))


def fault_of(what: str, value: Value, keys: Mapping[str, str]) -> str:
    """Return why an answer cannot be taken; empty where it can. keys: of its places."""
    form = form_of(what)
    if not form.holds(value):
        return f"verwacht {form.told}"
    if not isinstance(value, str):
        return ""
    limits = [(LENGTHS[key], key) for key in keys.values() if key in LENGTHS]
    length, key = min(limits, default=(TEXT_MAX, ""))
    return f"{len(value)} tekens passen niet in {length} ({key})" if len(value) > length else ""


def _pattern(told: str, pattern: str) -> Form:
    wanted = re.compile(pattern)
    return Form(told, lambda value: isinstance(value, str) and bool(wanted.fullmatch(value)))


def _number(told: str, low: float, high: float) -> Form:
    def holds(value: Value) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and low <= float(str(value)) <= high

    return Form(told, holds)


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= TEXT_MAX


def _are_themes(value: Value) -> bool:
    return _is_text(value) or (
        isinstance(value, list) and 1 <= len(value) <= 3 and all(map(_is_text, value))  # noqa: PLR2004 - the standard's
    )


TEXT = Form("een tekst", _is_text)
TRUTH = Form("true of false", lambda value: isinstance(value, bool))
LINK = _pattern("een adres met https://", r"https?://[^\s]{1,490}")
FORMS = {
    "of deze beschrijving openbaar is": TRUTH,
    "of de getallen voor andere doelen": TRUTH,
    "of de getallen tot een persoon": TRUTH,
    "of deze bron in gebruik is": TRUTH,
    "de hoogte, meter": _number("een getal van 0 tot 200", 0, 200),
    "lengtegraad": _number("een getal van -180 tot 180", -180, 180),
    "breedtegraad": _number("een getal van -90 tot 90", -90, 90),
    "om de hoeveel seconden": _number("een aantal seconden, van 1 tot 86400", 1, 86_400),
    "jaar en maand van ingebruikname": _pattern(
        "jaar en maand, als 2026-05", r"\d{4}-(0\d|1[012])"
    ),
    "de einddatum": _pattern("een dag, als 2027-10-31", r"\d{4}-(0\d|1[012])-([012]\d|3[01])"),
    "Hoog-risico AI-systeem": Form(
        f"een van: {', '.join(CATEGORIES)}", lambda value: value in CATEGORIES
    ),
    "het thema, hooguit drie": Form("een tekst, of een lijst van hooguit drie", _are_themes),
    "het thema volgens": Form("een tekst, of een lijst van hooguit drie", _are_themes),
    "het organisatie-identificatienummer": _pattern("twintig cijfers", r"\d{20}"),
    "een telefoonnummer": _pattern("een telefoonnummer", r"\+?[\d][\d ()-]{5,20}"),
    "een adres voor vragen": _pattern("een e-mailadres van een afdeling", r"[^@\s]+@[^@\s]+\.\w+"),
    "een verwijzing naar": LINK,
    "de website van de organisatie": LINK,
    "het adres van de publiekspagina": LINK,
    "één publiekspagina": LINK,
    "het adres van de broncode": LINK,
    "het adres van de centrale": LINK,
}
"""By how a question begins."""
