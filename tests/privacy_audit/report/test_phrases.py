# SPDX-License-Identifier: Apache-2.0
"""The Dutch of the report: whole, and put together as the English is."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.confinement.tables.policy import Role
from privacy_audit import expected
from privacy_audit.confinement.processes import look as look_at_processes
from privacy_audit.exits.attacks.table import EXIT_CLASSES
from privacy_audit.exits.class_words import WORDS
from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.limits import LIMITS
from privacy_audit.outside import own_keys, supervision
from privacy_audit.outside.loose.ways import ROLES, TIGHT, WAYS
from privacy_audit.pairs.carriers import CARRIERS, CarrierKind
from privacy_audit.pairs.verdicts import Carried
from privacy_audit.parts import PARTS
from privacy_audit.report import document, report
from privacy_audit.report.dutch import BOOK
from privacy_audit.report.mechanisms import MEANS
from privacy_audit.report.phrases import dutch_of, flat, in_dutch, missing
from privacy_audit.target.box import AuditedBox
from privacy_audit.timing import TIMED
from tests.privacy_audit.findings import RESULT, RULES, SOCKETS, SWAP, USER, result

SOURCE = Path(report.__file__).parents[1]
TOLD_NOWHERE = {
    "broker/forged_name",
    "command",
    "confinement/status",
    "exits/attacker",
    "exits/attacks",
    "exits/channels",
    "exits/observer",
    "exits/pre_lock_attacker",
    "exits/settings",
    "exits/trial",
    "exits/twin",
    "expected",
    "oracles/binomial",
    "oracles/filters",
    "oracles/merkle",
    "oracles/noise",
    "oracles/records",
    "pairs/carriers",
    "pairs/carriers_page",
    "pairs/means/objects",
    "pairs/means/seeing",
    "pairs/means/shown",
    "pairs/side",
    "pairs/trial",
    "pixels/inference_run",
    "pixels/pixel_patterns",
    "pixels/trojan_model",
    "release/byte_accounting",
    "release/side_channel",
    "report/document",
    "report/dutch",
    "report/html",
    "report/pdf",
    "report/phrases",
    "report/terminal",
    "target/broker",
    "target/named_config",
    "target/synthetic_clip",
    "timing",
}
"""Modules and rooms whose texts stand in no report.

They run as an attacker, read, count or write; attacks have the kernel's names.
"""
NO_SENTENCE = re.compile(
    r"^[\w.-]+ = |^(SELECT|INSERT|CREATE|PRAGMA)|SPDX|^ ?import |import os, socket|import "
    r"json|\\d|^\.\*|^[{]|^\[|^<|^\.join"
    r"|^own |^forged |^of A |^to B |^: <|^Max |^read nothing|^with |^bold |mosquitto "
    r"version|^ FROM entry|^left out: "
    r"|^python3 |^edge-agent run$|^broken history$|^Pictures are looked|^, seen by |bits a "
    r"second in this trial|^shared and "
    r"|topic readwrite #|^behind all for |^ ended with exit code $"
)
"""Programs, queries, settings and words of the audit's own trials."""
WORDS_IN_A_ROW = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")


