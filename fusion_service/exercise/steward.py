# SPDX-License-Identifier: Apache-2.0
"""Somebody of an exercise who looks and says what they see, let in as a real one is."""

from collections.abc import Iterable

from fusion_service.exercise.scenario import Inject, InjectKind
from fusion_service.registry.site import CountSource, Site
from fusion_service.registry.source import SourceKind
from fusion_service.sources.intake import SourceIntake
from fusion_service.sources.keys import hash_of, make_key
from fusion_service.store.sources import SourceKeeper


def who_looks(site: Site, zone: str) -> tuple[str, str] | None:
    """Return the first source of kind person that looks at a zone, and what it calls it."""
    return next(
        (
            (source.id, counter.zone)
            for source in _people(site)
            for counter in source.counters
            if counter.at_zone == zone and counter.zone is not None
        ),
        None,
    )


def let_in(site: Site, keeper: SourceKeeper, at_s: int) -> None:
    """Make all who look known, each under a key that nobody has seen."""
    for source in _people(site):
        keeper.add(site.id, source.id, hash_of(make_key()), at_s * 1000)


def speak(site: Site, keeper: SourceKeeper, injects: Iterable[Inject], at_s: int) -> None:
    """Have those say something whose moment (unix s) it is.

    Raises SourceRefusedError where it is of no use, and StoreError where the store fails.
    """
    intake = SourceIntake(keeper, lambda _site: site, now_ms=lambda: at_s * 1000)
    for inject in injects:
        if inject.kind is not InjectKind.PERSON_SAYS or inject.at_s != at_s:
            continue
        for zone in inject.zones:
            found = who_looks(site, zone)
            assert found is not None  # noqa: S101 - the scenario was read for this site
            source, called = found
            intake.admit_form(site.id, source, {"zone": called, "people": str(inject.people)})


def _people(site: Site) -> Iterable[CountSource]:
    return (source for source in site.sources if source.kind is SourceKind.PERSON)
