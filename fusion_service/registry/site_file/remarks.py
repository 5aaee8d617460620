# SPDX-License-Identifier: Apache-2.0
"""What is odd about a site and no mistake: it runs, and perhaps not as meant. Pure."""

from collections.abc import Iterator

from fusion_service.registry.site import Site


def remarks_on(site: Site) -> Iterator[str]:
    """Yield what somebody should look at again, a sentence each."""
    zones = {c.at_zone for one in site.placements for c in one.counters}
    links = {c.at_link for one in site.placements for c in one.counters}
    by_line = {
        end for link in site.links if link.id in links for end in (link.from_zone, link.to_zone)
    }
    for zone in site.zones:
        if zone.id not in zones | by_line:
            yield (
                f"zone {zone.id}: nobody counts in it or at its links; its number is what is "
                "usual, and never more than that"
            )
    for link in site.links:
        if link.id not in links:
            yield f"link {link.id}: no line lies across it; nobody knows how many pass"
    for one in site.placements:
        if not one.counters:
            yield f"device {one.device}: none of its lines and zones looks at anything of this site"
    if not site.measures:
        yield "measures: nothing is agreed; a level then only has a colour"
