# SPDX-License-Identifier: Apache-2.0
"""Small sites and windows for the tests of fusion."""

from fusion_service.estimate.fusion import Fusion
from fusion_service.estimate.observation import Observation
from fusion_service.estimate.sensors import sensors_of
from fusion_service.registry.site import Counter, Link, Placement, Site, TrustClass, Zone
from wire_contract.quality import QualityCode, Validity

START_S = 1_780_308_000
"""Monday 2026-06-01, 10:00 UTC."""


def zone_of(name: str, capacity: int = 1000) -> Zone:
    """Return a zone of 100 by 20 metres."""
    ring = ((4.28, 52.11), (4.28146, 52.11), (4.28146, 52.11018), (4.28, 52.11018))
    return Zone(name, name, ring, 2000.0, capacity, ())


def direct(device: str, zone: str, share: float | None = 1.0) -> Placement:
    """Return a device whose zone `a` sees a share of a zone."""
    counter = Counter(None, "a", zone, None, None, share)
    return Placement(device, None, None, None, TrustClass.BOX, (counter,))


def line(device: str, link: str) -> Placement:
    """Return a device whose line `a` counts on a link."""
    counter = Counter("a", None, None, link, None, None)
    return Placement(device, None, None, None, TrustClass.BOX, (counter,))


def site_of(
    zones: tuple[str, ...],
    placements: tuple[Placement, ...],
    links: tuple[tuple[str, str | None, str | None], ...] = (),
) -> Site:
    """Return a site."""
    drawn = tuple(Link(name, here, there, (), 50.0, 5.0) for name, here, there in links)
    return Site("s", "s", "UTC", tuple(map(zone_of, zones)), drawn, (), placements, ())


def fusion_of(site: Site, memory: bytes | None = None) -> Fusion:
    """Return fusion of a site."""
    return Fusion(site, sensors_of(site), memory)


def window(
    sensor: str,
    start_s: int,
    count: float | None,
    *,
    length_s: int = 60,
    half: float = 1.0,
    validity: Validity = Validity.COUNTED,
    withheld_below: int | None = None,
) -> Observation:
    """Return a window whose interval reaches `half` to either side."""
    low = None if count is None else count - half
    high = None if count is None or validity is Validity.AT_LEAST else count + half
    code = int(QualityCode.FINE if validity is Validity.COUNTED else QualityCode.DARK)
    return Observation(
        sensor, start_s, length_s, count, None, low, high, withheld_below, validity, code
    )
