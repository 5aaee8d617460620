# SPDX-License-Identifier: Apache-2.0
"""Let a message of a source in: who it is, what it says, and keep it. However it came.

Rule 1: who has no key hears nothing but that. Rule 2: a message that is of no use is refused by
name, and counted with its source. Rule 3: what is kept was committed before the answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fusion_service.registry.site import CountSource, Site
from fusion_service.registry.source import SourceKind
from fusion_service.sources.keys import fits
from fusion_service.sources.mapping import Read, read_counts
from fusion_service.sources.person import read_person
from fusion_service.sources.refusal import SourceRefusedError
from fusion_service.store.sources import KeptCounts, SourceCount, SourceKeeper

SiteOf = Callable[[str], Site | None]
"""Returns the site's file that is in force; None where none is."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message: of its counts, and of names that the site's file does not know."""

    kept: KeptCounts
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceIntake:
    """Where sources are let in. now_ms is the centre's clock, UTC."""

    keeper: SourceKeeper
    site_of: SiteOf
    now_ms: Callable[[], int]

    def knows(self, site: str, name: str, key: str) -> bool:
        """Say whether a key is that of a source in service. Raises StoreError."""
        return fits(key, self.keeper.key_of(site, name))

    def is_in_service(self, site: str, name: str) -> bool:
        """Say whether a source was let in and not retired, whatever its key. Raises StoreError."""
        return self.keeper.key_of(site, name) is not None

    def refuse_stranger(self, site: str, name: str) -> None:
        """Count a message with a source that was retired; nothing where it was never known."""
        self.keeper.refuse(site, name, "it is not in service", self.now_ms())

    def source(self, site: str, name: str) -> CountSource:
        """Return what the site's file says of a source. Raises SourceRefusedError."""
        plan = self.site_of(site)
        found = None if plan is None else plan.source(name)
        if found is None:
            wanted = "a source of the site's file in force: add [[sources]] to it and import it"
            raise SourceRefusedError("source", f"{site}/{name}", wanted)
        return found

    def admit_message(self, site: str, name: str, body: bytes) -> Taken:
        """Keep what a machine sent. Raises SourceRefusedError, and has counted that."""

        def read(source: CountSource, now_s: int) -> Read:
            if source.kind is SourceKind.PERSON:
                wanted = "the form of a person: see /steward"
                raise SourceRefusedError("body", "a message of a person", wanted)
            return read_counts(body, source, now_s)

        return self._admit(site, name, read)

    def admit_form(self, site: str, name: str, form: Mapping[str, str]) -> SourceCount:
        """Keep what a person filled in, and return it. Raises SourceRefusedError."""

        def read(source: CountSource, now_s: int) -> Read:
            if source.kind is not SourceKind.PERSON:
                raise SourceRefusedError("form", "a form", "a source of kind person")
            said.append(read_person(form, source, now_s))
            return Read(tuple(said), ())

        said: list[SourceCount] = []
        self._admit(site, name, read)
        return said[0]

    def _admit(self, site: str, name: str, read: Callable[[CountSource, int], Read]) -> Taken:
        now_ms = self.now_ms()
        try:
            found = read(self.source(site, name), now_ms // 1000)
        except SourceRefusedError as error:
            self.keeper.refuse(site, name, str(error), now_ms)
            raise
        return Taken(self.keeper.keep(site, name, found.counts, now_ms), found.unknown)
