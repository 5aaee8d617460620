# SPDX-License-Identifier: Apache-2.0
"""Print docs/CARRIERS.md from the table of carriers.

`python -m privacy_audit.pairs.carriers_page > docs/CARRIERS.md`.
"""

from collections.abc import Iterable
from textwrap import fill

from privacy_audit.pairs.carriers import CARRIERS, WITHOUT_CONTROL, CarrierKind
from privacy_audit.pairs.means.calls import CALLS

_OPENING = """\
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by privacy_audit/pairs/carriers_page.py; a test holds it to the code. -->
# What could carry between two processes

Two processes that work together need no call that is refused: it is enough that the one can change
what the other can see. `edge-agent audit --only pairs` tries what stands here, between twins of the
box's processes, another user of the machine and a program in namespaces of its own. How, and why
so, is in [ADR 19](adr/0019-two-that-work-together.md).

A carrier is *shut* where it is refused or empty, and did carry in the same trial without the wall.
Inside the box whatever carries has fallen, also the machine's own counters. To others on the
machine a kernel object or a file that carries has fallen. What /proc shows of a process to other
users is shut by `hidepid` alone: without it the audit says `missing`, and it stays unproven.

"""
_CALLS = """\
Besides the carriers below, these calls are made with every command, flag and clock that they know,
without an idea of what for, and everything that can be read under /proc and /sys is compared:"""
_TABLE = """\
| what the one does | what the other sees | shut inside the box by |
|---|---|---|
"""
_HEADINGS = {
    CarrierKind.OBJECT: "Kernel objects and files",
    CarrierKind.VIEW: "What is shown of a process",
    CarrierKind.MACHINE: "The machine itself",
}
_KEPT = (
    "write to a mapping of a file that it kept, or made writable",
    "the file",
    "the lock, which does not close over such a mapping",
)
_MACHINE = """
The part `shared hardware` measures what the machine itself carries, and the report of each audit
lists it with its rate: load on the processor, load on the memory, pages of files that one of them
has read, and the counters of the whole machine, which every user outside the box may read. The rate
depends on the machine and on what else runs there.

| measured on a machine with two cores that others were using (2026-11) | rate |
|---|---|
"""
_RATES = (
    (
        "pages of a shared file, by another user with `preadv2`",
        "26 bits a second in step; a free-running pair is faster",
    ),
    ("number of processes in `sysinfo`, by another user", "22 bits a second in step"),
    ("counter of context switches, by another user", "15 bits a second in step"),
    (
        "load on the processor or the memory, slots of 20 ms, sensor to uplink",
        "0 to 1.5 bits a second, at most 6.3 (95 %)",
    ),
)
COLUMNS = 100


def document() -> str:
    """Return the whole page."""
    calls = ", ".join(f"`{name}`" for name in CALLS)
    text = f"{_OPENING}{fill(f'{_CALLS} {calls}.', COLUMNS)}\n\n"
    for kind, heading in _HEADINGS.items():
        carriers = [(one.action, one.seen, one.shut) for one in CARRIERS if one.kind is kind]
        text += f"## {heading}\n{_TABLE}{_rows(carriers)}"
        if kind is CarrierKind.OBJECT:
            text += _rows([_KEPT])
        text += f"{_MACHINE}{_rows(_RATES)}" if kind is CarrierKind.MACHINE else "\n"
    without = _rows(WITHOUT_CONTROL)
    return f"{text}\n## Not tried\n| what | seen by | why |\n|---|---|---|\n{without}"


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 - a script speaks by printing