def sentences() -> Iterator[tuple[str, str]]:
    """Yield each text of the audit's modules that a report may tell, and where it stands."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).with_suffix("")
        if not TOLD_NOWHERE & {str(name), *map(str, name.parents)}:
            yield from ((f"{name}:{node.lineno}", str(node.value)) for node in texts(path))


def texts(path: Path) -> Iterator[ast.Constant]:
    """Yield a module's texts but for its documentation and for errors, told as they are."""
    tree = ast.parse(path.read_text())
    unread: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            unread.add(node.value)
        is_story = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("tell", "call")
        )
        if isinstance(node, ast.Raise | ast.Assert) or is_story or is_error(node):
            unread |= set(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in unread:
            yield node


def is_error(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.endswith("Error")
    )


def test_every_module_that_is_told_nowhere_exists() -> None:
    assert [name for name in TOLD_NOWHERE if not list(SOURCE.glob(f"{name}*"))] == []


def test_every_sentence_that_a_report_may_tell_has_its_dutch() -> None:
    english = "\n".join(re.sub(r"\{\w+\}", "{}", text) for text, _ in BOOK)
    without = []
    for where, text in sentences():
        piece = flat(text).strip(" ;,:().")
        if (
            WORDS_IN_A_ROW.search(piece)
            and not NO_SENTENCE.search(text)
            and piece not in english
            and dutch_of(flat(text)).missing
        ):
            without.append(f"{where}: {piece!r}")
    assert without == [], "add these to privacy_audit/report/dutch"


def test_each_part_mechanism_class_limit_and_verdict_has_its_dutch() -> None:
    told = [text for part in PARTS for text in (part.name, part.question, part.how)]
    told += [str(one) for one in (*Mechanism, *Verdict)] + list(MEANS.values()) + list(LIMITS)
    told += (
        list(EXIT_CLASSES)
        + list(WORDS)
        + list(WORDS.values())
        + [name for _, name in TIMED if "*" not in name]
    )
    told += [name for one in expected.EXPECTED for _, name in one.findings if "*" not in name]
    known = {flat(english) for english, _ in BOOK}
    assert [text for text in told if flat(text) not in known] == []


def test_the_whole_report_stands_in_both_languages() -> None:
    ways = replace(SOCKETS, detail="18 ways tried")
    user = replace(USER, detail="user 65101, groups none, no capability")
    swap = replace(SWAP, detail="this machine has no swap")
    rules = replace(RULES, detail="the control did nothing either")
    whole = replace(result(ways, user, swap, rules), parts=tuple(part.name for part in PARTS))
    running = replace(whole, started=False, root=False, findings=(ways, user))
    for one in (
        whole,
        running,
        replace(whole, named=None),
        replace(whole, whole=False),
        replace(RESULT, findings=(rules,)),
    ):
        assert missing(texts_of(report.blocks(one))) == []


def texts_of(blocks: list[document.Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case (
                document.Title(text, _)
                | document.Heading(text)
                | document.Paragraph(text, _)
                | document.Notice(text, _)
            ):
                yield text
            case document.Bullets(items):
                yield from items
            case document.Signature(heading, sentence, lines):
                yield from (heading, sentence, *lines)
            case document.Table():
                yield from block.header
                for row in block.rows:
                    yield from (
                        cell
                        for place, cell in enumerate(row.cells)
                        if not block.is_told_as_it_is(place)
                    )


def test_what_is_found_of_a_running_box_has_its_dutch(audited: AuditedBox) -> None:
    found = look_at_processes(audited)
    assert missing(text for one in found for text in (one.name, one.detail, one.part)) == []


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("18,011 ways tried", "18.011 wegen geprobeerd"),  # figures as a Dutch reader writes them
        (
            "Starting another program. 4 ways tried.",
            "Een ander programma starten. 4 wegen geprobeerd.",
        ),  # two sentences
        ("sensor: user", "sensor: gebruiker"),  # parts, each on its own
        ("141 and 269", "141 en 269"),
        ("SHA-256", "SHA-256"),  # a name
        ("fell: uid", "hield geen stand: uid"),  # words within words
    ],
)
def test_a_text_is_put_together_as_its_english_is(english: str, dutch: str) -> None:
    assert in_dutch(english) == dutch
    assert missing([english]) == []


@pytest.mark.parametrize("way", [way for way in WAYS if way != TIGHT])
def test_each_way_in_which_a_process_is_not_locked_in_has_its_dutch(way: str) -> None:
    case = supervision.Case((way, TIGHT, TIGHT))
    control = supervision.CaseOutcome(supervision.CONTROL, frozenset(ROLES), ended=False, words="")
    begun = supervision.CaseOutcome(case, frozenset({Role.SENSOR}), ended=True, words="")
    silent = supervision.CaseOutcome(case, frozenset(), ended=False, words="")
    ended = supervision.CaseOutcome(case, frozenset(), ended=True, words="")
    found = [supervision.judge(control, [one]) for one in (begun, silent, ended)]
    assert [one.verdict for one in found] == [Verdict.FELL, Verdict.UNPROVEN, Verdict.TWIN]
    found.append(
        supervision.judge(control, [begun, silent], unseen=("another-filter", "shared-memory"))
    )
    assert missing(one.detail for one in found) == []


def test_what_is_wrong_with_keys_has_its_dutch() -> None:
    drawn, same = bytes(range(32)), bytes(32)
    first = own_keys.Made(
        "keygen 1 at once", {"signing key": drawn, "noise key": same}, {"its folder": drawn}
    )
    second = own_keys.Made(
        "enrolment of audit/one", {"signing key": drawn, "noise key": same[:-1] + b"\1"}, {}
    )
    told = own_keys.faults([first, second])
    assert [
        word
        for word in ("two boxes", "few bits", "by chance", "follows from")
        if word not in " ".join(told)
    ] == []
    assert missing(told) == []


def test_each_carrier_has_its_dutch_alone_and_in_a_list() -> None:
    names = [carrier.action for carrier in CARRIERS]
    told = [
        Carried(name, "/proc/PID/stat rows", CarrierKind.VIEW, 2.0, 1, 9).told() for name in names
    ]
    assert (
        missing(
            [
                f"no control carried for: {', '.join(names)}",
                f"carries: {'; '.join(told[:3])}; and 3 more",
            ]
        )
        == []
    )
    dutch = in_dutch(f"carries: {'; '.join(told)}; and 3 more")
    assert "seen by" not in dutch
    assert "bits a second" not in dutch
    assert dutch.endswith("; en nog 3")


def test_what_has_no_dutch_is_named_and_stands_as_it_is() -> None:
    assert (
        in_dutch("sensor: a sentence that nobody wrote") == "sensor: a sentence that nobody wrote"
    )
    assert missing(["sensor: a sentence that nobody wrote"]) == [
        "sensor: a sentence that nobody wrote"
    ]


def test_each_english_phrase_stands_once_and_fields_are_the_same_in_both() -> None:
    english = [flat(text) for text, _ in BOOK]
    assert [text for text in english if english.count(text) > 1] == []
    fields = re.compile(r"\{\w+\}")
    assert [
        text
        for text, dutch in BOOK
        if sorted(fields.findall(text)) != sorted(fields.findall(dutch))
    ] == []
