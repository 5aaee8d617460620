# SPDX-License-Identifier: Apache-2.0
"""The released counts of a line over some minutes, read back from the ledger.

What the box let out, and nothing that it did not.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import StoreError
from edge_agent.evidence.ledger_reader import opened
from wire_contract.codec import split
from wire_contract.quality import Validity, validity


@dataclass(frozen=True, slots=True)
class ReleasedCrossings:
    """What was released of one line in one window."""

    start_s: int
    in_count: int
    out_count: int


def released_crossings(
    store: Path, line: str, *, from_s: int, to_s: int, length_s: int
) -> tuple[ReleasedCrossings, ...]:
    """Return the line's released counts of every window from `from_s` to `to_s`.

    Both are unix seconds, on the windows' bounds.

    Raises StoreError naming the first window that is not there, whose payload was purged, that came
    twice, or that is no ordinary count.
    """
    with opened(store) as ledger:
        found: dict[int, dict[str, Any]] = {}
        for envelope in ledger.reports():
            report = json.loads(split(envelope)[0])
            # What version 1 called it: entries that the box signed before an upgrade stay as they
            # are.
            report.setdefault("image_quality", report.get("eye"))
            if from_s <= report["start"] < to_s and report["length"] == length_s:
                if report["start"] in found:
                    raise StoreError(
                        f"{store}: the window at {report['start']} was released twice; count other "
                        "minutes"
                    )
                found[report["start"]] = report
    return tuple(
        _counts(store, line, start_s, found.get(start_s))
        for start_s in range(from_s, to_s, length_s)
    )


def _counts(
    store: Path, line: str, start_s: int, report: dict[str, Any] | None
) -> ReleasedCrossings:
    where = f"{store}: the window at {start_s} (unix seconds)"
    if report is None:
        raise StoreError(
            f"{where} is not in the ledger, or its payload was purged; count while the box runs, "
            "whole windows only"
        )
    quality = report["image_quality"]
    if validity(quality["code"], quality["observed"]) is not Validity.COUNTED:
        raise StoreError(
            f"{where} is no ordinary count: image quality code {quality['code']}, observed class "
            f"{quality['observed']}; count other minutes"
        )
    for one in report["lines"]:
        if one["id"] == line and one["in"] is not None and one["out"] is not None:
            # Without any end: from a release that told none.
            if any(
                one.get(f"{way}_low") is not None and one.get(f"{way}_high") is None
                for way in ("in", "out")
            ):
                raise StoreError(
                    f"{where} is a lower bound at line {line}: it reached count_max; count other "
                    "minutes"
                )
            return ReleasedCrossings(start_s, one["in"], one["out"])
    raise StoreError(f"{where} has no count of line {line}; was the line there already?")
