# SPDX-License-Identifier: Apache-2.0
"""Time alone makes nothing fall: waits that know how busy the machine is, and what they say."""

import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from privacy_audit import expected, timing
from privacy_audit.expected import EXPECTED, Circumstances, is_expected
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.report.phrases import missing
from privacy_audit.target.box import until
from privacy_audit.timing import TIMED, Meter, Wait, at_work, processors, too_slow
from tests.privacy_audit.findings import SWAP, USER, result

DOCUMENT = Path(__file__).parents[2] / "docs" / "OPERATIONS.md"
BUSY, QUIET = (Circumstances(root=True, started=True, busy=busy) for busy in (True, False))
LATE = too_slow(
    "trail",
    "ledger and centre",
    Mechanism.LEDGER_ENTRY,
    "the box",
    "the centre was not done in time: it says missing",
)


class Loops:
    """Busy programs, for as long as the block lasts."""

    def __init__(self, count: int) -> None:
        self._count, self._opened = count, ExitStack()

    def __enter__(self) -> None:
        for _ in range(self._count):
            loop = subprocess.Popen([sys.executable, "-I", "-S", "-c", "while True: pass"])
            self._opened.callback(loop.wait)
            self._opened.callback(loop.kill)

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def table(title: str) -> list[list[str]]:
    """Return the cells of the table in the document that begins with this title."""
    rows = DOCUMENT.read_text().partition(f"| {title} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_documents_list_what_depends_on_time() -> None:
    assert table("timed item") == [
        [f"`{part}`: {name}", why] for (part, name), why in TIMED.items()
    ]


def test_the_documents_list_what_may_be_unproven() -> None:
    said = [
        [one.when, "; ".join(f"`{part}`: {name}" for part, name in one.findings)]
        for one in EXPECTED
    ]
    assert table("when") == said


def test_every_item_that_depends_on_time_is_said_somewhere_to_be_late() -> None:
    source = Path(timing.__file__).parent
    text = "\n".join(
        path.read_text()
        for path in source.rglob("*.py")
        if path.name not in ("timing.py", "expected.py")
    )
    assert [name for _, name in TIMED if "*" not in name and f'"{name}"' not in text] == []


def test_nothing_else_may_say_that_it_was_late() -> None:
    with pytest.raises(AssertionError, match="not among what may depend on time"):
        too_slow("exit classes", "sockets", Mechanism.SECCOMP, "a twin", "not done")


def test_what_was_late_says_what_the_machine_was_doing_and_the_rest_stays_as_it_is() -> None:
    with Loops(4 * processors()), Meter() as busy:
        assert until(lambda: busy.busy, within_s=20)
        said = busy.explained(LATE).detail
    assert f"programs at work on {processors()} processors)" in said
    assert "the machine was too busy to measure this" in said
    assert busy.explained(USER) == USER
    assert missing([said]) == []


def test_on_a_quiet_machine_it_is_said_to_be_looked_at_again() -> None:
    quiet = Meter()
    quiet._sum, quiet._count = 0, 1
    assert quiet.explained(LATE).detail.endswith("run the audit again")
    assert missing([quiet.explained(LATE).detail]) == []


def test_a_wait_counts_less_where_many_share_a_processor() -> None:
    with Loops(4 * processors()):
        assert until(lambda: at_work() >= 3 * processors(), within_s=20)
        wait, began_s = Wait(0.5), time.monotonic()
        while not wait.over():
            time.sleep(0.01)
        took_s = time.monotonic() - began_s
    # At least three others for each processor: it takes at least twice as long, however they come
    # and go.
    assert took_s > 1.0


def test_a_wait_ends() -> None:
    assert not until(lambda: False, within_s=0.1)
    assert until(lambda: True, within_s=0.0)


@pytest.mark.parametrize(
    ("finding", "how", "wanted"),
    [
        (LATE, BUSY, True),  # time, on a busy machine
        (LATE, QUIET, False),  # time, on a quiet one: something else is amiss
        (SWAP, BUSY, False),  # named nowhere
        (replace(SWAP, part="at rest", name="the journal"), QUIET, True),  # named
        (
            replace(SWAP, part="pairs", name="process views of other users"),
            QUIET,
            True,
        ),  # named, of whatever part
        (
            replace(USER, verdict=Verdict.UNPROVEN),
            QUIET,
            False,
        ),  # a process that cannot be measured, as root
        (
            replace(USER, verdict=Verdict.UNPROVEN),
            replace(QUIET, root=False),
            True,
        ),  # the same without root
        (
            replace(SWAP, part="capacity", name="the bound"),
            replace(QUIET, started=False),
            True,
        ),  # the box ran already
    ],
)
def test_what_is_expected_is_what_the_documents_name(
    finding: Finding, how: Circumstances, *, wanted: bool
) -> None:
    assert is_expected(finding, how) is wanted


def test_the_exit_code_is_the_worst_that_was_found() -> None:
    fell = replace(USER, verdict=Verdict.FELL)
    assert [
        result(*found).exit_code
        for found in ((USER,), (USER, LATE), (USER, SWAP), (fell, SWAP), (fell,))
    ] == [0, 3, 3, 1, 1]
    assert replace(result(USER, LATE), programs=1_000.0).exit_code == 0


def test_every_name_that_is_expected_exists() -> None:
    source = Path(expected.__file__).parent
    text = "\n".join(
        path.read_text() for path in source.rglob("*.py") if path.name != "expected.py"
    )
    names = {name for one in EXPECTED for _, name in one.findings if "*" not in name} - {
        "process views of other users"
    }
    assert [name for name in sorted(names) if f'"{name}"' not in text] == []
