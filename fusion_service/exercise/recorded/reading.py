# SPDX-License-Identifier: Apache-2.0
"""Read what boxes counted out of a copy of a store. It is only read, never written."""

from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.exercise.scenario import Recorded, Scenario
from fusion_service.registry.site import TrustClass
from fusion_service.store.port import Began
from fusion_service.store.rows import WindowRow
from fusion_service.store.sqlite.reader import Reader

WINDOWS_MAX = 200_000
"""A hundred boxes for a day are 144,000; all are held at once."""
PAGE = 1_000
SITES_TOLD_MAX = 10


def recorded_windows(scenario: Scenario, recorded: Recorded) -> dict[str, list[WindowRow]]:
    """Return what counts of each box that the site's file places, in the order of its commit.

    Their times are those of the recording. Raises StoreError where there is no such store, nothing
    of the time in it, or too much.
    """
    if not recorded.file.is_file():
        raise StoreError(
            f"{recorded.file}: no such file; name in `recorded` what fusion-service store backup "
            "wrote"
        )
    reader, site = Reader(recorded.file), scenario.site.id
    began = Began(recorded.from_s, recorded.from_s + scenario.length_s)
    found: dict[str, list[WindowRow]] = {}
    total = 0
    for placement in scenario.site.placements:
        if placement.trust is not TrustClass.BOX:
            continue
        row = reader.device_id(site, placement.device)
        windows = [] if row is None else _windows(reader, row, began)
        found[placement.device] = windows
        total += len(windows)
        if total > WINDOWS_MAX:
            raise StoreError(
                f"{recorded.file}: more than {WINDOWS_MAX} windows, wanted at most so many; play "
                "a shorter time, by `from` and `to`"
            )
    if not total:
        raise _nothing(reader, recorded.file, site)
    return found


def _windows(reader: Reader, row: int, began: Began) -> list[WindowRow]:
    """Return the windows of a box that are in sums; one more than is allowed at most."""
    windows: list[WindowRow] = []
    before = (began.to_s, 0)
    while len(windows) <= WINDOWS_MAX:
        page = reader.device_windows(row, before=before, limit=PAGE, began=began)
        windows += [window for window in page if window.set_apart is None]
        if len(page) < PAGE:
            break
        before = (page[-1].start_s, page[-1].id)
    return sorted(windows, key=lambda window: window.id)


def _nothing(reader: Reader, file: Path, site: str) -> StoreError:
    sites = ", ".join(one.site for one in reader.sites(after="", limit=SITES_TOLD_MAX))
    return StoreError(
        f"{file}: nothing that boxes of site {site} counted in that time, wanted a day that was "
        f"recorded; it has the sites {sites or '(none)'}: mind `day`, `from` and `to`, and that "
        "the site's file names the boxes"
    )
