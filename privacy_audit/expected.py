# SPDX-License-Identifier: Apache-2.0
"""What may be left unproven without anything being amiss, by name.

Whatever else is unproven makes the audit end with code 3.

docs/OPERATIONS.md has the same list, and a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from privacy_audit.finding import Finding


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How an audit was run: as root; on a box that it started; while the machine was busy."""

    root: bool
    started: bool
    busy: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """Findings that stay unproven in some circumstances.

    The circumstances are told in words and by a test, the findings by part and name.

    In part and name `*` stands for any words.
    """

    when: str
    holds: Callable[[Circumstances], bool]
    findings: tuple[tuple[str, str], ...]


WITHOUT_ROOT = (
    ("pairs", "*"),
    ("shared hardware", "*"),
    ("processes", "*"),
    ("exit classes", "*"),
    ("system calls", "*"),
    ("telemetry", "*"),
    ("flood", "*"),
    ("capacity", "a gate above its cap"),
    ("at rest", "the sensor's memory"),
    ("at rest", "files that the box can write"),
    ("at rest", "files that are open and deleted"),
    ("at rest", "the kernel's log"),
    ("guessing", "time of release"),
    ("guessing", "a slot released again"),
    ("guessing", "noise of known counts"),
    ("guessing", "noise of the running box"),
    ("trail", "bytes of the connection"),
    ("trail", "bytes of the uplink's user"),
    ("what it says of itself", "*"),
    ("fields and files", "*"),
    ("masks", "a sensor that has not been let begin"),
    ("masks", "a gate that has not been let begin"),
    ("the supervisor", "processes that are not locked in"),
)
EXPECTED = (
    Expectation("without root", lambda how: not how.root, WITHOUT_ROOT),
    Expectation(
        "where the box ran already",
        lambda how: not how.started,
        (
            ("capacity", "the bound"),
            ("at rest", "pictures"),
            ("trail", "ledger and broker"),
            ("guessing", "noise of the running box"),
            ("what it says of itself", "what it has signed"),
            ("what it says of itself", "bytes beside topic and payload"),
            ("impostors", "the broker's certificate"),
            ("the centre", "untrue messages"),
        ),
    ),
    Expectation(
        "where systemd runs the box", lambda _: True, (("processes", "the box that systemd runs"),)
    ),
    Expectation("where a journal is written", lambda _: True, (("at rest", "the journal"),)),
    Expectation(
        "where /proc is not mounted with hidepid",
        lambda _: True,
        (
            ("*", "process views of other users"),
            ("pairs", "* and an outsider: what is shown of a process and of the machine"),
            (
                "pairs",
                (
                    "* and a process in namespaces of its own: what is shown of a process and of "
                    "the machine"
                ),
            ),
            ("pairs", "what others on the machine see of the running processes"),
        ),
    ),
    Expectation(
        "where the library for PDF is missing", lambda _: True, (("report", "the report as a PDF"),)
    ),
)
"""Besides these: whatever time alone has kept from being seen (timing.TIMED), where the machine was
busy."""


def is_expected(finding: Finding, how: Circumstances) -> bool:
    """Say whether the documents name this unproven finding for these circumstances."""
    if finding.timed:
        return how.busy
    return any(
        one.holds(how) and any(_is_named(finding, *named) for named in one.findings)
        for one in EXPECTED
    )


def _is_named(finding: Finding, part: str, name: str) -> bool:
    return fnmatchcase(finding.part, part) and fnmatchcase(finding.name, name)
