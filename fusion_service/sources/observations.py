# SPDX-License-Identifier: Apache-2.0
"""What counters of others said, as fusion takes it in. Pure."""

from collections.abc import Iterable

from fusion_service.estimate.observation import Observation
from fusion_service.registry.site import CountSource, Site
from fusion_service.store.sources import SourceCount, SourceCountRow
from wire_contract.intervals import Z80
from wire_contract.quality import QualityCode, Validity

SPREAD_SHARE = 0.2
"""A machine that does not say how sure it is may be off by a fifth, at one standard deviation."""
SPREAD_MIN = 1.0


def observations_of_sources(rows: Iterable[SourceCountRow], site: Site) -> list[Observation]:
    """Return one observation a count, of the sources that the site's file has now."""
    found = []
    for row in rows:
        source = site.source(row.source) if row.site == site.id else None
        if source is not None and (seen := _observed(row.count, source)) is not None:
            found.append(seen)
    return found


def _observed(said: SourceCount, source: CountSource) -> Observation | None:
    counter = next((one for one in source.counters if said.counter in {one.line, one.zone}), None)
    if counter is None:
        return None
    if counter.zone is not None:
        sensor, count, net = f"{source.id}/zone/{counter.zone}", said.people, None
    else:
        sensor = f"{source.id}/line/{counter.line}"
        entered, gone = said.entered or 0.0, said.gone or 0.0
        count, net = entered + gone, entered - gone
    if count is None:
        return None
    half = Z80 * max(SPREAD_SHARE * abs(count), SPREAD_MIN)
    return Observation(
        sensor=sensor,
        start_s=said.start_s,
        length_s=said.length_s,
        count=count,
        net=net,
        low=count - half if said.low is None else said.low,
        high=count + half if said.high is None else said.high,
        withheld_below=None,
        validity=Validity.COUNTED,
        code=int(QualityCode.FINE),
    )
