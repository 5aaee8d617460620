# SPDX-License-Identifier: Apache-2.0
"""A store with windows of an hour, for tests of what is forecast from it."""

from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box, line, zone
from tests.fusion_service.keeping import keep

HOUR_S = 3600


class Kept:
    """A store with one box, whose windows are an hour long."""

    def __init__(self, store: Writer) -> None:
        self.store, self.box, self.sequence = store, Box(), 1
        store.add_device("beach", "pier-1", self.box.public_key, test_site=False, added_ms=5)
        (self.device,) = (one.id for one in store.registry().devices.values())
        keep(store, self.device, self.box.meta(1))

    def hours(self, start_s: int, counts: list[int | None], *, code: int = 0) -> None:
        reports = []
        for index, count in enumerate(counts):
            self.sequence += 1
            reports.append(
                self.box.report(
                    self.sequence,
                    start_s=start_s + index * HOUR_S,
                    length_s=HOUR_S,
                    code=code,
                    observed=0 if code else 3,
                    lines=(line("door", count, count),),
                    zones=(zone("square", count, count),),
                )
            )
        keep(self.store, self.device, *reports)
