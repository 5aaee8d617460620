# SPDX-License-Identifier: Apache-2.0
"""Traffic and cyclists at measuring sites of NDW: flow and speed, DATEX II.

What an index of a measurement means stands in another file, the site table, which is read once a
day and whenever a site's version has changed. Traps: -1 is no value and not a flow, a flow is of
one minute and said as vehicles an hour, some lanes fail, the version of the namespace changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fusion_service.context.feeds.traffic_sites import MeasuringSite, read_sites
from fusion_service.context.fetch.client import Client, Limits
from fusion_service.context.formats.instants import instant_s
from fusion_service.context.formats.json_shape import Remarks, number
from fusion_service.context.formats.xml_trees import Tree, trees
from fusion_service.context.port import Answer, Provenance
from fusion_service.context.settled import answer_of, is_of_now
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import NdwTable
from fusion_service.store.context import ContextValue

PROVENANCE = Provenance(
    source="NDW open data: measured speeds and flows",
    licence="CC0-1.0",
    attribution="Traffic: NDW",
    documentation="https://docs.ndw.nu/producten/snelhedenenintensiteiten/",
)
LIMITS = Limits(body_bytes_max=32 * 2**20, unpacked_bytes_max=512 * 2**20, total_s=60.0)
SITES_LIMITS = Limits(body_bytes_max=64 * 2**20, unpacked_bytes_max=2 * 2**30, total_s=180.0)
SITES_EVERY_S = 86_400
MINUTE_S = 60
_TOPS = frozenset({"siteMeasurements", "publicationTime"})


@dataclass(slots=True)
class Traffic:
    """The measuring sites of one table; keeps what their indices mean."""

    settings: NdwTable
    client: Client
    _sites: dict[str, MeasuringSite] = field(default_factory=dict)
    _sites_s: int = 0

    def ask(self, now_s: int) -> Answer:
        """Return what each site measured last. Raises FeedError."""
        if not self._sites or now_s - self._sites_s >= SITES_EVERY_S:
            self._read_sites(now_s)
        fetched = self.client.get(self.settings.url)
        if fetched is None:
            return Answer((), None)
        reading = TrafficReading(
            self.settings.sites, self._sites, now_s, self.settings.stale_after_s
        )
        answer = reading.read(fetched.pieces())
        if reading.has_other_version:
            self._sites_s = 0  # The table is asked for again with the next question.
        self.client.remember(fetched)
        return answer

    def _read_sites(self, now_s: int) -> None:
        """Read the site table anew; where that fails the one of before holds."""
        try:
            fetched = self.client.get(self.settings.sites_url, limits=SITES_LIMITS)
            if fetched is not None:
                self._sites = read_sites(fetched.pieces(), frozenset(self.settings.sites.values()))
                self.client.remember(fetched)
            self._sites_s = now_s
        except FeedError as error:
            if not self._sites:
                raise FeedError(f"the site table: {error.why}", error.to_do) from error


class TrafficReading:
    """Reads the measurements of one moment."""

    def __init__(
        self,
        places: dict[str, str],
        sites: dict[str, MeasuringSite],
        now_s: int,
        stale_after_s: int,
    ) -> None:
        self._places = {site: place for place, site in places.items()}
        self._sites, self._now_s, self._stale_after_s = sites, now_s, stale_after_s
        self._remarks = Remarks()
        self.has_other_version = False

    def read(self, pieces: Iterator[bytes]) -> Answer:
        """Return what our sites measured. Raises FeedError."""
        values, issued_s = list[ContextValue](), None
        for tree in trees(pieces, _TOPS, self._is_ours):
            if tree.name == "publicationTime":
                issued_s = instant_s(tree.text.strip())
            else:
                values += self._site(tree)
        if issued_s is None or not is_of_now(issued_s, self._now_s, self._stale_after_s):
            raise FeedError(
                f"its publication is of {issued_s}, older than {self._stale_after_s} s or to come",
                "nothing: its source stands still, and it is asked again by itself",
            )
        heard = {value.place for value in values}
        for place in self._places.values():
            if place not in heard:
                self._remarks.note(f"{place}: nothing is measured there now")
        return answer_of(values, self._remarks, fresh_s=issued_s)

    def _is_ours(self, name: str, attributes: dict[str, str]) -> bool:
        return name != "measurementSiteReference" or attributes.get("id") in self._places

    def _site(self, tree: Tree) -> Iterator[ContextValue]:
        reference = tree.first("measurementSiteReference")
        site_id = "" if reference is None else reference.attributes.get("id", "")
        place, site = self._places.get(site_id), self._sites.get(site_id)
        if place is None or reference is None:
            return
        if site is None:
            self._remarks.note(f"{place}: {site_id} is not in the site table")
            return
        if reference.attributes.get("version") != site.version:
            self.has_other_version = True
            self._remarks.note(f"{place}: its version is not that of the site table")
            return
        at_s = instant_s(tree.below("measurementTimeDefault"))
        if at_s is None or not is_of_now(at_s, self._now_s, self._stale_after_s):
            self._remarks.note(f"{place}: measured at {at_s}, too long ago or to come")
            return
        found = dict(_measured(tree))
        for quantity, amount in site.amounts(found):
            yield ContextValue(place, quantity, at_s, at_s, amount, MINUTE_S)


def _measured(tree: Tree) -> Iterator[tuple[str, float]]:
    """Yield index and value of each measurement that is one: neither -1 nor an error."""
    for one in tree.every("measuredValue"):
        index = one.attributes.get("index", "")
        inner = one.first("measuredValue")
        data = None if inner is None else inner.first("basicData")
        for holder, name in (("vehicleFlow", "vehicleFlowRate"), ("averageVehicleSpeed", "speed")):
            said = None if data is None else data.first(holder)
            if said is None or said.below("dataError").lower() in {"true", "1"}:
                continue
            amount = number(said.below(name))
            if amount is not None and amount >= 0:
                yield index, amount
