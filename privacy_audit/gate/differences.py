# SPDX-License-Identifier: Apache-2.0
"""Compare what a gate released with what was said to it, slot by slot."""

from dataclasses import dataclass
from typing import Any

from edge_agent.config.schema import Config
from privacy_audit.oracles.records import (
    COUNTED_CODES,
    IMAGE_QUALITY,
    LINE,
    ZONE,
    Source,
    Values,
)
from privacy_audit.target.stored_entries import StoredEntry

SILENT = 31
"""The code of an image quality that was not said in a slot: docs/REPORT_FORMAT.md."""
Said = dict[Source, Values]
Numbers = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Differences:
    """How what was released differs from what was said.

    wrong: something else came out. late: something is missing.
    """

    wrong: tuple[str, ...]
    late: tuple[str, ...]


def by_start(entries: list[StoredEntry]) -> dict[int, list[dict[str, Any]]]:
    """Return the reports among these entries, by the start of their windows."""
    found: dict[int, list[dict[str, Any]]] = {}
    for entry in entries:
        if entry.channel == "report":
            found.setdefault(int(entry.payload["start"]), []).append(entry.payload)
    return found


def differences(
    config: Config,
    said: dict[int, Said],
    released: dict[int, list[dict[str, Any]]],
    *,
    first: int,
    length_s: int,
    in_time: bool,
    ahead: dict[int, Said] | None = None,
) -> Differences:
    """Compare what was released with what was said, slot by slot.

    released: by slot number of `length_s` from `first`.

    in_time: all that was said has been read; else what is missing may have come too late, and is no
    sign of anything. ahead is what was said for a slot before it began: no gate that reads in time
    takes it.
    """
    wrong, late = [], []
    for slot, wanted in said.items():
        found = released.get(first + slot * length_s, [])
        expected = _expected(config, wanted)
        if len(found) > 1 or (in_time and not found):
            wrong.append(f"slot {slot} has {len(found)} reports, wanted 1")
        elif not found:
            late.append(f"slot {slot} was not released in time")
        elif _numbers(found[0]) != expected:
            if not in_time and _may_be_late(
                config, _numbers(found[0]), wanted, (ahead or {}).get(slot, {})
            ):
                late.append(f"not all that was said in slot {slot} was read in time")
            else:
                wrong.append(f"slot {slot} released something else than what was said by the rules")
    beyond = sorted(set(released) - {first + slot * length_s for slot in said})
    return Differences(
        (*wrong, *(f"a report for a slot that nobody spoke for: {start}" for start in beyond)),
        tuple(late),
    )


def _may_be_late(config: Config, released: Numbers, wanted: Said, ahead: Said) -> bool:
    """Say whether all that was released was said for this slot, in it or ahead of it.

    The rest was only not heard in time.

    An image quality that was not heard is silent. What was said ahead is good where the slot had
    begun when it was read.
    """
    sayings = [_by_name(config, wanted), _by_name(config, ahead)]
    silent = released["image_quality"][0] == SILENT
    return all(
        (name == "image_quality" and silent) or any(said.get(name) == values for said in sayings)
        for name, values in released.items()
    )


def _numbers(report: dict[str, Any]) -> Numbers:
    quality = report["image_quality"]
    found: Numbers = {
        "image_quality": (
            quality["code"],
            quality["observed"],
            quality["rate"],
            quality["difficulty"],
        )
    }
    found |= {f"line {one['id']}": (one["in"], one["out"]) for one in report["lines"]}
    return found | {
        f"zone {one['id']}": (one["mean"], one["peak"], one["speed"], one["standing"])
        for one in report["zones"]
    }


def _expected(config: Config, said: Said) -> Numbers:
    """Return what is released of a slot under the rule that lets out all.

    Of one that could not be seen no counts are released.
    """
    told = _by_name(config, said)
    return (
        told
        if said[IMAGE_QUALITY, 0][0] in COUNTED_CODES
        else {"image_quality": told["image_quality"]}
    )


def _by_name(config: Config, said: Said) -> Numbers:
    names: dict[Source, str] = {
        (IMAGE_QUALITY, 0): "image_quality",
        **{(LINE, index): f"line {line.id}" for index, line in enumerate(config.lines)},
        **{(ZONE, index): f"zone {zone.id}" for index, zone in enumerate(config.zones)},
    }
    return {
        names[source]: values[:2] if source[0] == LINE else tuple(values)
        for source, values in said.items()
    }
