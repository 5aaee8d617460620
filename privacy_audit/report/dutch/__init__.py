# SPDX-License-Identifier: Apache-2.0
"""The Dutch of the audit's report: every phrase beside its English, part by part.

How they are put together: phrases.py.

Who adds a part, a mechanism, a limit or a finding adds its phrases here; a test names what has
none. A phrase is a line that begins with `en: ` and one that begins with `nl: `; lines that are
indented go on with the one before. A line with # is a heading.
"""

from collections.abc import Iterator

from privacy_audit.report.dutch import confinement as _confinement
from privacy_audit.report.dutch import exits as _exits
from privacy_audit.report.dutch import names as _names
from privacy_audit.report.dutch import on_a_word as _on_a_word
from privacy_audit.report.dutch import outside as _outside
from privacy_audit.report.dutch import outside_box as _outside_box
from privacy_audit.report.dutch import outside_broker as _outside_broker
from privacy_audit.report.dutch import pairs as _pair_of_processes
from privacy_audit.report.dutch import paper as _paper
from privacy_audit.report.dutch import release as _release
from privacy_audit.report.dutch import wall as _wall

_MODULES = (
    _paper, _wall, _names, _confinement, _exits, _pair_of_processes, _release,
    _outside, _outside_box, _outside_broker, _on_a_word,
)  # fmt: skip


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of one text.

    Raises ValueError where a phrase stands without the other language.
    """
    told: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("    ") and told:
            told[-1] = (told[-1][0], f"{told[-1][1]} {line.strip()}")
        elif line.strip() and not line.startswith("#"):
            told.append((line[:4], line[4:].strip()))
    for english, dutch in zip(told[::2], told[1::2], strict=True):
        if (english[0], dutch[0]) != ("en: ", "nl: "):
            raise ValueError(
                f"{english[1]!r}, {dutch[1]!r}: wanted a line `en: ` and then a line `nl: `"
            )
        yield english[1], dutch[1]


BOOK = tuple(pair for module in _MODULES for pair in _pairs(module.PHRASES))
"""English and Dutch."""
