# SPDX-License-Identifier: Apache-2.0
"""What is odd about a site and no mistake: it runs, and perhaps not as meant. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from fusion_service.registry.site import Site
from fusion_service.registry.site_file.mistakes import Mistake
from fusion_service.registry.site_file.reading import examine


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody should look at again. kind: zone, link, device or measures, which have no id.

    about: in a word that a program knows; text: the same as a sentence.
    """

    kind: str
    id: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.text}" if self.id else f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file came to: a site, or every mistake; and, of a site, what is odd about it."""

    site: Site | None
    mistakes: tuple[Mistake, ...]
    remarks: tuple[Remark, ...]


def check(raw: bytes) -> Checked:
    """Look for every mistake in a site's file, and for what is odd: of the command and the API."""
    examined = examine(raw)
    remarks = () if examined.site is None else tuple(remarks_on(examined.site))
    return Checked(examined.site, examined.mistakes, remarks)


def remarks_on(site: Site) -> Iterator[Remark]:
    """Yield what somebody should look at again."""
    zones = {c.at_zone for one in site.placements for c in one.counters}
    links = {c.at_link for one in site.placements for c in one.counters}
    by_line = {
        end for link in site.links if link.id in links for end in (link.from_zone, link.to_zone)
    }
    for zone in site.zones:
        if zone.id not in zones | by_line:
            text = (
                "nobody counts in it or at its links; its number is what is usual, and never more "
                "than that"
            )
            yield Remark("zone", zone.id, "uncounted", text)
    for link in site.links:
        if link.id not in links:
            text = "no line lies across it; nobody knows how many pass"
            yield Remark("link", link.id, "uncounted", text)
    for one in site.placements:
        if not one.counters:
            text = "none of its lines and zones looks at anything of this site"
            yield Remark("device", one.device, "idle", text)
    if not site.measures:
        text = "nothing is agreed; a level then only has a colour"
        yield Remark("measures", "", "none", text)
