# SPDX-License-Identifier: Apache-2.0
"""The file in which people answer: TOML, every open question first. Text in, values out.

Nothing that was filled in is lost: what is answered stands after what is open, and what is no
longer asked at the end.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fusion_service.dossier.answers.forms import Value, form_of
from fusion_service.dossier.answers.questions import Question
from fusion_service.errors import SiteError

FORMAT = 1
BYTES_MAX, ANSWERS_MAX = 1024 * 1024, 20_000
HEAD = """\
# Antwoorden voor het dossier van {site}.
#
# Vul bij `antwoord` in wat overal geldt waar de vraag gesteld wordt. Geldt ergens iets anders, vul
# het dan daar in, onder `plaatsen`; dat gaat voor. Leeg ("") blijft open.
# Noem geen mensen: een functie, een afdeling, een adres van een afdeling.
# Wat een kast, haar papier of de instellingen zeggen, gaat voor: een antwoord dat daar niet bij
# past wordt met name geweigerd. `fusion-service dossier {site} --answers` leest dit bestand en
# schrijft het opnieuw: open vragen eerst. Eigen opmerkingen na een # blijven niet staan.
format = {format}
site = {name}
"""
PARTS = {
    "open": "\n# --- Nog open: {}\n",
    "answered": "\n# --- Beantwoord: {}\n",
    "gone": "\n# --- Wordt niet meer gevraagd: {}\n",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What people filled in: everywhere, by question, and by question and place."""

    everywhere: Mapping[str, Value] = field(default_factory=dict)
    places: Mapping[tuple[str, str], Value] = field(default_factory=dict)

    def of(self, what: str, place: str) -> Value | None:
        """Return the answer to a question at a place; None where there is none."""
        return self.places.get((what, place), self.everywhere.get(what))

    def each(self) -> Iterator[tuple[str, str, Value]]:
        """Yield question, place (empty: everywhere) and answer."""
        yield from ((what, "", value) for what, value in self.everywhere.items())
        yield from ((what, place, value) for (what, place), value in self.places.items())


def read_answers(raw: bytes, where: str, site: str) -> Answers:
    """Read a file of answers. Raises SiteError where it is none, or of another site."""
    if len(raw) > BYTES_MAX:
        raise SiteError(f"{where}: got {len(raw)} bytes, wanted at most {BYTES_MAX}")
    try:
        tree = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SiteError(f"{where}: {error}; correct it, or move it away for a new one") from error
    if (tree.get("format"), tree.get("site")) != (FORMAT, site):
        got = f"format {tree.get('format')!r} of {tree.get('site')!r}"
        raise SiteError(f"{where}: got {got}, wanted format {FORMAT} of {site!r}")
    everywhere: dict[str, Value] = {}
    places: dict[tuple[str, str], Value] = {}
    asked = tree.get("vragen", [])
    for number, one in enumerate(asked if isinstance(asked, list) else [asked], 1):
        for what, place, given in _given(one, f"{where}: vragen[{number}]"):
            value = _value(given, where, what)
            if value is not None and place:
                places[what, place] = value
            elif value is not None:
                everywhere[what] = value
    if len(everywhere) + len(places) > ANSWERS_MAX:
        raise SiteError(f"{where}: wanted at most {ANSWERS_MAX} answers")
    return Answers(everywhere, places)


def _given(one: object, where: str) -> Iterator[tuple[str, str, object]]:
    """Yield the question of a table, a place or nothing, and what was given there."""
    what = one.get("vraag") if isinstance(one, dict) else None
    if not isinstance(one, dict) or not isinstance(what, str):
        raise SiteError(f"{where}: wanted a table with `vraag`")
    own = one.get("plaatsen", {})
    if not isinstance(own, dict):
        raise SiteError(f"{where}: {what}: `plaatsen`: wanted a table of places")
    yield what, "", one.get("antwoord", "")
    yield from ((what, place, given) for place, given in own.items())


def _value(given: object, where: str, what: str) -> Value | None:
    if isinstance(given, str):
        return given.strip() or None
    if isinstance(given, bool | int | float):
        return given
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return [one.strip() for one in given]
    raise SiteError(f"{where}: {what}: got {type(given).__name__}, wanted a text, number or truth")


def written(
    site: str,
    questions: Iterable[Question],
    answers: Answers,
    refused: Mapping[tuple[str, str], str],
) -> str:
    """Return the file: what is asked now, with what was answered. refused: why, by answer."""
    parts: dict[str, list[str]] = {name: [] for name in PARTS}
    asked: set[tuple[str, str]] = set()
    for one in questions:
        asked |= {(one.what, ""), *((one.what, place) for place in one.places)}
        part = "open" if open_places(one, answers, refused) else "answered"
        parts[part].append(_block(one, answers, refused))
    gone: dict[str, dict[str, Value]] = {}
    for what, place, value in answers.each():
        if (what, place) not in asked:
            gone.setdefault(what, {})[place] = value
    for what, values in gone.items():
        question = Question(what, {place: "" for place in values if place}, ())
        parts["gone"].append(_block(question, answers, refused))
    head = HEAD.format(site=site, format=FORMAT, name=_written(site))
    told = (
        PARTS[name].format(len(blocks)) + "".join(blocks)
        for name, blocks in parts.items()
        if blocks
    )
    return head + "".join(told)


def open_places(
    one: Question, answers: Answers, refused: Mapping[tuple[str, str], str]
) -> list[str]:
    """Return the places at which a question is still open."""
    found = []
    for place in one.places:
        own = (one.what, place) if (one.what, place) in answers.places else (one.what, "")
        if answers.of(one.what, place) is None or own in refused:
            found.append(place)
    return found


def _block(one: Question, answers: Answers, refused: Mapping[tuple[str, str], str]) -> str:
    lines = ["", "[[vragen]]", f"vraag = {_written(one.what)}"]
    lines += [f"# voor: {use}" for use in one.used_for]
    lines.append(f"# vorm: {form_of(one.what).told}")
    lines += _answer("antwoord", answers.everywhere.get(one.what), refused.get((one.what, "")))
    if one.places:
        lines.append("[vragen.plaatsen]")
    for place in one.places:
        value, why = answers.places.get((one.what, place)), refused.get((one.what, place))
        lines += _answer(_written(place), value, why)
    return "\n".join(lines) + "\n"


def _answer(key: str, value: Value | None, why: str | None) -> list[str]:
    told = [] if why is None else [f"# GEWEIGERD: {why}"]
    return [*told, f"{key} = {_written('' if value is None else value)}"]


def _written(value: Value) -> str:
    """Return a value as TOML, whose texts and truths are those of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
